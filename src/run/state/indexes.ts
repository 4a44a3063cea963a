import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { readyHeap } from "./admission.ts";
import { isForWorkers } from "./performer.ts";
import { awaitsVerification } from "./state.ts";

/** Adds a ready step where the next performer looks: among the offered steps, or in a heap. */
export function queueReady(plan: Plan, state: RunState, index: number): void {
  if (!isForWorkers(plan, state, index)) return readyHeap(plan, state, index).push(index, index);
  state.offered.add(index);
  for (const onReady of state.features.onReady) onReady(plan, state, index);
}

export function queueWaiting(plan: Plan, state: RunState, index: number): void {
  (isForWorkers(plan, state, index) ? state.reoffers : state.backoff).push(index, state.steps[index]!.retryAt!);
}

/** Clears the assignment: no worker holds the step, and none may accept it. */
export function clearAssignment(state: RunState, index: number): void {
  state.claimed.delete(index);
  state.offered.delete(index);
}

/** A worker holds the step until its deadline. */
export function indexAssigned(plan: Plan, state: RunState, index: number): void {
  state.offered.delete(index);
  state.claimed.add(index);
  state.leases.push(index, assignmentDeadline(plan, state, index));
}

/** When a worker must be done with a step: the end of its lease, or of its timeout. */
export function assignmentDeadline(plan: Plan, state: RunState, index: number): number {
  const { lease, startedAt } = state.steps[index]!;
  const { timeout } = plan.workflow.steps[index]!;
  return timeout === undefined ? lease!.expiresAt : Math.min(lease!.expiresAt, startedAt! + timeout);
}

/** Drops stale entries from the tops of the heaps. */
export function pruneHeaps(plan: Plan, state: RunState): void {
  const { steps } = state;
  const isReady = (index: number) => steps[index]!.status === "ready" && !isForWorkers(plan, state, index);
  state.ready.prune(isReady);
  if (state.lanes.size > 0) for (const heap of state.lanes.values()) heap.prune(isReady);
  for (const heap of [state.backoff, state.reoffers])
    heap.prune((index, due) => steps[index]!.status === "waiting" && steps[index]!.retryAt === due);
  state.delivered.prune((index) => awaitsVerification(state, index));
  state.leases.prune(
    (index, due) => steps[index]!.status === "assigned" && assignmentDeadline(plan, state, index) === due,
  );
}

export function clearHeaps(state: RunState): void {
  const { ready, lanes, delivered, leases, backoff, reoffers } = state;
  for (const heap of [ready, delivered, leases, backoff, reoffers]) heap.clear();
  lanes.clear();
}

/** Rebuilds the lanes, and the indexes of features, after steps were added or discarded. */
export function rebuildLanes(plan: Plan, state: RunState): void {
  rebuildFeatures(plan, state);
  state.ready.clear();
  state.lanes.clear();
  state.steps.forEach((step, index) => {
    if (step.status === "ready" && !isForWorkers(plan, state, index)) readyHeap(plan, state, index).push(index, index);
  });
}

/** Rebuilds the indexes of features after an event that changed many steps at once. */
export function rebuildFeatures(plan: Plan, state: RunState): void {
  for (const rebuild of state.features.rebuild) rebuild(plan, state);
}
