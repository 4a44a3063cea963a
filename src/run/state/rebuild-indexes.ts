import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { reachGate } from "./evaluate-gates.ts";
import { assignmentDeadline, clearHeaps, queueReady, queueWaiting, rebuildFeatures } from "./indexes.ts";
import { releaseHeld } from "./settle.ts";
import { awaitsVerification, isHeld, isSettled, waitsForEvent } from "./state.ts";

/** Rebuilds the indexes from the steps. */
export function rebuildIndexes(plan: Plan, state: RunState): void {
  for (const index of [state.running, state.passive, state.offered, state.claimed, state.gates, state.verdicts])
    index.clear();
  clearHeaps(state);
  state.unsettled = 0;
  state.steps.forEach((step, index) => {
    if (!isSettled(step)) state.unsettled++;
    if (isHeld(step)) {
      if (step.unfinishedEdges === 0) releaseHeld(plan, state, index);
      return;
    }
    if (step.status === "running" || step.verifying) state.running.add(index);
    if (step.status === "running" && plan.passive[index]) state.passive.add(index);
    switch (step.status) {
      case "ready":
        queueReady(plan, state, index);
        break;
      case "assigned":
        state.claimed.add(index);
        state.leases.push(index, assignmentDeadline(plan, state, index));
        break;
      case "reported":
        state.claimed.add(index);
        if (awaitsVerification(state, index)) state.delivered.push(index, index);
        break;
      case "waiting":
        if (!waitsForEvent(step)) queueWaiting(plan, state, index);
        break;
      case "pending":
        // The verdict is not recorded yet. After a restore it may be another one.
        if (step.unsettledEdges === 0) reachGate(plan, state, index);
        break;
      default:
    }
  });
  rebuildFeatures(plan, state);
}
