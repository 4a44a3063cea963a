import type { EventOf } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { appendLog, endAssignment, keepDelivery, stopVerifying } from "../state/end-attempt.ts";
import { indexAssigned } from "../state/indexes.ts";
import { makeReady } from "../state/ready.ts";
import { reachStart } from "../state/settle.ts";

/** Events between a step and the worker that performs it. */
type AssignmentEvent = EventOf<
  | "step_offered"
  | "step_assigned"
  | "step_progressed"
  | "lease_expired"
  | "step_released"
  | "step_transferred"
  | "step_reported"
  | "verification_started"
  | "verification_failed"
  | "delivery_repeated"
>;

/**
 * Applies an event about a step's assignment: who has it, under which lease, and what waits for verification. Call it
 * once the step is touched.
 */
export function foldAssignment(plan: Plan, state: RunState, index: number, event: AssignmentEvent): void {
  const step = state.steps[index]!;
  switch (event.type) {
    case "step_offered":
      delete step.retryAt;
      return makeReady(plan, state, index);
    case "step_assigned":
      return foldAssigned(plan, state, index, event);
    case "step_progressed": {
      const { percent, task, expiresAt, at } = event;
      // The worker reported before another one accepted the step, so the step is still its own.
      const { expired, ...lease } = step.lease!;
      if (expired) delete step.expiries;
      delete step.endedAt;
      step.lease = {
        ...lease,
        expiresAt,
        lastSeen: at,
        ...(percent !== undefined && { percent }),
        ...(task !== undefined && { task, said: saying(lease.said, task) }),
      };
      step.status = "assigned";
      return indexAssigned(plan, state, index);
    }
    case "lease_expired":
      endAssignment(state, index, "expired", event.at, { reason: "lease_expired" });
      step.expiries = (step.expiries ?? 0) + 1;
      step.lease = { ...step.lease!, expired: true };
      return makeReady(plan, state, index);
    case "step_released":
      endAssignment(state, index, "released", event.at, { reason: "released", message: event.reason });
      delete step.lease;
      delete step.expiries;
      return makeReady(plan, state, index);
    case "step_transferred": {
      const { from, to, context, reason, attempt, at } = event;
      endAssignment(state, index, "transferred", at, { reason: "transferred", message: reason });
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
      step.lease = { ...step.lease!, lastSeen: event.at };
      delete step.endedAt;
      delete step.expiries;
      state.offered.delete(index);
      state.claimed.add(index);
      if (!event.capture) state.delivered.push(index, index);
      return;
    case "verification_started":
      step.verifying = true;
      state.running.add(index);
      return;
    case "verification_failed": {
      const { message, hint, expiresAt } = event;
      appendLog(state, index, "failed", event.at, { reason: "verification_failed", message });
      stopVerifying(state, index);
      step.failures++;
      delete step.context;
      step.error = { reason: "verification_failed", message, ...(hint !== undefined && { hint }) };
      step.attempt++;
      step.startedAt = event.at;
      const { percent: _, task: __, expired: ___, said: ____, ...lease } = step.lease!;
      step.lease = { ...lease, expiresAt, returned: true };
      step.status = "assigned";
      return indexAssigned(plan, state, index);
    }
    case "delivery_repeated":
      return;
  }
}

/** What one attempt keeps of the progress that its worker reported. The first words say what it began with. */
const MAX_SAID = 500;

/** The progress reports with one more. A worker that repeats itself says nothing new. */
function saying(said: readonly string[] = [], task: string): readonly string[] {
  if (said[said.length - 1] === task) return said;
  return said.length < MAX_SAID ? [...said, task] : [said[0]!, ...said.slice(2), task];
}

function foldAssigned(plan: Plan, state: RunState, index: number, event: EventOf<"step_assigned">): void {
  const step = state.steps[index]!;
  const { assignment, agent, worker, runner, chain, roleKnown, outputKnown, expiresAt, at } = event;
  // Its worker accepted it again after a failed verification: the same attempt, and what it said of it stands.
  const said = event.attempt > step.attempt ? undefined : step.lease?.said;
  if (event.attempt > step.attempt) {
    for (const field of ["endedAt", "exitCode", "retryAt", "pid", "processStarted", "changes"] as const)
      delete step[field];
    step.attempt = event.attempt;
    const first = step.startedAt === undefined;
    step.startedAt = event.at;
    if (first) reachStart(plan, state, index);
  }
  step.status = "assigned";
  step.lease = {
    token: assignment,
    agent,
    ...(worker !== undefined && { worker }),
    ...(runner && { runner }),
    ...(chain !== undefined && { chain }),
    ...(roleKnown && { roleKnown }),
    ...(outputKnown && { outputKnown }),
    expiresAt,
    lastSeen: at,
    ...(said && { said }),
  };
  state.tokens.set(assignment, { index, attempt: event.attempt });
  indexAssigned(plan, state, index);
}
