import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { recover } from "../../src/run/recovery.ts";
import { outcomeOf } from "../../src/run/state/message-dedup.ts";
import { stepsToRestart } from "../../src/run/state/restart.ts";
import { IllegalTransition } from "../../src/run/state/transitions.ts";
import { beginning, created, edges, planOf, type StepSketch } from "../rig/rules/workflow.ts";

const T = created().at;
const at = { at: T, epoch: 1 };
const started = (step: string, attempt = 1): JournalEvent => ({ ...at, type: "step_started", step, attempt });
const taken = (epoch = 2): JournalEvent => ({ ...at, epoch, type: "lease_taken", pid: 1 });

/** A run whose steps were running when their owner died, after the next owner took the lease. */
function orphaned(steps: StepSketch[], ...events: JournalEvent[]) {
  const plan = planOf(steps);
  const state = beginning(plan);
  for (const event of [...steps.map(({ id }) => started(id)), ...events, taken()]) fold(plan, state, event);
  return { plan, state };
}

describe("recover: steps that ran when the owner crashed", () => {
  test("onCrash: retry runs the step again without using a retry", () => {
    const { plan, state } = orphaned([{ id: "a" }]);
    expect(recover(plan, state)).toEqual([{ type: "step_interrupted", step: "a", attempt: 1 }]);
  });

  test("onCrash: fail fails the step with reason crashed and a hint to restart the step", () => {
    const { plan, state } = orphaned([{ id: "a", onCrash: "fail" }]);
    expect(recover(plan, state)).toEqual([
      {
        type: "step_failed",
        step: "a",
        attempt: 1,
        reason: "crashed",
        message: "was running when the process that ran it died",
        hint: 'Restart it with action "restart" and stepId "a" once the cause is clear.',
      },
    ]);
  });

  test("onCrash: ask pauses the run once and names all steps that ask", () => {
    const { plan, state } = orphaned([{ id: "a", onCrash: "ask" }, { id: "b", onCrash: "ask" }, { id: "c" }]);
    expect(recover(plan, state).map(({ type }) => type)).toEqual([
      "step_interrupted",
      "step_interrupted",
      "step_interrupted",
      "run_paused",
    ]);
    expect(recover(plan, state).at(-1)).toMatchObject({
      reason: "crash",
      message: '"a", "b" did not finish because the process died, and onCrash is ask. Resume to run again, or cancel.',
    });
  });

  test("an orderly end of the owner (owner_left) does not count as a crash", () => {
    const { plan, state } = orphaned([{ id: "a" }], { ...at, type: "owner_left" });
    const [fact] = recover(plan, state);
    expect(fact).toEqual({ type: "step_interrupted", step: "a", attempt: 1, orderly: true });
    fold(plan, state, { ...at, epoch: 2, ...fact } as JournalEvent);
    expect(state.steps[0]).toMatchObject({ status: "ready", crashes: 0 });
  });

  test("a step of a run that is being cancelled is cancelled", () => {
    const { plan, state } = orphaned([{ id: "a", onCrash: "ask" }], { ...at, type: "cancel_requested" });
    expect(recover(plan, state)).toEqual([{ type: "step_cancelled", step: "a", attempt: 1 }]);
  });
});

describe("processes of steps", () => {
  test("the state keeps pid and start time of a step's process until the next attempt", () => {
    const { plan, state } = orphaned([{ id: "a" }], {
      ...at,
      type: "step_spawned",
      step: "a",
      attempt: 1,
      pid: 7,
      started: "s",
    });
    expect(state.steps[0]).toMatchObject({ pid: 7, processStarted: "s" });
    const next: JournalEvent[] = [{ ...at, type: "step_interrupted", step: "a", attempt: 1 }, started("a", 2)];
    for (const event of next) fold(plan, state, { ...event, epoch: 2 });
    expect(state.steps[0]).not.toHaveProperty("pid");
  });
});

describe("fencing by epoch", () => {
  test("events of an owner with a smaller epoch are ignored after a newer owner took the lease", () => {
    const { plan, state } = orphaned([{ id: "a" }]);
    const { rev } = state;
    fold(plan, state, { ...at, type: "step_completed", step: "a", attempt: 1 });
    expect(state.steps[0]!.status).toBe("running");
    expect(state.rev).toBe(rev);
  });
});

