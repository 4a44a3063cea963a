import { type JournalProblem, type LeaseStatus, type Store, UNDECIDED } from "../../model/contracts/store.ts";
import { isFinal, type RunState } from "../../run/state/state.ts";

/**
 * Why a run is not carried on as it is.
 * `foreign`: this user's Baton is not known to have made it; `corrupt`, `newer_format`: its journal cannot be read to its end, or not by this
 * Baton; `quarantined`: whoever decided about it last did not live to the end of it.
 */
export interface RunProblem {
  readonly kind: "foreign" | "corrupt" | "newer_format" | "quarantined";
  readonly message: string;
}

export interface Judged {
  readonly state: RunState;
  readonly problem?: JournalProblem | undefined;
}

/** What keeps a run from being carried on; what weighs most. */
export function problemOf(
  store: Store,
  id: string,
  { state, problem }: Judged,
  lease: LeaseStatus,
): RunProblem | undefined {
  const foreign = store.trust.foreign(id);
  if (foreign !== undefined) return { kind: "foreign", message: foreign };
  // A run that came without any lease is of the first.
  if (state.epoch > Math.max(1, lease.epoch)) {
    const message = `its journal tells of lease ${state.epoch}, and the latest is ${lease.epoch}`;
    return { kind: "corrupt", message };
  }
  if (problem) return { kind: problem.kind === "newer_format" ? "newer_format" : "corrupt", message: problem.message };
  if (isFinal(state) || (lease.undecided ?? 0) < UNDECIDED || state.silentOwners < UNDECIDED) return undefined;
  const message = `${UNDECIDED} processes in a row that took it up ended before they had decided what comes next`;
  return { kind: "quarantined", message };
}
