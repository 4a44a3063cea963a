import type { Plan } from "../../../src/model/plan.ts";
import { asksGate } from "../../../src/run/state/gate.ts";
import { openGates } from "../../../src/run/state/settle.ts";
import { toSnapshot } from "../../../src/run/state/snapshot.ts";
import type { RunState } from "../../../src/run/state/state.ts";

/** A state in a form that can be compared. No journal records when a gate was evaluated, so all gates are evaluated here, also in checkpoints. */
export function comparable(plan: Plan, state: RunState): unknown {
  openGates(plan, state);
  for (const { saved } of state.checkpoints) {
    for (const [index, step] of saved) {
      if (step.status !== "pending" || step.unsettledEdges > 0 || !asksGate(plan, index)) continue;
      saved.set(index, { ...step, status: "ready" });
    }
  }
  return toSnapshot(state);
}
