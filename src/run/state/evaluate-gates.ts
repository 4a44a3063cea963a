import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { gateVerdict, hasGateExpression } from "./gate.ts";
import { passGate } from "./ready.ts";

/**
 * Nothing holds back the start of the step any more. A gate with an expression waits for `evaluateGates`, because a
 * journal must be readable without evaluating expressions.
 */
export function reachGate(plan: Plan, state: RunState, index: number): void {
  if (hasGateExpression(plan, index)) state.gates.add(index);
  else evaluateGate(plan, state, index);
}

/** Evaluates the waiting gates in the order in which their steps reached them, until `enough` returns true. */
export function evaluateGates(plan: Plan, state: RunState, enough: () => boolean = () => false): void {
  for (const index of state.gates) {
    if (enough()) return;
    state.gates.delete(index);
    evaluateGate(plan, state, index);
  }
}

/** The step becomes ready, or `decide` will record the verdict of its gate. */
function evaluateGate(plan: Plan, state: RunState, index: number): void {
  const verdict = gateVerdict(plan, state, index);
  if (verdict) state.verdicts.set(index, verdict);
  else passGate(plan, state, index);
}
