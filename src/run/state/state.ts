import type { Plan } from "../../model/plan.ts";
import { FINAL_RUN_STATUSES, SETTLED_STATUSES } from "../../model/run.ts";
import type { RunState, StepState } from "../../model/run-state.ts";

export const isFinal = (state: RunState): boolean => FINAL_RUN_STATUSES.has(state.status);
/** Whether its work is done and recorded. Nothing of it runs, and it never starts again. */
export const isHeld = ({ status, heldAt }: StepState): boolean => status === "running" && heldAt !== undefined;
/** Whether it waits for an event, such as the person's answers, and not for the time of its next try. */
export const waitsForEvent = ({ status, retryAt }: StepState): boolean => status === "waiting" && retryAt === undefined;
/** Whether it was delivered, and nothing holds back its checks. */
export function awaitsVerification({ features, steps }: RunState, index: number): boolean {
  const step = steps[index]!;
  return step.status === "reported" && !step.verifying && !features.holdsBack.some((holdsBack) => holdsBack(step));
}
export const isSettled = (step: StepState): boolean => SETTLED_STATUSES.has(step.status);

/** Running or assigned. A delivery under verification is both. */
export const isInProgress = (state: RunState, index: number): boolean =>
  state.running.has(index) || state.claimed.has(index);

/** How many steps Baton may perform at once. Workers do not count. */
export const slotCount = (state: RunState): number => (state.mode === "sequential" ? 1 : state.maxParallel);

/** A step before anything happened to it. Attempt numbers continue those before a restart. */
export function newStep(plan: Plan, index: number, attempt = 0): StepState {
  const { offsets } = plan.predecessors;
  const unfinishedEdges = plan.finishEdges[index]!;
  const unsettledEdges = offsets[index + 1]! - offsets[index]! - unfinishedEdges;
  const step: StepState = { status: "pending", attempt, failures: 0, crashes: 0, unsettledEdges };
  if (unfinishedEdges > 0) step.unfinishedEdges = unfinishedEdges;
  return step;
}
