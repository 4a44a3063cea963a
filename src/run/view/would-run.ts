import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { WouldRun } from "../../model/view.ts";
import { isSettled } from "../state/state.ts";

/** Characters of one command. */
const MAX_COMMAND_CHARACTERS = 500;

/**
 * What Baton would execute if it resumed the run: the first steps that have not ended, with their commands as written.
 */
export function wouldRun(plan: Plan, state: RunState, max: number): WouldRun[] {
  const left = plan.workflow.steps.filter((_, index) => !plan.discarded[index] && !isSettled(state.steps[index]!));
  return left.slice(0, max).map(({ id: stepId, type, config }) => {
    const { command } = config as { command?: unknown };
    return { stepId, type, ...(typeof command === "string" && { command: command.slice(0, MAX_COMMAND_CHARACTERS) }) };
  });
}
