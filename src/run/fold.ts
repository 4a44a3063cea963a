import type { JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { JsonObject } from "../model/workflow.ts";
import { gate } from "./gate.ts";
import { Heap } from "./heap.ts";
import { affectedBy } from "./restart.ts";
import { longestDelay } from "./retry.ts";
import { isSettled, type RunState, type StepState, untouched } from "./state.ts";
import { checkRun, checkStep, IllegalTransition } from "./transitions.ts";

type Event<T extends JournalEvent["type"]> = Extract<JournalEvent, { type: T }>;

/** The state after the first event of a journal. */
export function begin(
  plan: Plan,
  created: Event<"run_created">,
  given: { parameters: JsonObject; context: JsonObject },
): RunState {
  const state: RunState = {
    workflowId: created.workflowId,
    name: created.name,
    mode: created.mode,
    maxParallel: created.maxParallel,
    cwd: created.cwd,
    durability: created.durability,
    detach: created.detach ?? false,
    createdAt: created.at,
    ...given,
    status: "running",
    rev: 1,
    epoch: created.epoch,
    lastAt: created.at,
    startedAt: created.at,
    activeMs: 0,
    activeSince: created.at,
    busyMs: 0,
    log: [],
    orderly: { before: false, present: false },
    causes: new Map(),
    steps: Array.from({ length: plan.size }, (_, index) => untouched(plan, index)),
    unsettled: plan.size,
    running: new Set(),
    ready: new Heap(),
    backoff: new Heap(),
    verdicts: new Map(),
  };
  if (created.cause !== undefined) state.causes.set(created.cause, {});
  for (let index = 0; index < plan.size; index++)
    if (state.steps[index]!.unsettledEdges === 0) open(plan, state, index);
  return state;
}

/**
 * Applies one event to the state, in place. Pure but for that: no IO, no clock, no randomness; O(edges of the step concerned),
 * and O(graph) only for the rare events that concern the whole run.
 *
 * Events written under a smaller epoch than the latest `lease_taken` come from an owner that had lost the run without noticing;
 * they are ignored (SEMANTICS §2). Throws IllegalTransition on a journal that tells of something impossible.
 */
export function fold(plan: Plan, state: RunState, event: JournalEvent): void {
  if (event.epoch < state.epoch) return;
  checkRun(event.type, state.status);
  state.rev++;
  state.lastAt = event.at;
  if (event.cause !== undefined) {
    const refused = event.type === "message_refused" && { reason: event.reason, message: event.message };
    state.causes.set(event.cause, refused ? { refused } : {});
  }
  switch (event.type) {
    case "run_created":
    case "message_refused":
      return;
    case "owner_left":
      state.orderly = { ...state.orderly, present: true };
      return;
    case "lease_taken":
      return leaseTaken(plan, state, event);
    case "run_paused":
      state.status = "paused";
      state.pause = { reason: event.reason, ...(event.message !== undefined && { message: event.message }) };
      return stopClock(state, event.at);
    case "run_resumed":
      state.status = "running";
      state.activeSince = event.at;
      delete state.pause;
      return;
    case "cancel_requested":
      return stopEverything(plan, state, "cancel");
    case "run_timed_out":
      return stopEverything(plan, state, "timeout");
    case "run_restarted":
      return restarted(plan, state, event);
    case "run_finished":
      state.status = event.status;
      state.endedAt = event.at;
      delete state.pause;
      return stopClock(state, event.at);
    default:
      return foldStep(plan, state, event);
  }
}

type StepEvent = Extract<JournalEvent, { step: string; attempt: number }> | Event<"step_skipped">;

function foldStep(plan: Plan, state: RunState, event: StepEvent): void {
  const index = plan.indexOf.get(event.step);
  if (index === undefined)
    throw new IllegalTransition(`the journal names step "${event.step}", which the workflow does not have`);
  const step = state.steps[index]!;
  checkStep(event.type, event.step, step.status);
  switch (event.type) {
    case "step_started":
      state.running.add(index);
      step.status = "running";
      step.attempt = event.attempt;
      step.startedAt = event.at;
      // Only then is there anything to forget; deleting from every step would make them slow to read.
      if (event.attempt > 1) forgetAttempt(step);
      return pruneHeaps(state);
    case "step_spawned":
      step.pid = event.pid;
      step.processStarted = event.started;
      return;
    case "step_completed":
      ended(state, index, "completed", event.at);
      keepOutput(step, event);
      return settle(plan, state, index, "completed");
    case "step_failed":
      return failed(plan, state, index, event);
    case "step_skipped":
      state.verdicts.delete(index);
      state.log.push({ index, attempt: step.attempt, status: "skipped", endedAt: event.at });
      step.skipped = event.message;
      step.endedAt = event.at;
      return settle(plan, state, index, "skipped");
    case "step_cancelled":
      ended(state, index, "cancelled", event.at);
      return settle(plan, state, index, "cancelled");
    case "step_interrupted":
      ended(state, index, "interrupted", event.at);
      if (!event.orderly) step.crashes++;
      return makeReady(state, index);
  }
}

/** What an attempt leaves behind is not true of the next. */
function forgetAttempt(step: StepState): void {
  for (const field of ["endedAt", "output", "exitCode", "error", "retryAt", "pid", "processStarted"] as const) {
    delete step[field];
  }
}

function failed(plan: Plan, state: RunState, index: number, event: Event<"step_failed">): void {
  const step = state.steps[index]!;
  if (step.status === "running") {
    ended(state, index, "failed", event.at);
    step.failures++;
  } else {
    state.verdicts.delete(index);
    step.endedAt = event.at;
  }
  keepOutput(step, event);
  const { reason, message, hint, signal, retryAt } = event;
  step.error = { reason, message, ...(hint !== undefined && { hint }), ...(signal !== undefined && { signal }) };
  if (retryAt === undefined) return settle(plan, state, index, "failed");
  step.status = "waiting";
  step.retryAt = retryAt;
  state.backoff.push(index, retryAt);
}

function keepOutput(step: StepState, event: Event<"step_completed"> | Event<"step_failed">): void {
  if (event.output !== undefined) step.output = event.output;
  if (event.exitCode !== undefined) step.exitCode = event.exitCode;
}

/** An attempt is over, whatever comes of the step. */
function ended(
  state: RunState,
  index: number,
  status: "completed" | "failed" | "cancelled" | "interrupted",
  at: number,
) {
  const step = state.steps[index]!;
  const startedAt = step.startedAt!;
  step.endedAt = at;
  state.running.delete(index);
  state.busyMs += at - startedAt;
  state.log.push({ index, attempt: step.attempt, status, startedAt, endedAt: at });
}

/** The step has its outcome: its successors are one edge nearer, and those with none left go through their gates. */
function settle(
  plan: Plan,
  state: RunState,
  index: number,
  status: "completed" | "failed" | "skipped" | "cancelled",
): void {
  state.steps[index]!.status = status;
  state.unsettled--;
  if (state.stopping) return;
  const { offsets, list } = plan.successors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to } = plan.edges[list[at]!]!;
    if (--state.steps[to]!.unsettledEdges === 0) open(plan, state, to);
  }
}

