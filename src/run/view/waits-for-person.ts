import type { RunState } from "../../model/run-state.ts";

/**
 * Whether nothing of a run goes on until a person has answered: no step runs, is held or is ready. A step that is a run
 * of its own is judged by that run.
 */
export const waitsForPerson = (state: RunState): boolean =>
  state.awaitingAnswers.size > 0 && restsApartFromChildren(state);

/** Whether nothing of a run itself goes on. */
export const restsApartFromChildren = ({ status, stopping, restoring, ...state }: RunState): boolean =>
  status === "running" &&
  !stopping &&
  !restoring &&
  state.claimed.size === 0 &&
  state.offered.size === 0 &&
  [...state.running].every((index) => state.steps[index]!.child !== undefined);
