import { Heap } from "../../model/heap.ts";
import type { Plan } from "../../model/plan.ts";
import type { ConcurrencyState, RunState } from "../../model/run-state.ts";

export const emptyConcurrency = ({ concurrency: groups }: Plan): ConcurrencyState | undefined =>
  groups && { used: groups.max.map(() => 0), ready: groups.limits.map(() => new Heap()) };

/**
 * The heap in which a startable step waits. Steps with the same limits share a heap, so a full limit holds back no
 * other step.
 */
export function readyHeap(plan: Plan, state: RunState, index: number): Heap {
  const group = plan.concurrency?.groupOf[index] ?? 0;
  return group === 0 ? state.ready : state.concurrency!.ready[group - 1]!;
}

export const readyHeaps = (state: RunState): readonly Heap[] =>
  state.concurrency ? [state.ready, ...state.concurrency.ready] : [state.ready];

/** The first step in definition order that Baton may start within all limits. */
export function nextReady(plan: Plan, state: RunState): number | undefined {
  let next = state.ready.peek()?.index;
  state.concurrency?.ready.forEach((heap) => {
    const index = heap.peek()?.index;
    if (index !== undefined && (next === undefined || index < next) && hasFreeSlot(plan, state, index)) next = index;
  });
  return next;
}

/** Whether one more step may start, besides those of its limits that are running. */
export const hasFreeSlot = (plan: Plan, state: RunState, index: number): boolean => slotReservation(plan, state)(index);

/** Returns a predicate that reserves a slot for every step it accepts. */
export function slotReservation({ concurrency: groups }: Plan, state: RunState): (index: number) => boolean {
  if (!groups) return () => true;
  const used = new Map<number, number>();
  const count = (limit: number) => used.get(limit) ?? state.concurrency!.used[limit]!;
  return (index) => {
    const limits = groups.limits[groups.groupOf[index]! - 1] ?? [];
    if (limits.some((limit) => count(limit) >= groups.max[limit]!)) return false;
    for (const limit of limits) used.set(limit, count(limit) + 1);
    return true;
  };
}

/** Running or assigned steps. A delivery under verification is both, and counts once. */
export const isInProgress = (state: RunState, index: number): boolean =>
  state.running.has(index) || state.claimed.has(index);

/** Updates the count of a step's limits after an event about it. */
export function recount({ concurrency: groups }: Plan, state: RunState, index: number, before: boolean): void {
  const after = isInProgress(state, index);
  if (!groups || before === after) return;
  for (const limit of groups.limits[groups.groupOf[index]! - 1] ?? [])
    state.concurrency!.used[limit]! += after ? 1 : -1;
}

/** Recounts everything after an event about the run. */
export function recountAll(plan: Plan, state: RunState): void {
  if (!state.concurrency) return;
  state.concurrency.used.fill(0);
  for (const index of new Set([...state.running, ...state.claimed])) recount(plan, state, index, false);
}