/** Every edge into the step is settled: it becomes ready, or its verdict is queued for `decide` to write down. */
function open(plan: Plan, state: RunState, index: number): void {
  const verdict = gate(plan, state, index);
  if (verdict) state.verdicts.set(index, verdict);
  else makeReady(state, index);
}

function makeReady(state: RunState, index: number): void {
  state.steps[index]!.status = "ready";
  state.ready.push(index, index);
}

function pruneHeaps(state: RunState): void {
  state.ready.prune((index) => state.steps[index]!.status === "ready");
  state.backoff.prune((index, due) => state.steps[index]!.status === "waiting" && state.steps[index]!.retryAt === due);
}

function leaseTaken(plan: Plan, state: RunState, event: Event<"lease_taken">): void {
  state.epoch = event.epoch;
  state.orderly = { before: state.orderly.present, present: false };
  // Time that nobody owned the run is not active time: it ended with the last sign of life of the owner before.
  if (state.activeSince !== undefined) {
    stopClock(state, Math.min(Math.max(event.lastBeat ?? 0, state.activeSince), event.at));
    state.activeSince = event.at;
  }
  state.steps.forEach((step, index) => {
    if (step.status !== "waiting") return;
    const bound = event.at + longestDelay(plan.workflow.steps[index]!.retry);
    if (step.retryAt! <= bound) return;
    step.retryAt = bound;
    state.backoff.push(index, bound);
  });
  pruneHeaps(state);
}

function stopClock(state: RunState, at: number): void {
  if (state.activeSince !== undefined) state.activeMs += at - state.activeSince;
  delete state.activeSince;
}

/** Nothing starts any more; what runs is being killed and settles by its own events. */
function stopEverything(plan: Plan, state: RunState, why: "cancel" | "timeout"): void {
  state.stopping ??= why;
  state.verdicts.clear();
  state.ready.clear();
  state.backoff.clear();
  for (let index = 0; index < plan.size; index++) {
    const step = state.steps[index]!;
    if (step.status === "running" || isSettled(step)) continue;
    delete step.retryAt;
    settle(plan, state, index, "cancelled");
  }
}

function restarted(plan: Plan, state: RunState, event: Event<"run_restarted">): void {
  const affected = affectedBy(plan, event.step);
  for (const index of affected) {
    const { attempt, status } = state.steps[index]!;
    if (status === "running")
      throw new IllegalTransition(`step "${plan.workflow.steps[index]!.id}" was restarted while running`);
    if (isSettled(state.steps[index]!)) state.unsettled++;
    state.steps[index] = untouched(plan, index, attempt);
    state.verdicts.delete(index);
  }
  pruneHeaps(state);
  state.status = "running";
  delete state.stopping;
  delete state.pause;
  delete state.endedAt;
  state.startedAt = event.at;
  state.activeMs = 0;
  state.activeSince = event.at;
  state.busyMs = 0;
  for (const index of affected) {
    const { offsets, list } = plan.predecessors;
    const step = state.steps[index]!;
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
      if (isSettled(state.steps[plan.edges[list[at]!]!.from]!)) step.unsettledEdges--;
    }
  }
  for (const index of affected) if (state.steps[index]!.unsettledEdges === 0) open(plan, state, index);
}
