import type { Plan } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { emptyConcurrency, readyHeap, readyHeaps, recountAll } from "./concurrency.ts";
import { asksGate, finishing, gate, hasCome } from "./gate.ts";
import { isOffered } from "./performer.ts";
import { isAsking, isHeld, isSettled, type RunState, type StepState } from "./state.ts";

/** Call this before a step changes: the latest checkpoint keeps how the step was. */
export function touch(state: RunState, index: number): StepState {
  const step = state.steps[index]!;
  const latest = state.checkpoints[state.checkpoints.length - 1];
  if (latest && !latest.saved.has(index)) latest.saved.set(index, { ...step });
  return step;
}

/** The step has started, now or as found in a copy; nothing later undoes that. Call it once `startedAt` is set. */
export function started(plan: Plan, state: RunState, index: number): void {
  if (plan.startAwaited[index]) pass(plan, state, index, "start");
}

/** Settles the step. If it never started, the steps that wait for its start learn that they wait in vain. */
export function settle(
  plan: Plan,
  state: RunState,
  index: number,
  status: "completed" | "failed" | "skipped" | "cancelled",
): void {
  const step = touch(state, index);
  step.status = status;
  state.gates.delete(index);
  if (state.readied === index) delete state.readied;
  if (plan.byWorker[index]) {
    clearAssignment(state, index);
    // Otherwise the lease of a step that nobody holds would expire one day.
    pruneHeaps(plan, state);
  }
  state.unsettled--;
  if (state.stopping) return;
  if (step.startedAt === undefined) started(plan, state, index);
  pass(plan, state, index, "finish");
}

/**
 * An endpoint of a step is reached: its successors have one edge less to wait for. Those with none left go through
 * their gates.
 */
function pass(plan: Plan, state: RunState, index: number, moment: Endpoint): void {
  const { offsets, list } = plan.successors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to, type } = plan.edges[list[at]!]!;
    const { after, holds } = EDGE_ENDPOINTS[type];
    if (after !== moment) continue;
    const step = touch(state, to);
    if (holds === "start") {
      // A step that was cancelled with the run, or copied from another run, stays as it is.
      if (--step.unsettledEdges === 0 && step.status === "pending") open(plan, state, to);
    } else if (--step.unfinishedEdges! === 0 && isHeld(step)) release(plan, state, to);
  }
}

/** Recounts the edges that a step waits for. */
export function awaitAnew(plan: Plan, state: RunState, index: number): void {
  const step = touch(state, index);
  const waits = { start: 0, finish: 0 };
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const edge = plan.edges[list[at]!]!;
    if (!hasCome(state, edge)) waits[EDGE_ENDPOINTS[edge.type].holds]++;
  }
  step.unsettledEdges = waits.start;
  if (step.unfinishedEdges !== undefined) step.unfinishedEdges = waits.finish;
}

/** Nothing holds back the finish of a step whose work is done. `decide` will record how it ends. */
export function release(plan: Plan, state: RunState, index: number): void {
  const { attempt, evidence } = state.steps[index]!;
  const of = { type: "step_completed", step: plan.workflow.steps[index]!.id, attempt } as const;
  state.verdicts.set(index, finishing(plan, state, index, { ...of, ...(evidence && { evidence }) }));
}

/** Clears the assignment: no worker holds the step, none may accept it, and its questions are closed. */
export function clearAssignment(state: RunState, index: number): void {
  state.asking.delete(index);
  state.claimed.delete(index);
  state.offered.delete(index);
}

/**
 * Nothing holds back the start of the step. Where its gate has an expression to compute, that waits for `openGates`: a journal must be readable
 * without computing what others wrote.
 */
export function open(plan: Plan, state: RunState, index: number): void {
  if (asksGate(plan, index)) state.gates.add(index);
  else askGate(plan, state, index);
}

/** Asks the unasked gates in the order in which their steps came to them, until `enough` returns true. */
export function openGates(plan: Plan, state: RunState, enough: () => boolean = () => false): void {
  for (const index of state.gates) {
    if (enough()) return;
    state.gates.delete(index);
    askGate(plan, state, index);
  }
}

/** The step becomes ready, or `decide` will record the verdict of its gate. */
function askGate(plan: Plan, state: RunState, index: number): void {
  const verdict = gate(plan, state, index);
  if (verdict) state.verdicts.set(index, verdict);
  else passGate(plan, state, index);
}

