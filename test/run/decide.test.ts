import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { outcome, simulate } from "../rig/rules/simulate.ts";
import { beginning, created, edges, planOf } from "../rig/rules/workflow.ts";

const T = created().at;
const completed = (step: string, attempt = 1, at = T + 10): JournalEvent => ({
  type: "step_completed",
  at,
  epoch: 1,
  step,
  attempt,
  exitCode: 0,
});
const failed = (step: string, attempt = 1, rest: object = {}): JournalEvent => ({
  type: "step_failed",
  at: T + 10,
  epoch: 1,
  step,
  attempt,
  reason: "exit_code",
  message: "exit code 1",
  ...rest,
});
const feed = (plan: Plan, state: RunState, ...events: JournalEvent[]) => {
  for (const event of events) fold(plan, state, event);
};

/** All facts that follow from a state at an instant; each is folded before decide is called again. */
function all(plan: Plan, state: RunState, now = T): string[] {
  const told: string[] = [];
  for (;;) {
    const { facts } = decide(plan, state, now);
    if (facts.length === 0) return told;
    for (const fact of facts) {
      told.push("step" in fact && fact.step ? `${fact.type} ${fact.step}` : fact.type);
      fold(plan, state, { at: now, epoch: 1, ...fact } as JournalEvent);
    }
  }
}

describe("decide: starting steps", () => {
  test("decide starts maxParallel steps, in definition order", () => {
    const plan = planOf([{ id: "a" }, { id: "b" }, { id: "c" }]);
    const state = beginning(plan, { maxParallel: 2 });
    expect(all(plan, state)).toEqual(["step_started a", "step_started b"]);
    feed(plan, state, completed("b"));
    expect(all(plan, state)).toEqual(["step_started c"]);
  });

  test("decide starts one step at a time in sequential mode, whatever maxParallel is", () => {
    const plan = planOf([{ id: "a" }, { id: "b" }]);
    const state = beginning(plan, { maxParallel: 8, mode: "sequential" });
    expect(all(plan, state)).toEqual(["step_started a"]);
  });

  test("decide starts a step only after all its dependencies are settled", () => {
    const plan = planOf([{ id: "c" }, { id: "a" }, { id: "b" }], edges("a → c", "b → c"));
    const state = beginning(plan);
    expect(all(plan, state)).toEqual(["step_started a", "step_started b"]);
    feed(plan, state, completed("a"));
    expect(all(plan, state)).toEqual([]);
    feed(plan, state, completed("b"));
    expect(all(plan, state)).toEqual(["step_started c"]);
  });

  test("decide starts nothing while the run is paused; running steps may end", () => {
    const plan = planOf([{ id: "a" }, { id: "b" }], edges("a → b"));
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, { type: "run_paused", at: T, epoch: 1, reason: "requested" }, completed("a"));
    expect(all(plan, state)).toEqual([]);
    feed(plan, state, { type: "run_resumed", at: T + 20, epoch: 1 });
    expect(all(plan, state)).toEqual(["step_started b"]);
  });
});

describe("decide: failing and skipping", () => {
  test("a failed step skips its dependents transitively and leaves other branches alone", () => {
    const plan = planOf([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "other" }], edges("a → b", "b → c"));
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, failed("a"));
    expect(all(plan, state)).toEqual(["step_skipped b", "step_skipped c"]);
    feed(plan, state, completed("other"));
    expect(all(plan, state)).toEqual(["run_finished"]);
    expect(outcome(state)).toEqual({ status: "failed", steps: ["failed", "skipped", "skipped", "completed"] });
  });

  test("a run fails even if an on_failure step ran; a failed optional step does not fail the run", () => {
    const handled = planOf([{ id: "a" }, { id: "h", condition: "on_failure(a)" }]);
    const state = beginning(handled);
    all(handled, state);
    feed(handled, state, failed("a"));
    expect(all(handled, state)).toEqual(["step_started h"]);
    feed(handled, state, completed("h"));
    all(handled, state);
    expect(state.status).toBe("failed");

    const optional = planOf([{ id: "a", optional: true }]);
    const lenient = beginning(optional);
    all(optional, lenient);
    feed(optional, lenient, failed("a"));
    all(optional, lenient);
    expect(lenient.status).toBe("completed");
  });

  test.each([
    ["success", "completed", "step_started b"],
    ["success", "failed", "step_skipped b"],
    ["failure", "failed", "step_started b"],
    ["failure", "completed", "step_skipped b"],
    ["always", "failed", "step_started b"],
    ["always", "completed", "step_started b"],
  ])("edge condition %s after a step that %s: %s", (condition, how, then) => {
    const plan = planOf([{ id: "a" }, { id: "b" }], edges(`a → b : ${condition}`));
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, how === "completed" ? completed("a") : failed("a"));
    expect(all(plan, state)[0]).toBe(then);
  });

  test("a condition on the step makes plain edges order only; explicit edge conditions still count", () => {
    const plain = planOf([{ id: "a" }, { id: "b", condition: "always" }], edges("a → b"));
    const state = beginning(plain);
    all(plain, state);
    feed(plain, state, failed("a"));
    expect(all(plain, state)).toEqual(["step_started b"]);

    const both = planOf([{ id: "a" }, { id: "b", condition: "always" }], edges("a → b : success"));
    const strict = beginning(both);
    all(both, strict);
    feed(both, strict, failed("a"));
    expect(all(both, strict)).toEqual(["step_skipped b", "run_finished"]);
    expect(strict.steps[1]!.skipped).toBe('needs success of "a", which is failed');
  });

  test("a condition that cannot be evaluated fails its step with condition_error instead of skipping the step", () => {
    const plan = planOf([{ id: "a" }, { id: "b", condition: "steps.a.output.missing > 1" }]);
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, completed("a"));
    expect(all(plan, state)).toEqual(["step_failed b", "run_finished"]);
    expect(state.steps[1]!.error?.reason).toBe("condition_error");
    expect(state.status).toBe("failed");
  });
});

