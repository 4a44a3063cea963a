import type { JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Event } from "./fold.ts";
import { grown, withdraw } from "./growth.ts";
import { isUnderWay, recount } from "./limits.ts";
import { handsOffAt, leaveHands, makeReady, settle, started, touch, wait } from "./settle.ts";
import type { LogEntry, RunState, StepState } from "./state.ts";
import { checkStep, IllegalTransition } from "./transitions.ts";

type StepEvent = Extract<JournalEvent, { step: string }>;
/** Events that concern the run, though they name a step. */
type About = Event<"checkpoint_created"> | Event<"run_restarted">;

/** Applies an event about one step, and keeps the count of its limits. */
export function foldStep(plan: Plan, state: RunState, event: Exclude<StepEvent, About>): void {
  const index = plan.indexOf.get(event.step);
  if (index === undefined)
    throw new IllegalTransition(`the journal names step "${event.step}", which the workflow does not have`);
  const before = isUnderWay(state, index);
  apply(plan, state, index, event);
  recount(plan, state, index, before);
}

function apply(plan: Plan, state: RunState, index: number, event: Exclude<StepEvent, About>): void {
  const { status, lease } = state.steps[index]!;
  checkStep(event.type, event.step, status, status === "ready" && lease?.expired);
  if (ENDS_GROWTH.has(event.type)) withdraw(plan, state, [index]);
  const step = touch(state, index);
  switch (event.type) {
    case "steps_grown":
      return grown(plan, state, index, event);
    case "step_started": {
      state.running.add(index);
      if (plan.idle[index]) state.idle.add(index);
      step.status = "running";
      step.attempt = event.attempt;
      const first = step.startedAt === undefined;
      step.startedAt = event.at;
      // Only then is there anything to forget; deleting from every step would make them slow to read.
      if (event.attempt > 1) forgetAttempt(step);
      if (first) started(plan, state, index);
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
      ended(state, index, "completed", event.at);
      if (!isDelivered(step, status)) keepDelivery(step, event);
      if (event.evidence) step.evidence = event.evidence;
      delete step.error;
      return settle(plan, state, index, "completed");
    case "step_held":
      atRest(state, index, event.at);
      if (!isDelivered(step, status)) keepDelivery(step, event);
      if (event.evidence) step.evidence = event.evidence;
      delete step.error;
      leaveHands(state, index);
      step.status = "running";
      step.heldAt = event.at;
      return;
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
      return interrupted(plan, state, index, event);
    case "step_offered":
      delete step.retryAt;
      return makeReady(plan, state, index);
    case "step_assigned":
      return assigned(plan, state, index, event);
    case "step_progressed": {
      const { percent, task, expiresAt } = event;
      // Heard of again before anybody else took the step: it is the worker's still.
      const { expired, ...lease } = step.lease!;
      if (expired) delete step.expiries;
      delete step.endedAt;
      step.lease = {
        ...lease,
        expiresAt,
        ...(percent !== undefined && { percent }),
        ...(task !== undefined && { task }),
      };
      step.status = "assigned";
      return inHands(plan, state, index);
    }
    case "lease_expired":
      outOfHands(state, index, "expired", event.at);
      step.expiries = (step.expiries ?? 0) + 1;
      step.lease = { ...step.lease!, expired: true };
      return makeReady(plan, state, index);
    case "step_released":
      outOfHands(state, index, "released", event.at);
      delete step.lease;
      delete step.expiries;
      return makeReady(plan, state, index);
    case "step_transferred": {
      outOfHands(state, index, "transferred", event.at);
      const { from, to, context, reason, attempt, at } = event;
      const record = {
        from,
        to: to.name,
        attempt,
        at,
        ...(context && { context }),
        ...(reason !== undefined && { reason }),
      };
      step.handoffs = [...(step.handoffs ?? []), record];
      step.performer = to;
      delete step.lease;
      delete step.expiries;
      return makeReady(plan, state, index);
    }
    case "step_reported":
      step.status = "reported";
      keepDelivery(step, event);
      delete step.endedAt;
      delete step.expiries;
      state.offered.delete(index);
      state.claimed.add(index);
      state.delivered.push(index, index);
      return;
    case "verification_started":
      step.verifying = true;
      state.running.add(index);
      return;
    case "verification_failed": {
      log(state, index, "failed", event.at);
      stopVerifying(state, index);
      const { message, hint, expiresAt } = event;
      step.failures++;
      delete step.context;
      step.error = { reason: "verification_failed", message, ...(hint !== undefined && { hint }) };
      step.attempt++;
      step.startedAt = event.at;
      const { percent: _, task: __, expired: ___, ...lease } = step.lease!;
      step.lease = { ...lease, expiresAt, returned: true };
      step.status = "assigned";
      return inHands(plan, state, index);
    }
    case "delivery_repeated":
      return;
    case "step_copied":
      return copied(plan, state, index, event);
  }
}

/** What grew from a step is there only if the step completes. */
const ENDS_GROWTH: ReadonlySet<JournalEvent["type"]> = new Set(["step_interrupted", "step_failed"]);

function assigned(plan: Plan, state: RunState, index: number, event: Event<"step_assigned">): void {
  const step = state.steps[index]!;
  const { assignment, agent, worker, runner, expiresAt } = event;
  // Accepted anew by its worker after a verification that failed: the same attempt.
  if (event.attempt > step.attempt) {
    for (const field of ["endedAt", "exitCode", "retryAt", "pid", "processStarted"] as const) delete step[field];
    step.attempt = event.attempt;
    const first = step.startedAt === undefined;
    step.startedAt = event.at;
    if (first) started(plan, state, index);
  }
  step.status = "assigned";
  step.lease = {
    token: assignment,
    agent,
    ...(worker !== undefined && { worker }),
    ...(runner && { runner }),
    expiresAt,
  };
  state.tokens.set(assignment, { index, attempt: event.attempt });
  inHands(plan, state, index);
}

function inHands(plan: Plan, state: RunState, index: number): void {
  state.offered.delete(index);
  state.claimed.add(index);
  state.leases.push(index, handsOffAt(plan, state, index));
}

function stopVerifying(state: RunState, index: number): void {
  delete state.steps[index]!.verifying;
  state.running.delete(index);
}

/** What an attempt leaves behind is not true of the next. */
function forgetAttempt(step: StepState): void {
  for (const field of [
    "endedAt",
    "output",
    "exitCode",
    "error",
    "retryAt",
    "pid",
    "processStarted",
    "lease",
    "child",
  ] as const) {
    delete step[field];
  }
}

function failed(plan: Plan, state: RunState, index: number, event: Event<"step_failed">): void {
  const step = state.steps[index]!;
  if (step.status === "pending") {
    state.verdicts.delete(index);
    step.endedAt = event.at;
  } else {
    if (!isDelivered(step, step.status)) keepDelivery(step, event);
    ended(state, index, "failed", event.at);
    step.failures++;
    // Only what holds is for those who come next.
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
    leaveHands(state, index);
    delete step.expiries;
    wait(plan, state, index, retryAt!);
  }
}

/** Its owner died, or left: what Baton performed begins anew; what was delivered is to be verified again. */
function interrupted(plan: Plan, state: RunState, index: number, event: Event<"step_interrupted">): void {
  const step = state.steps[index]!;
  if (!event.orderly) step.crashes++;
  if (step.verifying) {
    stopVerifying(state, index);
    state.delivered.push(index, index);
    return;
  }
  ended(state, index, "interrupted", event.at);
  step.origin ??= { attempt: step.attempt, at: step.startedAt! };
  delete step.lease;
  makeReady(plan, state, index);
}

/** What was reported, or done and held, stands since then. */
const isDelivered = ({ heldAt }: StepState, status: StepState["status"]): boolean =>
  status === "reported" || heldAt !== undefined;

/** The outcome of this attempt, and nothing of the one before. */
function keepDelivery(step: StepState, event: Pick<Event<"step_completed">, "output" | "exitCode" | "context">): void {
  for (const field of ["output", "exitCode", "context"] as const) if (field in step) delete step[field];
  keepOutput(step, event);
  if (event.context) step.context = event.context;
}

function keepOutput(step: StepState, event: Pick<Event<"step_completed">, "output" | "exitCode">): void {
  if (event.output !== undefined) step.output = event.output;
  if (event.exitCode !== undefined) step.exitCode = event.exitCode;
}

function log(state: RunState, index: number, status: LogEntry["status"], at: number): void {
  const { attempt, startedAt } = state.steps[index]!;
  state.log.push({ index, attempt, status, ...(startedAt !== undefined && { startedAt }), endedAt: at });
}

/** The worker has the step no more, and nothing came of it. */
function outOfHands(state: RunState, index: number, status: LogEntry["status"], at: number): void {
  log(state, index, status, at);
  state.steps[index]!.endedAt = at;
}

/** An attempt is over, whatever comes of the step. */
function ended(state: RunState, index: number, status: LogEntry["status"], at: number) {
  const step = state.steps[index]!;
  step.endedAt = at;
  if (step.heldAt !== undefined) state.verdicts.delete(index);
  atRest(state, index, at);
  log(state, index, status, step.heldAt ?? at);
}

/** Nothing of the step runs any more. */
function atRest(state: RunState, index: number, at: number) {
  const step = state.steps[index]!;
  const waited = state.idle.delete(index);
  if (step.status === "running" && step.heldAt === undefined && !waited) state.busyMs += at - step.startedAt!;
  delete step.verifying;
  state.running.delete(index);
}

function copied(plan: Plan, state: RunState, index: number, event: Event<"step_copied">): void {
  const step = state.steps[index]!;
  state.verdicts.delete(index);
  const { status, attempt, evidence, context, startedAt, heldAt, endedAt, reason, message, assignment, agent, worker } =
    event;
  step.attempt = attempt;
  keepOutput(step, event);
  Object.assign(step, evidence && { evidence }, context && { context });
  if (startedAt !== undefined) step.startedAt = startedAt;
  if (heldAt !== undefined) step.heldAt = heldAt;
  step.endedAt = endedAt ?? event.at;
  // Who delivered it is known to those who come after it. The token is of the other run, and nothing can be done with it here.
  if (assignment !== undefined && agent !== undefined) {
    step.lease = { token: assignment, agent, ...(worker !== undefined && { worker }), expiresAt: step.endedAt };
  }
  if (startedAt !== undefined) started(plan, state, index);
  if (status === "skipped") step.skipped = message ?? "";
  else if (reason !== undefined) step.error = { reason, message: message ?? "" };
  state.offered.delete(index);
  settle(plan, state, index, status);
}
