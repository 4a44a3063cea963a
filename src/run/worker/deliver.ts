import { err, ok, type Result } from "../../model/data/result.ts";
import type { Fact } from "../../model/event.ts";
import { equalJson, isTooDeep, TOO_DEEP } from "../../model/json.ts";
import { type Delivery, type FeatureMessages, type MessageOf, type Refusal, refuse } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepAttempt, StepLease, StepState } from "../../model/run-state.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { checkpointFact } from "../state/checkpoint.ts";
import { isChecked } from "../state/checks.ts";
import type { Deliver } from "../state/feature.ts";
import { finishFact } from "../state/gate.ts";
import { isHeld } from "../state/state.ts";
import { failureFact } from "../state/step-failure.ts";
import { amendDelivery } from "./amend.ts";
import { deliversPlan } from "./complete-step.ts";
import { missingContext } from "./handoff-contract.ts";
import { canDeliver, holderText, renewal } from "./lease.ts";
import { notesFact } from "./notes.ts";
import { outputRefusal } from "./output-refusal.ts";

/** What a worker may do with its token (SEMANTICS §6), as facts. */
export function handleDelivery(plan: Plan, state: RunState, message: Delivery, now: number): Result<Fact[], Refusal> {
  const known = state.tokens.get(message.assignment);
  if (!known) {
    return refuse("unknown_assignment", `there is no assignment "${message.assignment}"`);
  }
  const { index } = known;
  const step = state.steps[index]!;
  const { id } = plan.workflow.steps[index]!;
  const { lease } = step;
  const stepAttempt = { step: id, attempt: step.attempt };
  const isCurrent = lease?.token === message.assignment;
  if (isCurrent && !canDeliver(step)) {
    return message.action === "amend"
      ? amendDelivery(plan, state, index, message, stepAttempt)
      : repeatedDelivery(message, stepAttempt, step);
  }
  if (!isCurrent || !lease)
    return replyToFormer(state, step, message, stepAttempt) ?? refuse("assignment_lost", lostText(plan, state, index));
  for (const field of ["output", "context"] as const)
    if (isTooDeep((message as { output?: JsonValue; context?: JsonValue })[field]))
      return refuse("output_invalid", `the ${field} of step "${id}" is ${TOO_DEEP}`);
  const facts = factsOfDelivery(plan, state, index, message, stepAttempt, now);
  if (!facts.ok || !("notes" in message) || !message.notes) return facts;
  const delivered = message.action === "complete" && { with: "delivery" as const };
  return ok([{ ...notesFact(lease, stepAttempt, message.notes), ...delivered }, ...facts.value]);
}

function factsOfDelivery(
  plan: Plan,
  state: RunState,
  index: number,
  message: Delivery,
  stepAttempt: StepAttempt,
  now: number,
): Result<Fact[], Refusal> {
  const lease = state.steps[index]!.lease!;
  switch (message.action) {
    case "complete":
      return complete(plan, state, index, message, stepAttempt);
    case "fail": {
      const { reason, output } = message;
      const failed = {
        ...stepAttempt,
        reason: "agent_failed" as const,
        message: reason,
        ...(output !== undefined && { output }),
      };
      return ok([failureFact(plan, state, index, failed, now)]);
    }
    case "progress": {
      const { percent, task } = message;
      const update = { ...(percent !== undefined && { percent }), ...(task !== undefined && { task }) };
      return ok([{ ...renewal(plan, index, stepAttempt, now), ...update }]);
    }
    case "note":
      return ok([renewal(plan, index, stepAttempt, now)]);
    case "amend":
      return refuse(
        "not_ready",
        `step "${stepAttempt.step}" is not delivered yet: it is still yours, and complete delivers it`,
      );
    case "release":
      return ok([
        { type: "step_released", ...stepAttempt, ...(message.reason !== undefined && { reason: message.reason }) },
      ]);
    case "transfer":
      return transfer(message, lease, stepAttempt);
    default:
      return deliverToFeature(plan, state, index, message, stepAttempt, now);
  }
}

