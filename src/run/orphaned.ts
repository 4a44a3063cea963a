import type { ObservedRun } from "../model/contracts/engine.ts";
import { isFinal } from "./state/state.ts";

/**
 * Whether a run that should be running has no owner. `recently`: Baton resumes it by itself; `long`: it waits for a
 * request, since its last owner disappeared more than `resumeWithin` milliseconds ago.
 */
export function isOrphaned(
  { state, owner, now, problem }: ObservedRun,
  resumeWithin: number,
): "recently" | "long" | undefined {
  if (owner === "own" || owner.state === "held" || state.status === "paused" || isFinal(state) || problem)
    return undefined;
  // A released lease has no heartbeat. Then the last event tells when the run last had an owner.
  const lastSign = owner.lastBeat ?? state.lastAt;
  return now - lastSign <= resumeWithin ? "recently" : "long";
}
