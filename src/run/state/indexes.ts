import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { emptyConcurrency, readyHeap, readyHeaps, recountAll } from "./concurrency.ts";
import { isForWorkers } from "./performer.ts";

/** Adds a ready step where the next performer looks: among the offered steps, or in a heap. */
export function queueReady(plan: Plan, state: RunState, index: number): void {
  if (isForWorkers(plan, state, index)) state.offered.add(index);
  else readyHeap(plan, state, index).push(index, index);
}

export function queueWaiting(plan: Plan, state: RunState, index: number): void {
  (isForWorkers(plan, state, index) ? state.reoffers : state.backoff).push(index, state.steps[index]!.retryAt!);
}

/** Clears the assignment: no worker holds the step, none may accept it, and its questions are closed. */
export function clearAssignment(state: RunState, index: number): void {
  state.awaitingAnswers.delete(index);
  state.claimed.delete(index);
  state.offered.delete(index);
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
  for (const heap of readyHeaps(state))
    heap.prune((index) => steps[index]!.status === "ready" && !isForWorkers(plan, state, index));
  for (const heap of [state.backoff, state.reoffers])
    heap.prune((index, due) => steps[index]!.status === "waiting" && steps[index]!.retryAt === due);
  state.delivered.prune((index) => steps[index]!.status === "reported" && !state.running.has(index));
  state.leases.prune(
    (index, due) => steps[index]!.status === "assigned" && assignmentDeadline(plan, state, index) === due,
  );
}

export function clearHeaps(state: RunState): void {
  const { delivered, leases, backoff, reoffers } = state;
  for (const heap of [...readyHeaps(state), delivered, leases, backoff, reoffers]) heap.clear();
}

/** Rebuilds the counts of limits after steps were added or discarded. */
export function rebuildConcurrency(plan: Plan, state: RunState): void {
  if (!plan.concurrency) return;
  for (const heap of readyHeaps(state)) heap.clear();
  state.concurrency = emptyConcurrency(plan);
  state.steps.forEach((step, index) => {
    if (step.status === "ready" && !isForWorkers(plan, state, index)) readyHeap(plan, state, index).push(index, index);
  });
  recountAll(plan, state);
}
