import fc from "fast-check";
import { expect, test } from "vitest";
import { agentSyntax } from "../../src/engine/steps/agent.ts";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import type { RunState } from "../../src/model/run-state.ts";
import type { Dependency } from "../../src/model/workflow.ts";
import { factsOfOutcome } from "../../src/run/attempt-outcome.ts";
import { decide } from "../../src/run/decide.ts";
import { factsOfBaseline } from "../../src/run/features/baselines.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { fromSnapshot, toSnapshot } from "../../src/run/snapshot.ts";
import { isFinal } from "../../src/run/state/state.ts";
import { acceptableSteps } from "../../src/run/worker/accept.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { runs } from "../rig/rules/runs.ts";
import { beginning, commandSyntax, type StepSketch, workflowOf } from "../rig/rules/workflow.ts";

const roll = fc.nat(1_000_000);
const sketches = fc.integer({ min: 1, max: 25 }).chain((size) =>
  fc.record({
    steps: fc.array(
      fc.record({ agent: fc.boolean(), verified: fc.boolean(), before: fc.option(roll), retries: fc.nat(2) }),
      {
        minLength: size,
        maxLength: size,
      },
    ),
    limits: fc.array(
      fc.record({
        steps: fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: size }),
        max: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    maxParallel: fc.integer({ min: 1, max: 6 }),
    sequential: fc.boolean(),
    // Seeds the choice of what happens next, and to which step.
    chances: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
  }),
);

test("limits are never exceeded by commands and leased agent steps, and the run comes to its end", () => {
  fc.assert(
    fc.property(sketches, ({ steps, limits, maxParallel, sequential, chances }) => {
      const dependencies: Dependency[] = steps.flatMap(({ before }, index) =>
        before === null || index === 0 ? [] : [{ from: `s${before % index}`, to: `s${index}` }],
      );
      const sketch = steps.map(({ agent, verified, retries }, index): StepSketch => {
        const who = { type: "agent", config: { agent: "x", ...(verified && { verify: [{ command: "true" }] }) } };
        return { id: `s${index}`, retry: { retries, delay: 10 }, ...(agent && who) };
      });
      const named = limits.map(({ steps, max }) => ({ steps: steps.map((index) => `s${index}`), max }));
      const workflow = workflowOf(sketch, dependencies, { limits: named });
      const plan = compilePlan(workflow, [commandSyntax, agentSyntax]);
      let state: RunState = beginning(plan, { maxParallel, mode: sequential ? "sequential" : "parallel" });
      let now = state.lastAt;
      let turn = 0;
      let random = chances;
      const chance = (below: number) => {
        turn++;
        random = (random * 48_271) % (2 ** 31 - 1);
        return (random >>> 8) % below;
      };

      const commit = (facts: readonly Fact[]) => {
        for (const fact of facts) {
          fold(plan, state, { at: now, epoch: 1, ...fact } as JournalEvent);
          for (const [number, limit] of limits.entries()) {
            const busy = limit.steps.filter((index) => state.running.has(index) || state.claimed.has(index)).length;
            expect(busy).toBeLessThanOrEqual(limit.max);
            expect(state.concurrency!.used[number]).toBe(busy);
          }
        }
      };
      const send = (message: object): boolean => {
        const received = handleMessage(plan, state, { id: `m${turn}`, ...message } as Message, now);
        if (received.ok) commit(received.value);
        return received.ok;
      };
      const tokens = (count: number) => Array.from({ length: count }, (_, n) => `as_${turn}_${n}`);

      for (let round = 0; !isFinal(state); round++) {
        expect(round, "the run hangs").toBeLessThan(3_000);
        for (let next = decide(plan, state, now); next.facts.length > 0; next = decide(plan, state, now))
          commit(next.facts);
        if (isFinal(state)) break;
        now++;
        for (const index of state.baselining) commit(factsOfBaseline(plan, state, index, { checks: [] }));
        const running = [...state.running];
        const held = [...state.claimed].filter((index) => state.steps[index]!.status === "assigned");
        const open = acceptableSteps(plan, state, {});
        expect(running.length + held.length + open.length + (state.backoff.peek() ? 1 : 0)).toBeGreaterThan(0);
        const what = chance(8);
        if (what < 3 && open.length > 0) send({ action: "accept", tokens: tokens(1 + chance(4)) });
        else if (what < 5 && held.length > 0) {
          const index = held[chance(held.length)]!;
          const { token: assignment } = state.steps[index]!.lease!;
          const how = chance(6);
          if (how === 0) send({ action: "release", assignment });
          else if (how === 1) send({ action: "fail", assignment, reason: "cannot" });
          else send({ action: "complete", assignment });
        } else if (what < 7 && running.length > 0) {
          const index = running[chance(running.length)]!;
          const { attempt, verifying } = state.steps[index]!;
          if (verifying) commit([{ type: "step_completed", step: `s${index}`, attempt, evidence: "verified" }]);
          else {
            const bad = { outcome: "failed", reason: "exit_code", message: "exit code 1" } as const;
            commit(
              factsOfOutcome(plan, state, index, chance(4) === 0 ? bad : { outcome: "completed" }, undefined, now),
            );
          }
        } else if (what === 7) {
          const again = fromSnapshot(plan, JSON.parse(JSON.stringify(toSnapshot(state))));
          expect(again.concurrency!.used).toEqual(state.concurrency!.used);
          state = again;
        }
        now += 20;
      }
      expect(state.unsettled).toBe(0);
    }),
    { numRuns: runs(80), endOnFailure: true },
  );
});
