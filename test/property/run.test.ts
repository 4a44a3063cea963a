import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Dependency } from "../../src/model/workflow.ts";
import { asking, messagesOf, type Sketch, start, worldOf } from "../rig/rules/random-workflow.ts";
import { runs } from "../rig/rules/runs.ts";
import { simulate } from "../rig/rules/simulate.ts";
import type { StepSketch } from "../rig/rules/workflow.ts";
import { workflowSuite } from "../suites/workflow.suite.ts";

/** Random workflows: edges and conditions refer only to earlier steps, so that there is no cycle. */
const sketches = (most: number): fc.Arbitrary<Sketch> =>
  fc
    .integer({ min: 1, max: most })
    .chain((size) =>
      fc.record({
        rolls: fc.array(fc.array(fc.nat(1_000_000), { minLength: 12, maxLength: 12 }), {
          minLength: size,
          maxLength: size,
        }),
        maxParallel: fc.integer({ min: 1, max: 8 }),
        sequential: fc.boolean(),
      }),
    )
    .map(({ rolls, maxParallel, sequential }) => {
      const dependencies: Dependency[] = [];
      const steps = rolls.map((roll, index): StepSketch => {
        const earlier = (n: number) => `s${roll[n]! % index}`;
        if (index > 0) {
          for (let n = 0; n < roll[0]! % 4; n++) {
            const condition = ([undefined, undefined, undefined, "success", "failure", "always"] as const)[
              roll[n + 1]! % 6
            ];
            dependencies.push({ from: earlier(n + 1), to: `s${index}`, ...(condition && { condition }) });
          }
        }
        const conditions =
          index === 0
            ? ["always"]
            : [
                "always",
                `on_success(${earlier(5)})`,
                `on_failure(${earlier(5)})`,
                `on_complete(${earlier(5)}, ${earlier(6)})`,
                `steps.${earlier(5)}.exitCode == 0`,
              ];
        const condition = roll[7]! % 3 === 0 ? conditions[roll[8]! % conditions.length] : undefined;
        return {
          id: `s${index}`,
          optional: roll[9]! % 5 === 0,
          ...(condition !== undefined && { condition }),
          ...(roll[10]! % 7 === 0 && { timeout: 40 }),
          retry: { retries: roll[9]! % 3, delay: roll[10]! % 50, multiplier: 1 + (roll[11]! % 2) },
        };
      });
      return {
        steps,
        dependencies,
        fails: rolls.map((roll) => (roll[11]! % 4 === 0 ? roll[10]! % 4 : 0)),
        takes: rolls.map((roll) => roll[6]! % 100),
        maxParallel,
        sequential,
      };
    });

/** What holds for every journal. */
function checkJournal(plan: Plan, journal: readonly JournalEvent[], sketch: Sketch) {
  const settled = new Set<string>();
  const attempts = new Map<string, number>();
  let running = 0;
  for (const event of journal) {
    if (event.type === "step_started") {
      expect(event.attempt).toBe((attempts.get(event.step) ?? 0) + 1);
      attempts.set(event.step, event.attempt);
      expect(settled.has(event.step)).toBe(false);
      for (const edge of plan.edges) {
        if (plan.workflow.steps[edge.to]!.id === event.step)
          expect(settled).toContain(plan.workflow.steps[edge.from]!.id);
      }
      expect(++running).toBeLessThanOrEqual(sketch.sequential ? 1 : sketch.maxParallel);
    }
    if (["step_completed", "step_cancelled", "step_interrupted"].includes(event.type)) running--;
    if (event.type === "step_failed" && event.reason !== "condition_error") running--;
    if (["step_completed", "step_skipped", "step_cancelled"].includes(event.type))
      settled.add((event as { step: string }).step);
    if (event.type === "step_failed" && event.retryAt === undefined) settled.add(event.step);
  }
}

describe("a random workflow with failing steps", () => {
  workflowSuite({ sketches, large: 200, small: 50, cases: 150, checkJournal });

  test("a run settles all steps under pauses, cancels and restarts at any time, and attempt numbers increase by one", () => {
    const asked = fc.array(asking(2_000, "pause", "resume", "cancel", "restart"), { maxLength: 6 });
    fc.assert(
      fc.property(sketches(40), asked, (sketch, asked) => {
        const { plan, state } = start(sketch);
        const { journal } = simulate(plan, state, { ...worldOf(sketch), messages: messagesOf(sketch, asked) });
        expect(state.unsettled).toBe(0);
        const attempts = new Map<string, number>();
        for (const event of journal) {
          if (event.type !== "step_started") continue;
          expect(event.attempt).toBe((attempts.get(event.step) ?? 0) + 1);
          attempts.set(event.step, event.attempt);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
