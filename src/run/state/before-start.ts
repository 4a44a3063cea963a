import type { Fact } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";

const NONE: readonly Fact[] = [];

/**
 * What the features want recorded before the step starts.
 * @param ahead how many facts come before these
 */
export function factsBeforeStart(plan: Plan, state: RunState, index: number, ahead = 0): readonly Fact[] {
  let facts = NONE;
  for (const beforeStart of state.features.beforeStart) {
    const fact = beforeStart(plan, state, index, ahead + facts.length);
    if (fact) facts = [...facts, fact];
  }
  return facts;
}
