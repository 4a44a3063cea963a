import type { Plan } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { emptyConcurrency, readyHeap, readyHeaps, recountAll } from "./concurrency.ts";
import { asksGate, finishing, gate, hasCome } from "./gate.ts";
import { isOffered } from "./performer.ts";
import { isAsking, isHeld, isSettled, type RunState, type StepState } from "./state.ts";

/** To be called before a step changes: the latest checkpoint keeps how it was. */
export function touch(state: RunState, index: number): StepState {
  const step = state.steps[index]!;
  const latest = state.checkpoints[state.checkpoints.length - 1];
  if (latest && !latest.saved.has(index)) latest.saved.set(index, { ...step });
  return step;
}

/** The first attempt of a step has begun, or it was found to have been: what comes later does not undo that. To be called once it has its `startedAt`. */
export function started(plan: Plan, state: RunState, index: number): void {
  if (plan.startAwaited[index]) pass(plan, state, index, "start");
}

/** The step has its outcome. If it never started, those that wait for its start wait in vain, and are to know. */
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
    // Else its lease would run out some day, of a step that nobody holds.
    pruneHeaps(plan, state);
  }
  state.unsettled--;
  if (state.stopping) return;
  if (step.startedAt === undefined) started(plan, state, index);
  pass(plan, state, index, "finish");
}

/** A moment of a step has come: its successors are one edge nearer to theirs, and those with none left go through their gates. */
function pass(plan: Plan, state: RunState, index: number, moment: Endpoint): void {
  const { offsets, list } = plan.successors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to, type } = plan.edges[list[at]!]!;
    const { after, holds } = EDGE_ENDPOINTS[type];
    if (after !== moment) continue;
    const step = touch(state, to);
    if (holds === "start") {
      // What was cancelled with the run stays so, though it never got its turn; and so does what was copied from another run.
      if (--step.unsettledEdges === 0 && step.status === "pending") open(plan, state, to);
    } else if (--step.unfinishedEdges! === 0 && isHeld(step)) release(plan, state, to);
  }
}

/** Counts anew what a step waits for. */
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

/** Nothing holds back the finish of a step whose work is done: how it ends is queued for `decide` to write down. */
export function release(plan: Plan, state: RunState, index: number): void {
  const { attempt, evidence } = state.steps[index]!;
  const of = { type: "step_completed", step: plan.workflow.steps[index]!.id, attempt } as const;
  state.verdicts.set(index, finishing(plan, state, index, { ...of, ...(evidence && { evidence }) }));
}

/** No worker holds the step any more, none may take it, and nobody is asked for it. */
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

/** Asks the gates that have yet to be asked, in the order in which their steps came to them, until `enough` says so. */
export function openGates(plan: Plan, state: RunState, enough: () => boolean = () => false): void {
  for (const index of state.gates) {
    if (enough()) return;
    state.gates.delete(index);
    askGate(plan, state, index);
  }
}

/** The step becomes ready, or its verdict is queued for `decide` to write down. */
function askGate(plan: Plan, state: RunState, index: number): void {
  const verdict = gate(plan, state, index);
  if (verdict) state.verdicts.set(index, verdict);
  else passGate(plan, state, index);
}

/** The step is to be performed, again. */
export function makeReady(plan: Plan, state: RunState, index: number): void {
  touch(state, index);
  passGate(plan, state, index);
}

/**
 * Its gate lets the step pass. No checkpoint undoes that: a pending step whose gate would let it pass and a ready one are the same, and when
 * the gate was asked is in no journal.
 */
export function passGate(plan: Plan, state: RunState, index: number): void {
  state.steps[index]!.status = "ready";
  state.gates.delete(index);
  clearAssignment(state, index);
  if (isOffered(plan, state, index)) state.offered.add(index);
  else readyHeap(plan, state, index).push(index, index);
}

/** When a worker's time with a step is up: its lease's, or its timeout's. */
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

/** Drops from the tops of the heaps what is not so any more. */
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

/** After steps have come or gone: the limits there are now, counted anew. */
export function rebuildConcurrency(plan: Plan, state: RunState): void {
  if (!plan.concurrency) return;
  for (const heap of readyHeaps(state)) heap.clear();
  state.concurrency = emptyConcurrency(plan);
  state.steps.forEach((step, index) => {
    if (step.status === "ready" && !isOffered(plan, state, index)) readyHeap(plan, state, index).push(index, index);
  });
  recountAll(plan, state);
}

/** Makes the indexes anew from the steps. */
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
        // Its verdict was not written down yet; put back to then, it may be another one.
        if (step.unsettledEdges === 0) open(plan, state, index);
        break;
      default:
    }
  });
  recountAll(plan, state);
}
