import type { Checkpoint } from "../../model/run-state.ts";

/** A checkpoint as callers see it. */
export function viewCheckpoint({ id, at, rev, trigger, name, step, code, problem }: Checkpoint): CheckpointView {
  return {
    checkpointId: id,
    at: new Date(at).toISOString(),
    rev,
    trigger,
    ...(name !== undefined && { name }),
    ...(step !== undefined && { stepId: step }),
    ...(code && { code }),
    ...(problem !== undefined && { codeProblem: problem }),
  };
}

export interface CheckpointView {
  readonly checkpointId: string;
  readonly at: string;
  readonly rev: number;
  readonly trigger: Checkpoint["trigger"];
  readonly name?: string;
  readonly stepId?: string;
  readonly code?: Checkpoint["code"];
  readonly codeProblem?: string;
}
