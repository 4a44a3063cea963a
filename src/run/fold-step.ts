import type { EventOf, FeatureEvents, JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import {
  clearAttempt,
  endAttempt,
  isDelivered,
  keepDelivery,
  keepEvidence,
  keepOutput,
  stopRunning,
  stopVerifying,
} from "./state/end-attempt.ts";
import { discardExpansionsOf } from "./state/expansion.ts";
import type { StepFold } from "./state/feature.ts";
import { clearAssignment } from "./state/indexes.ts";
import { makeReady, passGate, scheduleRetry } from "./state/ready.ts";
import { reachStart, settle } from "./state/settle.ts";
import { isInProgress } from "./state/state.ts";
import { checkStepStatus, IllegalTransition, mayHappenTo } from "./state/transitions.ts";
import { editStep } from "./state/undo-log.ts";
import { foldAssignment } from "./worker/fold-assignment.ts";

/** An event about one step. Two events about the run name a step too. */
export type StepEvent = Exclude<
  Extract<JournalEvent, { step: string }>,
  EventOf<"checkpoint_created"> | EventOf<"run_restarted">
>;

/**
 * Applies an event about one step. This file holds how a step starts and
 * ends; `worker/fold-assignment.ts` holds what happens between a step and its worker.
 */
export function foldStep(plan: Plan, state: RunState, event: StepEvent): void {
  const index = plan.indexOf.get(event.step);
  if (index === undefined)
    throw new IllegalTransition(`the journal names step "${event.step}", which the workflow does not have`);
  const wasInProgress = isInProgress(state, index);
  apply(plan, state, index, event);
  for (const afterStep of state.features.afterStep) afterStep(plan, state, index, event, wasInProgress);
}

function apply(plan: Plan, state: RunState, index: number, event: StepEvent): void {
  const { transitions } = state.features;
  // These events cannot happen to a pending step, so its gate let it pass.
  if (state.gates.has(index) && !mayHappenTo(transitions, event.type, "pending")) passGate(plan, state, index);
  const step = editStep(state, index);
  const { status, lease } = step;
  checkStepStatus(transitions, event.type, event.step, status, status === "ready" && lease?.expired);
  if (DISCARDS_EXPANSION.has(event.type)) discardExpansionsOf(plan, state, [index]);
  switch (event.type) {
    case "step_started": {
      state.running.add(index);
      if (plan.passive[index]) state.passive.add(index);
      step.status = "running";
      step.attempt = event.attempt;
      const first = step.startedAt === undefined;
      step.startedAt = event.at;
      // Only a retried step has something to clear. Deleting keys of every step would make steps slow to read.
      if (event.attempt > 1) clearAttempt(step);
      if (first) reachStart(plan, state, index);
      return;
    }
    case "step_spawned":
      step.pid = event.pid;
      step.processStarted = event.started;
      return;
    case "child_started":
      step.child = event.child;
      return;
    case "step_completed":
      endAttempt(state, index, "completed", event.at, event);
      if (!isDelivered(step, status)) keepDelivery(step, event);
      keepEvidence(step, event);
      delete step.error;
      return settle(plan, state, index, "completed");
    case "step_held":
      stopRunning(state, index, event.at);
      if (!isDelivered(step, status)) keepDelivery(step, event);
      keepEvidence(step, event);
      delete step.error;
      clearAssignment(state, index);
      step.status = "running";
      step.heldAt = event.at;
      return;
    case "step_failed":
      return foldFailed(plan, state, index, event);
    case "step_skipped":
      state.verdicts.delete(index);
      state.log.push({ index, attempt: step.attempt, status: "skipped", endedAt: event.at });
      step.skipped = event.message;
      step.endedAt = event.at;
      return settle(plan, state, index, "skipped");
    case "step_cancelled":
      endAttempt(state, index, "cancelled", event.at);
      return settle(plan, state, index, "cancelled");
    case "step_interrupted":
      return foldInterrupted(plan, state, index, event);
    case "step_copied":
      return foldCopied(plan, state, index, event);
    case "step_offered":
    case "step_assigned":
    case "step_progressed":
    case "lease_expired":
    case "step_released":
    case "step_transferred":
    case "step_reported":
    case "verification_started":
    case "verification_failed":
    case "delivery_repeated":
      return foldAssignment(plan, state, index, event);
    default:
      return foldFeatureEvent(plan, state, index, event);
  }
}

type FeatureEvent = Extract<FeatureEvents[keyof FeatureEvents], { step: string }>;

/** Applies an event about a step that a feature brings. */
function foldFeatureEvent(plan: Plan, state: RunState, index: number, event: FeatureEvent): void {
  const { fold } = state.features.events[event.type] as unknown as { fold: StepFold<FeatureEvent> };
  fold(plan, state, index, event);
}

/** Expanded steps exist only if their parent step completes. */
const DISCARDS_EXPANSION: ReadonlySet<JournalEvent["type"]> = new Set(["step_interrupted", "step_failed"]);

function foldFailed(plan: Plan, state: RunState, index: number, event: EventOf<"step_failed">): void {
  const step = state.steps[index]!;
  if (step.status === "pending") {
    state.verdicts.delete(index);
    step.endedAt = event.at;
  } else {
    if (!isDelivered(step, step.status)) keepDelivery(step, event);
    endAttempt(state, index, "failed", event.at, event);
    step.failures++;
    // Later steps read only what still holds.
    delete step.context;
  }
  delete step.origin;
  const { reason, message, hint, signal, retryAt, fallback } = event;
  step.error = { reason, message, ...(hint !== undefined && { hint }), ...(signal !== undefined && { signal }) };
  if (retryAt === undefined && fallback === undefined) return settle(plan, state, index, "failed");
  delete step.lease;
  if (fallback !== undefined) {
    step.fallback = fallback;
    step.failures = 0;
    delete step.expiries;
    delete step.performer;
    makeReady(plan, state, index);
  } else {
    clearAssignment(state, index);
    delete step.expiries;
    scheduleRetry(plan, state, index, retryAt!);
  }
}

/** The owner died or left. A step that Baton performed starts over; a delivery is verified again. */
function foldInterrupted(plan: Plan, state: RunState, index: number, event: EventOf<"step_interrupted">): void {
  const step = state.steps[index]!;
  if (!event.orderly) step.crashes++;
  if (step.verifying) {
    stopVerifying(state, index);
    state.delivered.push(index, index);
    return;
  }
  endAttempt(state, index, "interrupted", event.at);
  step.origin ??= { attempt: step.attempt, at: step.startedAt! };
  delete step.lease;
  makeReady(plan, state, index);
}

function foldCopied(plan: Plan, state: RunState, index: number, event: EventOf<"step_copied">): void {
  const step = state.steps[index]!;
  state.verdicts.delete(index);
  const { status, attempt, context, startedAt, heldAt, endedAt, reason, message, assignment, agent, worker } = event;
  const { baseline, checks, changes } = event;
  step.attempt = attempt;
  keepOutput(step, event);
  Object.assign(step, context && { context }, baseline && { baseline }, checks && { checks }, changes && { changes });
  keepEvidence(step, event);
  if (startedAt !== undefined) step.startedAt = startedAt;
  if (heldAt !== undefined) step.heldAt = heldAt;
  step.endedAt = endedAt ?? event.at;
  // Later steps know who delivered the step. The token belongs to the other run and delivers nothing here.
  if (assignment !== undefined && agent !== undefined) {
    step.lease = { token: assignment, agent, ...(worker !== undefined && { worker }), expiresAt: step.endedAt };
  }
  if (startedAt !== undefined) reachStart(plan, state, index);
  if (status === "skipped") step.skipped = message ?? "";
  else if (reason !== undefined) step.error = { reason, message: message ?? "" };
  state.offered.delete(index);
  settle(plan, state, index, status);
}
