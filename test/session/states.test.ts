import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { RUN_STATUSES } from "../../src/model/run.ts";
import { SESSION_STATES, type SessionEvent } from "../../src/model/session.ts";
import { foldSession } from "../../src/session/fold.ts";
import { historyOf, illegal, stateOf } from "../../src/session/states.ts";
import { opened } from "../rig/session-event.ts";

const session = (...rest: SessionEvent[]) => foldSession([opened(), ...rest])!;
const event = (at: number, type: string, more = {}) => ({ at, epoch: 1, type, ...more }) as JournalEvent;

describe("the states of a session", () => {
  test("a session's state follows from the status of its run", () => {
    expect(RUN_STATUSES.map((status) => [status, stateOf(session(), status)])).toEqual([
      ["running", "EXECUTING"],
      ["paused", "PAUSED"],
      ["waiting", "EXECUTING"],
      ["interrupted", "PAUSED"],
      ["foreign", "PAUSED"],
      ["damaged", "PAUSED"],
      ["completed", "COMPLETED"],
      ["failed", "FAILED"],
      ["cancelled", "CANCELLED"],
      ["rolling_back", "EXECUTING"],
      ["rolled_back", "FAILED"],
      ["rollback_failed", "FAILED"],
    ]);
    expect(stateOf(session(), undefined)).toBe("PLANNING");
    expect(stateOf(session({ at: 9, type: "session_finished" }), undefined)).toBe("FAILED");
  });

  test("allows only session state changes that Baton can bring about", () => {
    const allowed = SESSION_STATES.flatMap((from) =>
      SESSION_STATES.filter((to) => from !== to && illegal(from, to) === undefined).map((to) => `${from} → ${to}`),
    );
    expect(allowed).toEqual([
      "IDLE → PLANNING",
      "PLANNING → EXECUTING",
      "PLANNING → FAILED",
      "EXECUTING → PAUSED",
      "EXECUTING → FAILED",
      "EXECUTING → CANCELLED",
      "PAUSED → EXECUTING",
      "PAUSED → FAILED",
      "PAUSED → CANCELLED",
    ]);
    expect(illegal("PLANNING", "PAUSED")).toBe(
      "PLANNING does not become PAUSED; from PLANNING it can become EXECUTING or FAILED",
    );
    expect(illegal("EXECUTING", "COMPLETED")).toMatch(/once Baton has seen/);
    expect(illegal("FAILED", "EXECUTING")).toMatch(/restart its run/);
    expect(illegal("PLANNING", "COMPLETED")).toMatch(/^PLANNING does not become COMPLETED/);
  });

  test("a session's history gives a reason for each state", () => {
    const events = [
      event(1, "run_created", { workflowId: "wf_0000000000" }),
      event(2, "step_started"),
      event(3, "run_paused", { reason: "requested" }),
      event(4, "run_resumed"),
      event(5, "run_paused", { reason: "crash", message: "step a crashed" }),
      event(6, "run_restored", { checkpoint: "cp_1" }),
      event(7, "run_resumed"),
      event(8, "run_finished", { status: "failed" }),
      event(9, "run_restarted", { step: "a" }),
      event(10, "run_finished", { status: "completed" }),
      event(11, "run_restarted"),
      event(12, "run_paused", { reason: "crash" }),
    ];
    expect(historyOf(session(), events).map(({ from, to, at, why }) => `${at} ${from} → ${to}: ${why}`)).toEqual([
      "0 IDLE → PLANNING: opened",
      "1 PLANNING → EXECUTING: started as wf_0000000000",
      "3 EXECUTING → PAUSED: paused on request",
      "4 PAUSED → EXECUTING: resumed",
      "5 EXECUTING → PAUSED: step a crashed",
      "7 PAUSED → EXECUTING: resumed",
      "8 EXECUTING → FAILED: the run is failed",
      "9 FAILED → EXECUTING: restarted from step a",
      "10 EXECUTING → COMPLETED: the run is completed",
      "11 COMPLETED → EXECUTING: restarted",
      "12 EXECUTING → PAUSED: crash",
    ]);
    expect(historyOf(session({ at: 7, type: "session_finished" }), []).at(-1)).toEqual({
      from: "PLANNING",
      to: "FAILED",
      at: 7,
      why: "abandoned before it was started",
    });
  });

  test("a session's history has no gaps under any run events", () => {
    const kinds = ["run_paused", "run_resumed", "run_restored", "run_restarted", "run_finished"];
    const some = fc.record({
      type: fc.constantFrom(...kinds),
      status: fc.constantFrom("completed", "failed", "cancelled"),
      reason: fc.constant("requested"),
      checkpoint: fc.constant("cp"),
    });
    fc.assert(
      fc.property(fc.array(some), (given) => {
        const events = [
          event(1, "run_created", { workflowId: "wf_0000000000" }),
          ...given.map((one, at) => event(at + 2, one.type, one)),
        ];
        const history = historyOf(session(), events);
        history.forEach((one, at) => {
          expect(one.from).toBe(history[at - 1]?.to ?? "IDLE");
          expect(one.from).not.toBe(one.to);
        });
      }),
    );
  });
});

describe("a session's journal", () => {
  test("a session's journal gives the current label, parameters and corrections", () => {
    expect(session()).toMatchObject({
      label: "build_only",
      demanded: false,
      parameters: { task: "mend it" },
      corrections: [],
    });
    const corrected = session(
      {
        at: 5,
        type: "session_corrected",
        label: "decompose_first",
        parameters: { goal: "all" },
        reason: "it is large",
      },
      { at: 6, type: "session_judged", label: "multi_task" },
    );
    expect(corrected).toMatchObject({
      label: "decompose_first",
      demanded: true,
      parameters: { goal: "all" },
      corrections: [
        { at: 5, label: "decompose_first", reason: "it is large" },
        { at: 6, label: "multi_task" },
      ],
    });
    expect(corrected.routing.label).toBe("build_only");
    expect(session({ at: 5, type: "session_corrected", parameters: { checks: ["x"] } })).toMatchObject({
      label: "build_only",
      demanded: false,
      parameters: { task: "mend it", checks: ["x"] },
    });
    expect(foldSession([opened({ chosen: "multi_task" })])).toMatchObject({
      label: "multi_task",
      demanded: true,
      parameters: {},
    });
  });

  test("a session's journal without its first event gives no session", () => {
    expect(foldSession([])).toBeUndefined();
    expect(foldSession([{ at: 1, type: "session_finished" }])).toBeUndefined();
  });

  test("a session keeps the time at which it was first finished", () => {
    const twice = session({ at: 7, type: "session_finished" }, { at: 8, type: "session_finished" });
    expect(twice.finishedAt).toBe(7);
  });
});
