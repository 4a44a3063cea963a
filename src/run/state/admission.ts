import { Heap } from "../../model/data/heap.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";

/**
 * The heap in which a startable step waits. Steps that the same rules concern share a lane with a heap of its own, so
 * a full limit holds back no other step.
 */
export function readyHeap(plan: Plan, state: RunState, index: number): Heap {
  const lane = laneOf(plan, state, index);
  if (lane === "") return state.ready;
  let heap = state.lanes.get(lane);
  if (!heap) {
    heap = new Heap();
    state.lanes.set(lane, heap);
  }
  return heap;
}

function laneOf(plan: Plan, { features }: RunState, index: number): string {
  let lane = "";
  for (const admission of features.admission) {
    const own = admission.lane(plan, index);
    if (own > 0 || lane !== "") lane += `${own}/`;
  }
  return lane;
}

/** The first step in definition order that Baton may start within all limits. */
export function nextReady(plan: Plan, state: RunState): number | undefined {
  let next = state.ready.peek()?.index;
  if (state.lanes.size === 0) return next;
  for (const heap of state.lanes.values()) {
    const index = heap.peek()?.index;
    if (index !== undefined && (next === undefined || index < next) && mayStart(plan, state, index)) next = index;
  }
  return next;
}

/** Whether every feature lets the step start now. */
export const mayStart = (plan: Plan, state: RunState, index: number): boolean => openAdmission(plan, state)(index);

/**
 * Returns a predicate that reserves a place for every step that it accepts. Where several features limit the same
 * steps, it may refuse a step that could start. The next call accepts that step.
 */
export function openAdmission(plan: Plan, state: RunState): (index: number) => boolean {
  const open = state.features.admission.flatMap(({ lane, open }) => {
    const admits = open(plan, state);
    return admits ? [{ lane, admits }] : [];
  });
  return (index) => open.every(({ lane, admits }) => lane(plan, index) === 0 || admits(index));
}

/** Why the step may not start now, in words; `undefined` if it may. */
export const refusalToStart = (plan: Plan, state: RunState, index: number): string | undefined =>
  state.features.admission.find(({ lane, open }) => lane(plan, index) > 0 && open(plan, state)?.(index) === false)
    ?.reason;