describe("fold refuses impossible journals", () => {
  const plan = planOf([{ id: "a" }, { id: "b" }], edges("a → b"));

  test.each<[string, JournalEvent[]]>([
    ['step_started cannot happen to step "b", which is pending', [started("b")]],
    [
      'step_completed cannot happen to step "a", which is ready',
      [{ ...at, type: "step_completed", step: "a", attempt: 1 }],
    ],
    ["run_resumed cannot happen to a run that is running", [{ ...at, type: "run_resumed" }]],
    [
      "step_started cannot happen to a run that is cancelled",
      [{ ...at, type: "cancel_requested" }, { ...at, type: "run_finished", status: "cancelled" }, started("a")],
    ],
  ])("fold refuses events out of order: %s", (message, events) => {
    const state = beginning(plan);
    expect(() => {
      for (const event of events) fold(plan, state, event);
    }).toThrow(new IllegalTransition(message));
  });

  test("fold refuses a step that the workflow does not have", () => {
    expect(() => fold(plan, beginning(plan), started("x"))).toThrow(
      'the journal names step "x", which the workflow does not have',
    );
  });

  test.each<[string, JournalEvent]>([
    ["the run has no checkpoint cp_0000000000", { ...at, type: "run_restored", checkpoint: "cp_0000000000" }],
    ["the run has no checkpoint cp_0000000000", { ...at, type: "checkpoint_deleted", checkpoint: "cp_0000000000" }],
    ["the clock jumped by undefined ms", { ...at, type: "clock_jumped" } as JournalEvent],
    ["the clock jumped by null ms", { ...at, type: "clock_jumped", by: null } as unknown as JournalEvent],
  ])("fold refuses an event that is wrong: %s", (message, event) => {
    expect(() => fold(plan, beginning(plan), event)).toThrow(new IllegalTransition(message));
  });

  test("fold refuses run_restarted while a step is running", () => {
    const state = beginning(plan);
    for (const event of [started("a"), { ...at, type: "run_paused", reason: "requested" } as const])
      fold(plan, state, event);
    expect(() => fold(plan, state, { ...at, type: "run_restarted" })).toThrow(IllegalTransition);
  });
});

describe("handleMessage", () => {
  const plan = planOf([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }], edges("a → b", "a → c", "b → d", "c → d"));
  const running = () => beginning(plan);
  const paused = () => {
    const state = running();
    fold(plan, state, { ...at, type: "run_paused", reason: "requested" });
    return state;
  };
  const ended = () => {
    const state = running();
    fold(plan, state, { ...at, type: "cancel_requested", cause: "m0" });
    fold(plan, state, { ...at, type: "run_finished", status: "cancelled" });
    return state;
  };
  const ask = (state: ReturnType<typeof running>, action: "pause" | "resume" | "cancel" | "restart", stepId?: string) =>
    handleMessage(plan, state, { id: "m1", action, ...(stepId && { stepId }) }, state.lastAt);

  test.each([
    ["pause", running, "run_paused"],
    ["resume", paused, "run_resumed"],
    ["cancel", running, "cancel_requested"],
    ["cancel", paused, "cancel_requested"],
    ["restart", ended, "run_restarted"],
    ["restart", paused, "run_restarted"],
  ] as const)("%s is accepted", (action, state, type) => {
    const answer = ask(state(), action);
    expect(answer.ok && answer.value[0]).toMatchObject({ type });
  });

  test.each([
    ["pause", paused, "cannot pause a run that is paused (only running). It is paused already."],
    ["resume", running, "cannot resume a run that is running (only paused). It is running already."],
    [
      "restart",
      running,
      "cannot restart a run that is running (only completed, failed, cancelled, paused). Cancel or pause it first.",
    ],
    [
      "cancel",
      ended,
      "cannot cancel a run that is cancelled (only running, paused). It has ended; restart it to run it again.",
    ],
  ] as const)("%s in the wrong status is refused with illegal_transition", (action, state, message) => {
    expect(ask(state(), action)).toEqual({ ok: false, error: { reason: "illegal_transition", message } });
  });

  test("restart of a step that does not exist is refused with unknown_step", () => {
    expect(ask(ended(), "restart", "zz")).toEqual({
      ok: false,
      error: { reason: "unknown_step", message: 'the workflow "test" has no step "zz"' },
    });
  });

  test("a refusal is remembered under its message id, and the message has no effect", () => {
    const state = running();
    fold(plan, state, { ...at, type: "message_refused", cause: "m1", reason: "busy", message: "no" });
    expect(outcomeOf(state, "m1")).toEqual({ refused: { reason: "busy", message: "no" } });
    expect(ask(state, "pause")).toEqual({ ok: true, value: [] });
  });

  test("restart is refused as busy while a step in its reach is running", () => {
    const state = running();
    fold(plan, state, started("a"));
    fold(plan, state, { ...at, type: "run_paused", reason: "requested" });
    expect(ask(state, "restart")).toEqual({
      ok: false,
      error: { reason: "busy", message: 'cannot restart while "a" is still running; wait for it or cancel' },
    });
    expect(stepsToRestart(plan, "b")).toEqual([1, 3]);
    expect(ask(state, "restart", "b")).toMatchObject({ ok: true });
  });
});
