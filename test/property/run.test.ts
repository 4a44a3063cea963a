import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import type { AttemptEnd } from "../../src/model/step.ts";
import type { Dependency } from "../../src/model/workflow.ts";
import { fold } from "../../src/run/fold.ts";
import { freeze, revive } from "../../src/run/snapshot.ts";
import { viewRun } from "../../src/run/view.ts";
import { outcome, simulate, type World } from "../rig/simulate.ts";
import { beginning, created, planOf, type StepSketch } from "../rig/workflow.ts";

const MAX_STEPS = 200;
const done: AttemptEnd = { outcome: "completed", output: "x", exitCode: 0 };
const broken: AttemptEnd = { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 };

interface Sketch {
  readonly steps: StepSketch[];
  readonly dependencies: Dependency[];
  /** By step: how many attempts fail before one succeeds. */
  readonly fails: number[];
  readonly takes: number[];
  readonly maxParallel: number;
  readonly sequential: boolean;
}

/** Random workflows: edges only forwards, so that they have no cycle; conditions only on earlier steps. */
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

/** Longer than the timeout: the attempt times out whatever it would have come to. So it must not depend on chance. */
const worldOf = ({ fails, takes }: Sketch, shift = 0): World => ({
  attempt(step, failures) {
    const index = Number(step.slice(1));
    const slow = takes[index]! >= 80;
    return {
      takes: slow ? 90 : ((takes[index]! + shift * (index + 7) * 13) % 39) + 1,
      end: failures < fails[index]! ? broken : done,
    };
  },
});

const start = (sketch: Sketch) => {
  const plan = planOf(sketch.steps, sketch.dependencies);
  const rest = { maxParallel: sketch.maxParallel, mode: sketch.sequential ? "sequential" : "parallel" } as const;
  return { plan, state: beginning(plan, rest), rest };
};

/** What must hold of every journal, whatever happened. */
function checkJournal(sketch: Sketch, journal: readonly JournalEvent[]) {
  const plan = planOf(sketch.steps, sketch.dependencies);
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

describe("any workflow, whatever fails", () => {
  test("ends, starts nothing early, and no step after it is settled", () => {
    fc.assert(
      fc.property(sketches(MAX_STEPS), (sketch) => {
        const { plan, state } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        checkJournal(sketch, journal);
        expect(state.unsettled).toBe(0);
        const view = viewRun(plan, state, state.lastAt);
        expect(view.progress.percentage).toBe(100);
        expect(view.metrics.parallelEfficiency).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  test("comes to the same end however long its steps take", () => {
    fc.assert(
      fc.property(sketches(60), fc.integer({ min: 1, max: 50 }), (sketch, shift) => {
        const one = start(sketch);
        const other = start(sketch);
        simulate(one.plan, one.state, worldOf(sketch));
        simulate(other.plan, other.state, worldOf(sketch, shift));
        expect(outcome(other.state)).toEqual(outcome(one.state));
      }),
      { numRuns: 150 },
    );
  });

  test("resumes from any prefix of its journal to the same end", () => {
    fc.assert(
      fc.property(sketches(40), fc.nat(), (sketch, cut) => {
        const { plan, state, rest } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        const prefix = journal.slice(0, cut % journal.length);
        const again = beginning(plan, rest);
        for (const event of prefix) fold(plan, again, event);
        const taken: JournalEvent = { type: "lease_taken", at: again.lastAt + 5, epoch: 2, pid: 1 };
        fold(plan, again, taken);
        const resumed = simulate(plan, again, worldOf(sketch), [...prefix, taken]);
        expect(outcome(resumed.state)).toEqual(outcome(state));
        checkJournal(sketch, resumed.journal);
      }),
      { numRuns: 200 },
    );
  });

  test("is the same whether folded from its events, or from a snapshot in the middle", () => {
    fc.assert(
      fc.property(sketches(40), fc.nat(), (sketch, cut) => {
        const { plan, state, rest } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        const half = beginning(plan, rest);
        const at = cut % (journal.length + 1);
        for (const event of journal.slice(0, at)) fold(plan, half, event);
        const revived = revive(plan, JSON.parse(JSON.stringify(freeze(half))));
        for (const event of journal.slice(at)) fold(plan, revived, event);
        expect(JSON.stringify(freeze(revived))).toBe(JSON.stringify(freeze(state)));
      }),
      { numRuns: 150 },
    );
  });

  test("bears pauses, cancels and restarts at any instant", () => {
    const message = fc.record({
      at: fc.integer({ min: 0, max: 2_000 }),
      action: fc.constantFrom("pause", "resume", "cancel", "restart" as const),
      step: fc.option(fc.nat(39), { nil: undefined }),
    });
    fc.assert(
      fc.property(sketches(40), fc.array(message, { maxLength: 6 }), (sketch, asked) => {
        const { plan, state } = start(sketch);
        const messages = asked
          .map(({ at, action, step }, n) => ({
            at: created().at + at,
            message: {
              id: `m${n}`,
              action: action as "pause",
              ...(action === "restart" && step !== undefined && { stepId: `s${step % sketch.steps.length}` }),
            },
          }))
          .sort((a, b) => a.at - b.at);
        // Whatever is left paused is resumed in the end, else it would rightly wait for ever.
        messages.push({ at: created().at + 1_000_000, message: { id: "last", action: "resume" as "pause" } });
        const { journal } = simulate(plan, state, { ...worldOf(sketch), messages });
        expect(state.unsettled).toBe(0);
        const attempts = new Map<string, number>();
        for (const event of journal) {
          if (event.type !== "step_started") continue;
          expect(event.attempt).toBe((attempts.get(event.step) ?? 0) + 1);
          attempts.set(event.step, event.attempt);
        }
      }),
      { numRuns: 200 },
    );
  });
});
