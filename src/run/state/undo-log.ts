import type { RunState, StepState } from "../../model/run-state.ts";

/** Call this before a step changes: the latest checkpoint keeps how the step was. */
export function editStep(state: RunState, index: number): StepState {
  const step = state.steps[index]!;
  const latest = state.checkpoints[state.checkpoints.length - 1];
  if (latest && !latest.saved.has(index)) latest.saved.set(index, { ...step });
  return step;
}
