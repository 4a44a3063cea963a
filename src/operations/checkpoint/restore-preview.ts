import { previewRestore } from "../../git/preview.ts";
import type { RestorePreview } from "../../model/checkpoint.ts";
import type { Result } from "../../model/data/result.ts";
import type { ReadyView, RunView } from "../../model/view.ts";
import { stepsAt } from "../../run/state/checkpoint.ts";
import { planAt } from "../../run/state/expansion.ts";
import { isSettled } from "../../run/state/state.ts";
import type { App } from "../app.ts";
import { type Failure, failure } from "../refusal.ts";
import type { CheckpointView } from "./checkpoint-view.ts";
import type { Found } from "./find-checkpoint.ts";

const ABSENT = "absent";
/** Steps that a preview names. */
const MAX_STEPS_NAMED = 30;

/** What a restore would change in the run. */
export function statePreview({ seen: { plan, state }, checkpoint }: Found) {
  const changes: { stepId: string; now: string; was: string }[] = [];
  const revoked: { stepId: string; assignment: string; worker: string }[] = [];
  const killed: string[] = [];
  const were = stepsAt(state, checkpoint.id);
  const { discarded: gone } = planAt(plan, state, checkpoint);
  plan.workflow.steps.forEach(({ id }, index) => {
    const { status, lease } = state.steps[index]!;
    if (state.running.has(index)) killed.push(id);
    if (lease && (status === "assigned" || status === "reported")) {
      revoked.push({ stepId: id, assignment: lease.token, worker: lease.worker ?? lease.agent });
    }
    const then = were.get(index) ?? state.steps[index]!;
    // Steps in flight then are ready again. Steps that did not exist then, or are discarded, are not shown.
    const before = isSettled(then) || then.status === "pending" ? then.status : "ready";
    const [now, was] = [plan.discarded[index] ? ABSENT : status, gone[index] ? ABSENT : before];
    if (was !== now) changes.push({ stepId: id, now, was });
  });
  return {
    runStatus: { now: state.status, afterwards: "paused" as const },
    steps: changes.slice(0, MAX_STEPS_NAMED),
    totalSteps: changes.length,
    revokedAssignments: revoked.slice(0, MAX_STEPS_NAMED),
    killedSteps: killed.slice(0, MAX_STEPS_NAMED),
  };
}

export type StatePreview = ReturnType<typeof statePreview>;

/** What a restore would change. */
export interface Preview {
  readonly state?: StatePreview;
  readonly code?: RestorePreview;
  readonly codeProblem?: string;
}

/** The answer to a restore: what it would change, or the run after it. */
export type RestoreAnswer =
  | {
      readonly workflowId: string;
      readonly dryRun: true;
      readonly checkpoint: CheckpointView;
      readonly ready: readonly ReadyView[];
      readonly restoring: Preview;
      readonly next: string;
    }
  | (RunView & {
      readonly checkpoint: CheckpointView;
      readonly restored: Preview;
      readonly before?: { readonly ref: string; readonly commit: string };
      readonly next: string;
    });

export async function codePreview({ checkpoint }: Found, app: App): Promise<Result<RestorePreview, Failure>> {
  if (!checkpoint.code) {
    const message = `${checkpoint.id} holds no code: ${checkpoint.problem ?? "the run's directory is in no git work tree"}`;
    return failure({ reason: "no_code", message, hint: 'Restore with scope: "state".' });
  }
  const preview = await previewRestore(checkpoint.code, app.git);
  return preview.ok ? preview : failure({ reason: "code_lost", message: preview.error.message });
}

/** The preview in an answer. Its `totals` stay whole. */
export const shown = ({ changes, conflicts, kept, ...rest }: RestorePreview): RestorePreview => ({
  ...rest,
  changes: changes.slice(0, MAX_STEPS_NAMED),
  conflicts: conflicts.slice(0, MAX_STEPS_NAMED),
  kept: kept.slice(0, MAX_STEPS_NAMED),
});
