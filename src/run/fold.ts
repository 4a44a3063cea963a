import type { EventOf, JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Performer } from "../model/worker.ts";
import type { JsonObject } from "../model/workflow.ts";
import { foldStep } from "./fold-step.ts";
import { checkpointCaptured, checkpointCreated, checkpointDeleted, runRestored } from "./state/checkpoint.ts";
import { recountAll } from "./state/concurrency.ts";
import { discard, extendPlan } from "./state/expansion.ts";
import { remember } from "./state/message-dedup.ts";
import { affectedBy } from "./state/restart.ts";
import { longestDelay } from "./state/retry.ts";
import { awaitAnew, clearAssignment, clearHeaps, open, pruneHeaps, settle, touch, wait } from "./state/settle.ts";
import { noIndexes } from "./state/snapshot.ts";
import { isAsking, isSettled, type RunState, untouched } from "./state/state.ts";
import { checkRun, IllegalTransition } from "./state/transitions.ts";

/** The input of a run, besides its workflow. */
export interface Given {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly performers?: Readonly<Record<string, readonly Performer[]>> | undefined;
}

/** The state after the first event of a journal. */
export function begin(
  plan: Plan,
  created: EventOf<"run_created">,
  { parameters, context, performers = {} }: Given,
): RunState {
  extendPlan(plan, { growths: [] });
  const state: RunState = {
    workflowId: created.workflowId,
    name: created.name,
    mode: created.mode,
    maxParallel: created.maxParallel,
    cwd: created.cwd,
    durability: created.durability,
    detach: created.detach ?? false,
    code: created.code ?? false,
    ...(created.template !== undefined && { template: created.template }),
    ...(created.runner !== undefined && { runner: created.runner }),
    ...(created.parent && { parent: created.parent }),
    ...(created.forkedFrom && { forkedFrom: created.forkedFrom }),
    createdAt: created.at,
    ...{ parameters, context, performers },
    status: "running",
    rev: 1,
    epoch: created.epoch,
    silentOwners: 0,
    lastAt: created.at,
    startedAt: created.at,
    activeMs: 0,
    activeSince: created.at,
    busyMs: 0,
    log: [],
    orderly: { before: false, present: false },
    causes: new Map(),
    accepts: new Map(),
    tokens: new Map(),
    checkpoints: [],
    capturing: [],
    growths: [],
    steps: Array.from({ length: plan.size }, (_, index) => untouched(plan, index)),
    unsettled: plan.size,
    ...noIndexes(plan),
  };
  remember(state, created);
  for (let index = 0; index < plan.size; index++)
    if (state.steps[index]!.unsettledEdges === 0) open(plan, state, index);
  return state;
}

/**
 * Applies one event to the state, in place. Otherwise pure: no IO, no clock, no randomness. Costs O(edges of the
 * step), and O(graph) only for the rare events about the whole run.
 *
 * An event with a smaller epoch than the latest `lease_taken` comes from an owner that had lost the run without
 * noticing. It is ignored (SEMANTICS §2), and the answer is false. Throws IllegalTransition if the journal tells
 * something impossible.
 */
export function fold(plan: Plan, state: RunState, event: JournalEvent): boolean {
  if (event.epoch < state.epoch) return false;
  apply(plan, state, event);
  return true;
}

function apply(plan: Plan, state: RunState, event: JournalEvent): void {
  checkRun(event.type, state.status);
  state.rev++;
  state.lastAt = event.at;
  state.silentOwners = event.type === "lease_taken" ? state.silentOwners + 1 : 0;
  remember(state, event);
  switch (event.type) {
    case "run_created":
    case "message_refused":
      return;
    case "owner_left":
      state.orderly = { ...state.orderly, present: true };
      return;
    case "clock_jumped":
      return clockJumped(state, event.by);
    case "lease_taken":
      return leaseTaken(plan, state, event);
    case "run_paused":
      state.status = "paused";
      state.pause = { reason: event.reason, ...(event.message !== undefined && { message: event.message }) };
      return stopClock(state, event.at);
    case "run_resumed":
      state.status = "running";
      delete state.pause;
      return keepTime(state, event.at);
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
    case "checkpoint_created":
      return checkpointCreated(plan, state, event);
    case "checkpoint_captured":
      return checkpointCaptured(state, event);
    case "checkpoint_deleted":
      return checkpointDeleted(state, event);
    case "restore_requested":
      state.restoring = event.checkpoint;
      return;
    case "run_restored":
      stopClock(state, event.at);
      return runRestored(plan, state, event);
    default:
      foldStep(plan, state, event);
      // `decide` trusts the tops of the heaps, so no stale entry may stay there.
      pruneHeaps(plan, state);
      return keepTime(state, event.at);
  }
}

