import type { EventOf, FeatureEvents, JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import type { Performer } from "../model/worker.ts";
import type { JsonObject } from "../model/workflow.ts";
import { FEATURES } from "./features/index.ts";
import { foldStep, type StepEvent } from "./fold-step.ts";
import { emptyIndexes, initialSlices } from "./snapshot.ts";
import { checkpointCaptured, checkpointCreated, checkpointDeleted, runRestored } from "./state/checkpoint.ts";
import { reachGate } from "./state/evaluate-gates.ts";
import { discardExpansionsOf, extendPlan } from "./state/expansion.ts";
import type { FeatureTable, RunFold } from "./state/feature.ts";
import { clearAssignment, clearHeaps, pruneHeaps, rebuildFeatures } from "./state/indexes.ts";
import { remember } from "./state/message-dedup.ts";
import { scheduleRetry } from "./state/ready.ts";
import { stepsToRestart } from "./state/restart.ts";
import { longestDelay } from "./state/retry.ts";
import { recountEdges, settle } from "./state/settle.ts";
import { isSettled, newStep, waitsForEvent } from "./state/state.ts";
import { checkRunStatus, IllegalTransition } from "./state/transitions.ts";
import { editStep } from "./state/undo-log.ts";

/** The input of a run, besides its workflow. */
export interface RunInput {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly performers?: Readonly<Record<string, readonly Performer[]>> | undefined;
}

/** The state after the first event of a journal. */
export function initialState(
  plan: Plan,
  created: EventOf<"run_created">,
  { parameters, context, performers = {} }: RunInput,
  features: FeatureTable = FEATURES,
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
    steps: Array.from({ length: plan.size }, (_, index) => newStep(plan, index)),
    unsettled: plan.size,
    ...emptyIndexes(),
    features,
    ...initialSlices(features, plan),
  };
  rebuildFeatures(plan, state);
  remember(state, created);
  for (let index = 0; index < plan.size; index++)
    if (state.steps[index]!.unsettledEdges === 0) reachGate(plan, state, index);
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
  checkRunStatus(state.features.runStatuses, event.type, state.status);
  state.rev++;
  state.lastAt = event.at;
  state.silentOwners = event.type === "lease_taken" ? state.silentOwners + 1 : 0;
  remember(state, event);
  if (isAboutStep(state, event)) {
    foldStep(plan, state, event);
    // `decide` trusts the tops of the heaps, so no stale entry may stay there.
    pruneHeaps(plan, state);
    return updateClock(state, event.at);
  }
  foldRunEvent(plan, state, event);
  for (const afterRun of state.features.afterRun) afterRun(plan, state, event);
}

type RunEvent = Exclude<JournalEvent, StepEvent>;

/** Some events about the run name a step too, so the table of transitions tells. */
const isAboutStep = ({ features }: RunState, event: JournalEvent): event is StepEvent =>
  features.transitions[event.type] !== undefined;

function foldRunEvent(plan: Plan, state: RunState, event: RunEvent): void {
  switch (event.type) {
    case "run_created":
    case "message_refused":
      return;
    case "owner_left":
      state.orderly = { ...state.orderly, present: true };
      return;
    case "clock_jumped":
      return foldClockJump(state, event.by);
    case "lease_taken":
      return foldLeaseTaken(plan, state, event);
    case "run_paused":
      state.status = "paused";
      state.pause = { reason: event.reason, ...(event.message !== undefined && { message: event.message }) };
      return stopClock(state, event.at);
    case "run_resumed":
      state.status = "running";
      delete state.pause;
      return updateClock(state, event.at);
    case "cancel_requested":
      return stopRun(plan, state, "cancel");
    case "run_timed_out":
      return stopRun(plan, state, "timeout");
    case "run_restarted":
      return foldRestart(plan, state, event);
    case "run_finished":
      state.status = event.status;
      state.endedAt = event.at;
      delete state.pause;
      return stopClock(state, event.at);
    case "checkpoint_created":
      return checkpointCreated(state, event);
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
      return foldFeatureEvent(plan, state, event);
  }
}

type FeatureEvent = FeatureEvents[keyof FeatureEvents];

