import { expect, test } from "vitest";
import type { ObservedRun } from "../../src/model/contracts/engine.ts";
import { isOrphaned } from "../../src/run/orphaned.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const HOUR_MS = 3_600_000;

/** A run as a process observes it. By default its owner died a second ago. */
function observed({ plan, state }: Desk, rest: Partial<ObservedRun> = {}): ObservedRun {
  const { rev } = state;
  const owner = { state: "dead", epoch: 1, lastBeat: state.lastAt } as const;
  return { plan, state, rev, owner, now: state.lastAt + 1_000, definition: undefined as never, ...rest };
}
const verdict = (desk: Desk, rest?: Partial<ObservedRun>) => isOrphaned(observed(desk, rest), HOUR_MS);

test("a running run without a living owner is an orphan, recently or long ago", () => {
  const desk = new Desk([{ id: "a" }]);
  expect(verdict(desk)).toBe("recently");
  expect(verdict(desk, { now: desk.state.lastAt + 2 * HOUR_MS })).toBe("long");
  // A released lease has no heartbeat: the last event tells.
  const released = { state: "free", epoch: 1 } as const;
  expect(verdict(desk, { owner: released })).toBe("recently");
});

test("a run with an owner or with a problem is no orphan", () => {
  const desk = new Desk([{ id: "a" }]);
  expect(verdict(desk, { owner: "own" })).toBeUndefined();
  expect(verdict(desk, { owner: { state: "held", epoch: 1 } })).toBeUndefined();
  expect(verdict(desk, { problem: { kind: "corrupt", message: "" } })).toBeUndefined();
});

test("a paused run is an orphan only while something in it must still end", () => {
  const desk = new Desk([{ id: "a" }, agentStep("b")]);
  desk.ask({ action: "pause" });
  expect(verdict(desk), "a step is running").toBe("recently");
  desk.end("a");
  expect(verdict(desk), "nothing is running").toBeUndefined();
  const other = new Desk([{ id: "a" }, agentStep("b")]);
  other.ask({ action: "pause" });
  other.ask({ action: "cancel" });
  expect(verdict(other), "a cancel was requested").toBe("recently");
});

test("a final run is no orphan", () => {
  const desk = new Desk([{ id: "a" }]);
  desk.end("a");
  expect(desk.state.status).toBe("completed");
  expect(verdict(desk)).toBeUndefined();
});
