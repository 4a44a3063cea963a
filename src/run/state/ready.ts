import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { clearAssignment, queueReady, queueWaiting } from "./indexes.ts";
import { editStep } from "./undo-log.ts";

/**
 * The gate lets the step pass. No checkpoint undoes that: a pending step whose gate would let it pass equals a ready
 * one, and no journal says when a gate was evaluated.
 */
export function passGate(plan: Plan, state: RunState, index: number): void {
  state.steps[index]!.status = "ready";
  state.gates.delete(index);
  clearAssignment(state, index);
  queueReady(plan, state, index);
}

/** Makes the step ready, for its first attempt or another one. */
export function makeReady(plan: Plan, state: RunState, index: number): void {
  editStep(state, index);
  passGate(plan, state, index);
}

/** The step waits for its next attempt. */
export function scheduleRetry(plan: Plan, state: RunState, index: number, due: number): void {
  const step = editStep(state, index);
  step.status = "waiting";
  step.retryAt = due;
  queueWaiting(plan, state, index);
}
