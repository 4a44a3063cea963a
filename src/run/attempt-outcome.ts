import type { AttemptEnd } from "../model/contracts/step.ts";
import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { checkpointFact } from "./state/checkpoint.ts";
import { finishFact } from "./state/gate.ts";
import { failureFact } from "./state/step-failure.ts";
import { leaseExpiry } from "./worker/lease.ts";

/**
 * Returns what follows for a step from the end of an attempt, or of a verification.
 * @param stopped why Baton ended the attempt early. How the process ended then says nothing about the work
 */
export function factsOfOutcome(
  plan: Plan,
  state: RunState,
  index: number,
  end: AttemptEnd,
  stopped: "cancel" | "timeout" | undefined,
  now: number,
): Fact[] {
  const step = plan.workflow.steps[index]!;
  const { attempt, verifying } = state.steps[index]!;
  const stepAttempt = { step: step.id, attempt };
  if (stopped === "cancel") {
    // A restore is no cancellation: an interrupted step starts over from the checkpoint.
    return [
      state.restoring
        ? { type: "step_interrupted", ...stepAttempt, orderly: true }
        : { type: "step_cancelled", ...stepAttempt },
    ];
  }
  if (verifying) return factsOfVerification(plan, state, index, end, now);
  for (const onOutcome of state.features.onOutcome) {
    const facts = onOutcome(plan, state, index, end, now);
    if (facts) return [...facts];
  }
  const { output, exitCode } = end;
  const result = { ...(output !== undefined && { output }), ...(exitCode !== undefined && { exitCode }) };
  if (stopped === "timeout") {
    const message = `ran longer than its timeout of ${step.timeout} ms and was killed`;
    return [failureFact(plan, state, index, { ...stepAttempt, reason: "timeout", message, ...result }, now)];
  }
  if (end.outcome === "completed")
    return [finishFact(plan, state, index, { type: "step_completed", ...stepAttempt, ...result })];
  const { outcome: _, ...failed } = end;
  return [failureFact(plan, state, index, { ...stepAttempt, ...failed }, now)];
}

/**
 * What follows from the checks of a delivery. While retries are left, the worker keeps the step and learns what failed.
 */
function factsOfVerification(plan: Plan, state: RunState, index: number, end: AttemptEnd, now: number): Fact[] {
  const { id, retry } = plan.workflow.steps[index]!;
  const { attempt, failures, lease } = state.steps[index]!;
  const stepAttempt = { step: id, attempt };
  if (end.outcome === "completed") {
    const finished = finishFact(plan, state, index, { type: "step_completed", ...stepAttempt, evidence: "verified" });
    return [finished, checkpointFact(state, "agent", { step: id }, 1)];
  }
  const { message, hint } = end;
  const failure = { message, ...(hint !== undefined && { hint }) };
  // A run that is being cancelled assigns nothing any more.
  if (failures < retry.retries && !lease!.runner && !state.stopping) {
    return [{ type: "verification_failed", ...stepAttempt, ...failure, expiresAt: leaseExpiry(plan, index, now) }];
  }
  return [failureFact(plan, state, index, { ...stepAttempt, ...failure, reason: "verification_failed" }, now)];
}
