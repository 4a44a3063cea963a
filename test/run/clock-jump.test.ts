import { expect, test } from "vitest";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { beginning, created, planOf } from "../rig/rules/workflow.ts";

const T = created().at;
const HOUR = 3_600_000;

/** A run with a timeout, a running step and a step being verified; one second later the clock jumps by an hour. */
function jumped() {
  const agent = { id: "w", type: "agent", config: { agent: "x", verify: [{ command: "true" }] } };
  const plan = planOf([{ id: "a", timeout: 10_000 }, agent], [], { timeout: 60_000 });
  const state = beginning(plan, { maxParallel: 4 });
  const tell = (at: number, fact: Fact) => fold(plan, state, { at, epoch: 1, ...fact } as JournalEvent);
  tell(T, { type: "step_started", step: "a", attempt: 1 });
  tell(T, { type: "step_assigned", step: "w", attempt: 1, assignment: "t", agent: "x", expiresAt: T + 5_000 });
  tell(T + 500, { type: "step_reported", step: "w", attempt: 1, output: 1 });
  tell(T + 500, { type: "verification_started", step: "w", attempt: 1 });
  const now = T + 1_000 + HOUR;
  tell(now, { type: "clock_jumped", by: HOUR });
  return { plan, state, tell, now };
}

test("timeouts and durations do not count the time of a clock_jumped event", () => {
  const { plan, state, tell, now } = jumped();
  expect(decide(plan, state, now)).toMatchObject({ facts: [], stops: [], wakeAt: T + 10_000 + HOUR });
  expect(decide(plan, state, now + 9_000).stops).toEqual([{ index: 0, why: "timeout" }]);
  tell(now + 1_000, { type: "step_completed", step: "a", attempt: 1 });
  expect(viewRun(plan, state, now + 1_000).steps[0]).toMatchObject({ duration: 2_000 });
  expect(decide(plan, state, now + 59_000).facts).toEqual([{ type: "run_timed_out" }]);
});

test("a clock_jumped event does not change when a worker's step started", () => {
  const { state } = jumped();
  expect(state.steps[1]).toMatchObject({ startedAt: T, verifying: true });
});
