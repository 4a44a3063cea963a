import type { RunProblem } from "../../model/contracts/engine.ts";
import {
  type JournalProblem,
  type LeaseStatus,
  MAX_UNDECIDED_OWNERS,
  type Store,
} from "../../model/contracts/store.ts";
import type { RunState } from "../../model/run-state.ts";
import { isFinal } from "../../run/state/state.ts";

export interface ReadRun {
  readonly state: RunState;
  readonly problem?: JournalProblem | undefined;
}

/** The gravest problem that keeps Baton from continuing a run, if there is one. */
export function problemOf(
  store: Store,
  id: string,
  { state, problem }: ReadRun,
  lease: LeaseStatus,
): RunProblem | undefined {
  const foreign = store.trust.foreign(id);
  if (foreign !== undefined) return { kind: "foreign", message: foreign };
  // A run directory without any lease file counts as one with the first lease.
  if (state.epoch > Math.max(1, lease.epoch)) {
    const message = `its journal names lease ${state.epoch}, but its latest lease is ${lease.epoch}`;
    return { kind: "corrupt", message };
  }
  if (problem) return { kind: problem.kind === "newer_format" ? "newer_format" : "corrupt", message: problem.message };
  if (isFinal(state) || (lease.undecided ?? 0) < MAX_UNDECIDED_OWNERS || state.silentOwners < MAX_UNDECIDED_OWNERS)
    return undefined;
  const message = `the last ${MAX_UNDECIDED_OWNERS} owners ended before they had finished their first decision about it`;
  return { kind: "quarantined", message };
}