function leaseTaken(plan: Plan, state: RunState, event: EventOf<"lease_taken">): void {
  state.epoch = event.epoch;
  state.orderly = { before: state.orderly.present, present: false };
  // Time without an owner is not active time. It starts at the last sign of life of the owner before.
  if (state.activeSince !== undefined) {
    stopClock(state, Math.min(Math.max(event.lastBeat ?? 0, state.activeSince), event.at));
    state.activeSince = event.at;
  }
  state.steps.forEach((step, index) => {
    if (step.status !== "waiting" || isAsking(step)) return;
    const bound = event.at + longestDelay(plan.workflow.steps[index]!.retry);
    if (step.retryAt! <= bound) return;
    wait(plan, state, index, bound);
  });
  pruneHeaps(plan, state);
}

/** Shifts the start of everything measured by duration. Instants stay: leases, and due times of retries. */
function clockJumped(state: RunState, by: number): void {
  if (!Number.isSafeInteger(by)) throw new IllegalTransition(`the clock jumped by ${by} ms`);
  if (state.activeSince !== undefined) state.activeSince += by;
  for (const index of state.running) {
    if (state.steps[index]!.verifying) continue;
    touch(state, index).startedAt! += by;
  }
}

/** The clock of a run stops while nothing runs and the run waits only for a person's answers. */
function keepTime(state: RunState, at: number): void {
  if (state.status !== "running") return;
  if (state.asking.size > 0 && state.running.size + state.claimed.size === 0) stopClock(state, at);
  else state.activeSince ??= at;
}

function stopClock(state: RunState, at: number): void {
  if (state.activeSince !== undefined) state.activeMs += at - state.activeSince;
  delete state.activeSince;
}

/** Nothing starts any more. Baton kills what runs, and its own events settle it. */
function stopEverything(plan: Plan, state: RunState, why: "cancel" | "timeout"): void {
  state.stopping ??= why;
  state.verdicts.clear();
  state.gates.clear();
  clearHeaps(state);
  const unsettled = [...state.steps.keys()].filter(
    (index) => !state.running.has(index) && !isSettled(state.steps[index]!),
  );
  discard(plan, state, unsettled);
  for (const index of unsettled) {
    if (plan.discarded[index]) continue;
    const step = touch(state, index);
    delete step.retryAt;
    if (step.startedAt !== undefined) step.endedAt ??= state.lastAt;
    settle(plan, state, index, "cancelled");
  }
}

function restarted(plan: Plan, state: RunState, event: EventOf<"run_restarted">): void {
  const all = affectedBy(plan, event.step);
  const running = all.find((index) => state.running.has(index));
  if (running !== undefined)
    throw new IllegalTransition(`step "${plan.workflow.steps[running]!.id}" was restarted while running`);
  discard(plan, state, all);
  const affected = all.filter((index) => !plan.discarded[index]);
  for (const index of affected) {
    const step = touch(state, index);
    if (isSettled(step)) state.unsettled++;
    state.steps[index] = untouched(plan, index, step.attempt);
    clearAssignment(state, index);
    state.verdicts.delete(index);
    state.gates.delete(index);
  }
  pruneHeaps(plan, state);
  state.status = "running";
  delete state.stopping;
  delete state.pause;
  delete state.endedAt;
  delete state.readied;
  state.startedAt = event.at;
  state.activeMs = 0;
  state.activeSince = event.at;
  state.busyMs = 0;
  for (const index of affected) awaitAnew(plan, state, index);
  recountAll(plan, state);
  for (const index of affected) if (state.steps[index]!.unsettledEdges === 0) open(plan, state, index);
  keepTime(state, event.at);
}
