import type { AttemptEnd } from "../model/contracts/step.ts";
import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { finishFact } from "./state/gate.ts";
import { failureFact } from "./state/step-failure.ts";
import { factsOfVerification } from "./worker/verification-outcome.ts";

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
  if (end.outcome === "completed") {
    const known = end.evidence && { evidence: end.evidence };
    return [finishFact(plan, state, index, { type: "step_completed", ...stepAttempt, ...result, ...known })];
  }
  const { outcome: _, checks: _c, ...failed } = end;
  return [failureFact(plan, state, index, { ...stepAttempt, ...failed }, now)];
}
