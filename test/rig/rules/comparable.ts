import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import { toSnapshot } from "../../../src/run/snapshot.ts";
import { evaluateGates } from "../../../src/run/state/evaluate-gates.ts";
import { hasGateExpression } from "../../../src/run/state/gate.ts";

/**
 * A state in a form that can be compared. No journal records when a gate was evaluated, so all gates are evaluated
 * here, also in checkpoints.
 */
export function comparable(plan: Plan, state: RunState): unknown {
  evaluateGates(plan, state);
  for (const { saved } of state.checkpoints) {
    for (const [index, step] of saved) {
      if (step.status !== "pending" || step.unsettledEdges > 0 || !hasGateExpression(plan, index)) continue;
      saved.set(index, { ...step, status: "ready" });
    }
  }
  return toSnapshot(state);
}