describe("decide: retries", () => {
  const plan = planOf([{ id: "a", retry: { retries: 2, delay: 100, multiplier: 3, maxDelay: 250 } }]);

  test("a retry waits longer each time, up to maxDelay; after the last retry the step fails", () => {
    const state = beginning(plan);
    const { journal } = simulate(plan, state, {
      attempt: () => ({
        takes: 10,
        end: { outcome: "failed", reason: "signal", message: "was ended by signal SIGKILL", signal: "SIGKILL" },
      }),
    });
    const starts = journal.filter((event) => event.type === "step_started").map((event) => event.at - T);
    expect(starts).toEqual([0, 110, 370]);
    expect(state.steps[0]).toMatchObject({
      status: "failed",
      attempt: 3,
      failures: 3,
      error: { reason: "signal", signal: "SIGKILL" },
    });
  });

  test("a step waiting for its retry frees its slot, and the retry is due under a new owner too", () => {
    const pair = planOf([{ id: "a", retry: { retries: 1, delay: 500 } }, { id: "b" }]);
    const state = beginning(pair, { maxParallel: 1 });
    all(pair, state);
    feed(pair, state, failed("a", 1, { retryAt: T + 510 }));
    expect(state.steps[0]!.status).toBe("waiting");
    expect(all(pair, state, T + 10)).toEqual(["step_started b"]);
    feed(pair, state, completed("b", 1, T + 20), { type: "lease_taken", at: T + 400, epoch: 2, pid: 1 });
    expect(decide(pair, state, T + 400)).toEqual({ facts: [], stops: [], wakeAt: T + 510 });
    expect(decide(pair, state, T + 510).facts).toEqual([{ type: "step_started", step: "a", attempt: 2 }]);
  });

  test("a retry is never further away than maxDelay, even if the clock was set back", () => {
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, failed("a", 1, { retryAt: T + 999_999_999 }), {
      type: "lease_taken",
      at: T + 20,
      epoch: 2,
      pid: 1,
    });
    expect(decide(plan, state, T + 20).wakeAt).toBe(T + 20 + 250);
  });
});

describe("decide: timeouts", () => {
  test("a step over its timeout is stopped, fails with `timeout` and is retried with the full timeout", () => {
    const plan = planOf([{ id: "a", timeout: 50, retry: { retries: 1, delay: 10 } }]);
    const state = beginning(plan);
    const { journal } = simulate(plan, state, { attempt: () => ({ takes: 1_000, end: { outcome: "completed" } }) });
    expect(journal.map((event) => [event.type, event.at - T])).toEqual([
      ["step_started", 0],
      ["step_failed", 51],
      ["step_started", 61],
      ["step_failed", 112],
      ["run_finished", 112],
    ]);
    expect(state.steps[0]!.error).toMatchObject({
      reason: "timeout",
      message: "ran longer than its timeout of 50 ms and was killed",
    });
  });

  test("a run over its timeout fails: running steps are killed and all others cancelled", () => {
    const plan = planOf([{ id: "a" }, { id: "b", condition: "always" }], edges("a → b"), { timeout: 100 });
    const state = beginning(plan);
    simulate(plan, state, { attempt: () => ({ takes: 1_000, end: { outcome: "completed" } }) });
    expect(outcome(state)).toEqual({ status: "failed", steps: ["cancelled", "cancelled"] });
    expect(state.lastAt - T).toBe(101);
  });

  test("time paused and time without an owner do not count against the run's timeout", () => {
    const plan = planOf([{ id: "a" }], [], { timeout: 100 });
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, { type: "run_paused", at: T + 40, epoch: 1, reason: "requested" });
    expect(decide(plan, state, T + 10_000)).toEqual({ facts: [], stops: [] });
    feed(plan, state, { type: "run_resumed", at: T + 10_000, epoch: 1 });
    expect(decide(plan, state, T + 10_000).wakeAt).toBe(T + 10_060);
    feed(plan, state, { type: "lease_taken", at: T + 50_000, epoch: 2, pid: 1, lastBeat: T + 10_020 });
    expect(decide(plan, state, T + 50_000).wakeAt).toBe(T + 50_040);
  });
});

describe("decide: cancelling", () => {
  test("cancel stops running steps, cancels waiting steps and starts none", () => {
    const plan = planOf([{ id: "a" }, { id: "b", retry: { retries: 1 } }, { id: "c", condition: "on_complete(a)" }]);
    const state = beginning(plan);
    all(plan, state);
    feed(plan, state, failed("b", 1, { retryAt: T + 5_000 }), {
      type: "cancel_requested",
      at: T + 20,
      epoch: 1,
      cause: "m1",
    });
    expect(decide(plan, state, T + 20)).toEqual({ facts: [], stops: [{ index: 0, why: "cancel" }] });
    feed(plan, state, { type: "step_cancelled", at: T + 30, epoch: 1, step: "a", attempt: 1 });
    expect(all(plan, state, T + 30)).toEqual(["run_finished"]);
    expect(outcome(state)).toEqual({ status: "cancelled", steps: ["cancelled", "cancelled", "cancelled"] });
    expect(decide(plan, state, T + 99_999)).toEqual({ facts: [], stops: [] });
  });
});
