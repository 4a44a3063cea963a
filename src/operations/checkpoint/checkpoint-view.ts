import type { Plan } from "../../model/plan.ts";
import type { Checkpoint } from "../../model/run-state.ts";
import { checkpointName } from "../../run/view/checkpoint-name.ts";

/** A checkpoint as callers see it. */
export function viewCheckpoint(plan: Plan, checkpoint: Checkpoint): CheckpointView {
  const { id, at, rev, trigger, step, code, problem } = checkpoint;
  const name = checkpointName(plan, checkpoint);
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

/** A checkpoint as a short answer tells it. What git needs to find its code stands in the full one. */
export function conciseCheckpoint({ rev: _, code, ...kept }: CheckpointView): object {
  if (!code) return kept;
  const { commit, branch, files } = code;
  return { ...kept, code: { commit, ...(branch !== undefined && { branch }), files } };
}
