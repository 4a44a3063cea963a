import { expect, it } from "vitest";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { recover } from "../../src/run/recovery.ts";
import { fromSnapshot, toSnapshot } from "../../src/run/snapshot.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { beginning, workflowOf } from "../rig/rules/workflow.ts";

const NOW = 1_000_000;
const plan = compilePlan(
  workflowOf([
    { id: "w1", type: "wait", config: { duration: 5 } },
    { id: "w2", type: "wait", config: { duration: 5 } },
    { id: "c1" },
    { id: "c2" },
  ]),
  stepSyntax,
);

function apply(plan: Plan, state: RunState, ...facts: Fact[]): void {
  for (const fact of facts) fold(plan, state, { at: state.lastAt + 1, epoch: state.epoch, ...fact } as JournalEvent);
}

function settleDown(state: RunState): string[] {
  const started: string[] = [];
  for (let { facts } = decide(plan, state, NOW); facts.length > 0; { facts } = decide(plan, state, NOW)) {
    apply(plan, state, ...facts);
    for (const fact of facts) if (fact.type === "step_started") started.push(fact.step);
  }
  return started;
}

it("a wait step takes no slot of maxParallel and adds no busyMs", () => {
  const state = beginning(plan, { maxParallel: 1 });
  expect(settleDown(state)).toEqual(["w1", "w2", "c1"]);
  apply(plan, state, { type: "step_completed", step: "w1", attempt: 1 });
  expect([...state.passive]).toEqual([1]);
  expect(state.busyMs).toBe(0);
  expect(settleDown(state)).toEqual([]);
  apply(plan, state, { type: "step_completed", step: "c1", attempt: 1 });
  expect(state.busyMs).toBeGreaterThan(0);
  expect(settleDown(state)).toEqual(["c2"]);
  expect([...fromSnapshot(plan, JSON.parse(JSON.stringify(toSnapshot(state)))).passive]).toEqual([1]);
});

it("in sequential mode a wait step takes its turn like any other step", () => {
  expect(settleDown(beginning(plan, { mode: "sequential" }))).toEqual(["w1"]);
});

it("a step shows its child run; after a crash the next attempt keeps its origin, after a failure not", () => {
  const state = beginning(plan);
  settleDown(state);
  apply(plan, state, { type: "child_started", step: "w1", attempt: 1, child: "wf_0123456789" });
  expect(viewRun(plan, state, NOW).steps[0]!.child).toBe("wf_0123456789");
  const startedAt = state.steps[0]!.startedAt!;
  apply(plan, state, ...recover(plan, state));
  settleDown(state);
  expect(state.steps[0]).toMatchObject({ attempt: 2, origin: { attempt: 1, at: startedAt } });
  expect(state.steps[0]!.child).toBeUndefined();
  apply(plan, state, { type: "step_failed", step: "w1", attempt: 2, reason: "signal", message: "x", retryAt: NOW });
  expect(state.steps[0]!.origin).toBeUndefined();
});
