import type { ObservedRun } from "../model/contracts/engine.ts";
import type { RunState } from "../model/run-state.ts";
import { underWay } from "./recovery.ts";
import { isFinal } from "./state/state.ts";

/**
 * Whether a run that needs an owner has none. `recently`: Baton resumes it by itself; `long`: it waits for a request,
 * since its last owner disappeared more than `resumeWithin` milliseconds ago.
 */
export function isOrphaned(
  { state, owner, now, problem }: ObservedRun,
  resumeWithin: number,
): "recently" | "long" | undefined {
  if (owner === "own" || owner.state === "held" || problem || !needsOwner(state)) return undefined;
  // A released lease has no heartbeat. Then the last event tells when the run last had an owner.
  const lastSign = owner.lastBeat ?? state.lastAt;
  return now - lastSign <= resumeWithin ? "recently" : "long";
}

/** A paused run needs an owner only to end what has begun: a step, a verification, a cancel or a restore. */
function needsOwner(state: RunState): boolean {
  if (isFinal(state)) return false;
  if (state.status === "running") return true;
  const { restoring, stopping, delivered } = state;
  const hasBegun = delivered.peek() !== undefined || underWay(state).length > 0;
  return restoring !== undefined || stopping !== undefined || hasBegun;
}
