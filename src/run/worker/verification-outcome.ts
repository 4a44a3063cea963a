import type { AttemptEnd } from "../../model/contracts/step.ts";
import type { Fact } from "../../model/event.ts";
import type { CheckResult } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { deferral } from "../features/rechecks.ts";
import { keyOf } from "../state/checks.ts";
import { failureFact } from "../state/step-failure.ts";
import { completionFacts } from "./complete-step.ts";
import { leaseExpiry } from "./lease.ts";
import { maySendBack } from "./taken-tree.ts";

/**
 * What follows from the checks of a delivery. While retries are left, the worker keeps the step and learns what failed.
 */
export function factsOfVerification(plan: Plan, state: RunState, index: number, end: AttemptEnd, now: number): Fact[] {
  const { id } = plan.workflow.steps[index]!;
  const { attempt, baseline } = state.steps[index]!;
  const stepAttempt = { step: id, attempt };
  const checks = (end.checks ?? []).map((check): CheckResult => {
    const before = baseline?.checks.find((one) => keyOf(one) === keyOf(check))?.outcome;
    return { ...check, ...(before !== undefined && { before }) };
  });
  const ran: Fact[] = checks.length > 0 ? [{ type: "checks_ran", ...stepAttempt, checks }] : [];
  const follows =
    end.outcome === "completed"
      ? factsOfPass(plan, state, index, { ...end, checks }, now, ran.length)
      : factsOfFailure(plan, state, index, end, now);
  return [...ran, ...follows];
}

type Passed = Extract<AttemptEnd, { outcome: "completed" }>;

function factsOfPass(
  plan: Plan,
  state: RunState,
  index: number,
  { checks = [], objections = [] }: Passed,
  now: number,
  ahead: number,
): Fact[] {
  const { id: step } = plan.workflow.steps[index]!;
  const { attempt, changes, falseClaims } = state.steps[index]!;
  if (objections.length > 0 && !state.stopping && maySendBack(state, index, "plan")) {
    const message = `${objections.join("; ")}. Deliver the plan again with checks that fail now and pass once their step is done, or the same again if you are sure.`;
    return [
      { type: "delivery_refused", step, attempt, why: "plan", message, expiresAt: leaseExpiry(plan, index, now) },
    ];
  }
  return completionFacts(plan, state, index, { checks, changes, unchanged: falseClaims, objections }, ahead);
}

function factsOfFailure(
  plan: Plan,
  state: RunState,
  index: number,
  { message, hint }: Extract<AttemptEnd, { outcome: "failed" }>,
  now: number,
): Fact[] {
  const { id, retry } = plan.workflow.steps[index]!;
  const { attempt, failures, lease } = state.steps[index]!;
  const stepAttempt = { step: id, attempt };
  const deferred = deferral(state, index, message, now, id);
  if (deferred) return deferred;
  const failure = { message, ...(hint !== undefined && { hint }) };
  // A run that is being cancelled assigns nothing any more.
  if (failures < retry.retries && !lease!.runner && !state.stopping) {
    return [{ type: "verification_failed", ...stepAttempt, ...failure, expiresAt: leaseExpiry(plan, index, now) }];
  }
  return [failureFact(plan, state, index, { ...stepAttempt, ...failure, reason: "verification_failed" }, now)];
}