type FeatureDelivery = Extract<FeatureMessages[keyof FeatureMessages], { assignment: string }>;

/** A feature brings this message, so it knows what follows. */
function deliverToFeature(
  plan: Plan,
  state: RunState,
  index: number,
  message: FeatureDelivery,
  stepAttempt: StepAttempt,
  now: number,
): Result<Fact[], Refusal> {
  const { deliver } = state.features.messages[message.action] as unknown as { deliver: Deliver<FeatureDelivery> };
  return deliver(plan, state, index, message, stepAttempt, now);
}

/** What a feature answers to the token of an assignment that it ended. */
function replyToFormer(
  { features }: RunState,
  step: StepState,
  message: Delivery,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> | undefined {
  for (const replyToToken of features.replyToToken) {
    const reply = replyToToken(step, message, stepAttempt);
    if (reply) return reply;
  }
  return undefined;
}

/** The same delivery again gets the same answer. A different one comes too late. */
function repeatedDelivery(message: Delivery, stepAttempt: StepAttempt, step: StepState): Result<Fact[], Refusal> {
  const { status } = step;
  const isRepeated =
    (message.action === "complete" && (status === "reported" || status === "completed" || isHeld(step))) ||
    (message.action === "fail" && status === "failed");
  if (isRepeated && message.action === "complete" && !equalJson(message.output ?? null, step.output ?? null)) {
    return refuse(
      "assignment_over",
      `step "${stepAttempt.step}" was already delivered with another output; the first delivery counts`,
    );
  }
  if (isRepeated) return ok([{ type: "delivery_repeated", ...stepAttempt }]);
  return refuse("assignment_over", `the assignment of step "${stepAttempt.step}" is over: the step is ${status}`);
}

function lostText(plan: Plan, state: RunState, index: number): string {
  const { id } = plan.workflow.steps[index]!;
  if (plan.discarded[index])
    return `this assignment has expired: step "${id}" was discarded when its parent step was restarted or restored`;
  const { status } = state.steps[index]!;
  return `this assignment of step "${id}" is no longer valid: the step is ${status}${holderText(state, index)}`;
}

function complete(
  plan: Plan,
  state: RunState,
  index: number,
  { output, context, notes }: MessageOf<"complete">,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> {
  const invalid = outputRefusal(plan, state, index, output ?? null);
  if (invalid) return err(invalid);
  const delivered = { ...(output !== undefined && { output }), ...(context && { context }) };
  // A plan is not checked by commands of its own step, but those of its steps are tried.
  const isJudged = state.code || isChecked(plan, state, index) || deliversPlan(plan, state, index);
  const facts: Fact[] = isJudged
    ? [{ type: "step_reported", ...stepAttempt, ...delivered, ...(state.code && { capture: true }) }]
    : [
        finishFact(plan, state, index, { type: "step_completed", ...stepAttempt, ...delivered, evidence: "reported" }),
        checkpointFact(state, "agent", { step: stepAttempt.step }, notes ? 2 : 1),
      ];
  return ok(insteadOfDelivery(plan, state, index, facts));
}

/** What a feature records in place of a delivery, or the delivery. */
function insteadOfDelivery(plan: Plan, state: RunState, index: number, facts: Fact[]): Fact[] {
  for (const onDelivery of state.features.onDelivery) {
    const others = onDelivery(plan, state, index, facts);
    if (others) return [...others];
  }
  return facts;
}

function transfer(
  { to, context, reason }: MessageOf<"transfer">,
  { agent }: StepLease,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> {
  const missing = missingContext(agent, to.name, context ?? {});
  if (missing) return refuse("handoff_incomplete", missing);
  return ok([
    {
      type: "step_transferred",
      ...stepAttempt,
      from: agent,
      to,
      ...(context && { context }),
      ...(reason !== undefined && { reason }),
    },
  ]);
}