/** The step is to be performed, for the first time or again. */
export function makeReady(plan: Plan, state: RunState, index: number): void {
  touch(state, index);
  passGate(plan, state, index);
}

/**
 * The gate lets the step pass. No checkpoint undoes that: a pending step whose gate would let it pass equals a ready
 * one, and no journal says when a gate was asked.
 */
export function passGate(plan: Plan, state: RunState, index: number): void {
  state.steps[index]!.status = "ready";
  state.gates.delete(index);
  clearAssignment(state, index);
  if (isOffered(plan, state, index)) state.offered.add(index);
  else readyHeap(plan, state, index).push(index, index);
}

/** When a worker must be done with a step: the end of its lease, or of its timeout. */
export function assignmentDeadline(plan: Plan, state: RunState, index: number): number {
  const { lease, startedAt } = state.steps[index]!;
  const { timeout } = plan.workflow.steps[index]!;
  return timeout === undefined ? lease!.expiresAt : Math.min(lease!.expiresAt, startedAt! + timeout);
}

/** The step waits for its next attempt. */
export function wait(plan: Plan, state: RunState, index: number, due: number): void {
  const step = touch(state, index);
  step.status = "waiting";
  step.retryAt = due;
  queueWaiting(plan, state, index);
}

function queueWaiting(plan: Plan, state: RunState, index: number): void {
  (isOffered(plan, state, index) ? state.reoffers : state.backoff).push(index, state.steps[index]!.retryAt!);
}

/** Drops stale entries from the tops of the heaps. */
export function pruneHeaps(plan: Plan, state: RunState): void {
  const { steps } = state;
  for (const heap of readyHeaps(state))
    heap.prune((index) => steps[index]!.status === "ready" && !isOffered(plan, state, index));
  for (const heap of [state.backoff, state.reoffers])
    heap.prune((index, due) => steps[index]!.status === "waiting" && steps[index]!.retryAt === due);
  state.delivered.prune((index) => steps[index]!.status === "reported" && !state.running.has(index));
  state.leases.prune(
    (index, due) => steps[index]!.status === "assigned" && assignmentDeadline(plan, state, index) === due,
  );
}

export function clearHeaps(state: RunState): void {
  const { delivered, leases, backoff, reoffers } = state;
  for (const heap of [...readyHeaps(state), delivered, leases, backoff, reoffers]) heap.clear();
}

/** Rebuilds the counts of limits after steps were added or discarded. */
export function rebuildConcurrency(plan: Plan, state: RunState): void {
  if (!plan.concurrency) return;
  for (const heap of readyHeaps(state)) heap.clear();
  state.concurrency = emptyConcurrency(plan);
  state.steps.forEach((step, index) => {
    if (step.status === "ready" && !isOffered(plan, state, index)) readyHeap(plan, state, index).push(index, index);
  });
  recountAll(plan, state);
}

/** Rebuilds the indexes from the steps. */
export function reindex(plan: Plan, state: RunState): void {
  for (const index of [
    state.running,
    state.passive,
    state.asking,
    state.offered,
    state.claimed,
    state.gates,
    state.verdicts,
  ])
    index.clear();
  clearHeaps(state);
  state.unsettled = 0;
  state.steps.forEach((step, index) => {
    if (!isSettled(step)) state.unsettled++;
    if (isHeld(step)) {
      if (step.unfinishedEdges === 0) release(plan, state, index);
      return;
    }
    if (step.status === "running" || step.verifying) state.running.add(index);
    if (step.status === "running" && plan.passive[index]) state.passive.add(index);
    switch (step.status) {
      case "ready":
        if (isOffered(plan, state, index)) state.offered.add(index);
        else readyHeap(plan, state, index).push(index, index);
        break;
      case "assigned":
        state.claimed.add(index);
        state.leases.push(index, assignmentDeadline(plan, state, index));
        break;
      case "reported":
        state.claimed.add(index);
        if (!step.verifying) state.delivered.push(index, index);
        break;
      case "waiting":
        if (isAsking(step)) state.asking.add(index);
        else queueWaiting(plan, state, index);
        break;
      case "pending":
        // The verdict is not recorded yet. After a restore it may be another one.
        if (step.unsettledEdges === 0) open(plan, state, index);
        break;
      default:
    }
  });
  recountAll(plan, state);
}