/** Applies an event about the run that a feature brings. */
function foldFeatureEvent(plan: Plan, state: RunState, event: FeatureEvent): void {
  const { fold } = state.features.events[event.type] as unknown as { fold: RunFold<FeatureEvent> };
  fold(plan, state, event);
}

function foldLeaseTaken(plan: Plan, state: RunState, event: EventOf<"lease_taken">): void {
  state.epoch = event.epoch;
  state.orderly = { before: state.orderly.present, present: false };
  // Time without an owner is not active time. It starts at the last heartbeat of the previous owner.
  if (state.activeSince !== undefined) {
    stopClock(state, Math.min(Math.max(event.lastBeat ?? 0, state.activeSince), event.at));
    state.activeSince = event.at;
  }
  state.steps.forEach((step, index) => {
    if (step.status !== "waiting" || waitsForEvent(step)) return;
    const bound = event.at + longestDelay(plan.workflow.steps[index]!.retry);
    if (step.retryAt! <= bound) return;
    scheduleRetry(plan, state, index, bound);
  });
  pruneHeaps(plan, state);
}

/** Shifts the start of everything measured by duration. Instants stay: leases, and due times of retries. */
function foldClockJump(state: RunState, by: number): void {
  if (!Number.isSafeInteger(by)) throw new IllegalTransition(`the clock jumped by ${by} ms`);
  if (state.activeSince !== undefined) state.activeSince += by;
  for (const index of state.running) {
    if (state.steps[index]!.verifying) continue;
    editStep(state, index).startedAt! += by;
  }
}

/** The clock of a run stops while nothing is in progress and the run waits only for a person. */
function updateClock(state: RunState, at: number): void {
  if (state.status !== "running") return;
  if (state.running.size + state.claimed.size === 0 && awaitsPerson(state)) stopClock(state, at);
  else state.activeSince ??= at;
}

function awaitsPerson(state: RunState): boolean {
  for (const awaits of state.features.awaitsPerson) if (awaits(state)) return true;
  return false;
}

function stopClock(state: RunState, at: number): void {
  if (state.activeSince !== undefined) state.activeMs += at - state.activeSince;
  delete state.activeSince;
}

/** Nothing starts any more. Baton kills what runs, and its own events settle it. */
function stopRun(plan: Plan, state: RunState, why: "cancel" | "timeout"): void {
  state.stopping ??= why;
  state.verdicts.clear();
  state.gates.clear();
  clearHeaps(state);
  const unsettled = [...state.steps.keys()].filter(
    (index) => !state.running.has(index) && !isSettled(state.steps[index]!),
  );
  discardExpansionsOf(plan, state, unsettled);
  for (const index of unsettled) {
    if (plan.discarded[index]) continue;
    const step = editStep(state, index);
    delete step.retryAt;
    if (step.startedAt !== undefined) step.endedAt ??= state.lastAt;
    settle(plan, state, index, "cancelled");
  }
  rebuildFeatures(plan, state);
}

function foldRestart(plan: Plan, state: RunState, event: EventOf<"run_restarted">): void {
  const all = stepsToRestart(plan, event.step);
  const running = all.find((index) => state.running.has(index));
  if (running !== undefined)
    throw new IllegalTransition(`step "${plan.workflow.steps[running]!.id}" was restarted while running`);
  discardExpansionsOf(plan, state, all);
  const affected = all.filter((index) => !plan.discarded[index]);
  for (const index of affected) {
    const step = editStep(state, index);
    if (isSettled(step)) state.unsettled++;
    state.steps[index] = newStep(plan, index, step.attempt);
    clearAssignment(state, index);
    state.verdicts.delete(index);
    state.gates.delete(index);
  }
  pruneHeaps(plan, state);
  state.status = "running";
  delete state.stopping;
  delete state.pause;
  delete state.endedAt;
  state.startedAt = event.at;
  state.activeMs = 0;
  state.activeSince = event.at;
  state.busyMs = 0;
  for (const index of affected) recountEdges(plan, state, index);
  rebuildFeatures(plan, state);
  for (const index of affected) if (state.steps[index]!.unsettledEdges === 0) reachGate(plan, state, index);
  updateClock(state, event.at);
}
