import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { reachGate } from "./evaluate-gates.ts";
import { finishFact, isEdgeReached } from "./gate.ts";
import { clearAssignment, pruneHeaps } from "./indexes.ts";
import { isHeld } from "./state.ts";
import { editStep } from "./undo-log.ts";

/** Settles the step. If it never started, the steps that wait for its start stop waiting. */
export function settle(
  plan: Plan,
  state: RunState,
  index: number,
  status: "completed" | "failed" | "skipped" | "cancelled",
): void {
  const step = editStep(state, index);
  step.status = status;
  state.gates.delete(index);
  if (plan.byWorker[index]) {
    clearAssignment(state, index);
    // Otherwise the lease of a step without a worker would expire later.
    pruneHeaps(plan, state);
  }
  state.unsettled--;
  if (state.stopping) return;
  if (step.startedAt === undefined) reachStart(plan, state, index);
  reachEndpoint(plan, state, index, "finish");
}

/** The step has started, now or as found in a copy; nothing later undoes that. Call it once `startedAt` is set. */
export function reachStart(plan: Plan, state: RunState, index: number): void {
  if (plan.startAwaited[index]) reachEndpoint(plan, state, index, "start");
}

/**
 * An endpoint of a step is reached: its successors have one edge less to wait for. Those with none left go through
 * their gates.
 */
function reachEndpoint(plan: Plan, state: RunState, index: number, endpoint: Endpoint): void {
  const { offsets, list } = plan.successors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to, type } = plan.edges[list[at]!]!;
    const { after, holds } = EDGE_ENDPOINTS[type];
    if (after !== endpoint) continue;
    const step = editStep(state, to);
    if (holds === "start") {
      // A step that was cancelled with the run, or copied from another run, stays as it is.
      if (--step.unsettledEdges === 0 && step.status === "pending") reachGate(plan, state, to);
    } else if (--step.unfinishedEdges! === 0 && isHeld(step)) releaseHeld(plan, state, to);
  }
}

/** Recounts the edges that a step waits for. */
export function recountEdges(plan: Plan, state: RunState, index: number): void {
  const step = editStep(state, index);
  const waits = { start: 0, finish: 0 };
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const edge = plan.edges[list[at]!]!;
    if (!isEdgeReached(state, edge)) waits[EDGE_ENDPOINTS[edge.type].holds]++;
  }
  step.unsettledEdges = waits.start;
  if (step.unfinishedEdges !== undefined) step.unfinishedEdges = waits.finish;
}

/** Nothing holds back the finish of a step whose work is done. `decide` will record how it ends. */
export function releaseHeld(plan: Plan, state: RunState, index: number): void {
  const { attempt, evidence, note } = state.steps[index]!;
  const completed = { type: "step_completed", step: plan.workflow.steps[index]!.id, attempt } as const;
  state.verdicts.set(
    index,
    finishFact(plan, state, index, {
      ...completed,
      ...(evidence && { evidence }),
      ...(note !== undefined && { note }),
    }),
  );
}
