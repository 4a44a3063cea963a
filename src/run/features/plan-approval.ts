import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { attempt, type EventOf, event, type Fact } from "../../model/event.ts";
import { equalJson } from "../../model/json.ts";
import { type Delivery, type Refusal, refuse } from "../../model/message.ts";
import { isNamedSchema } from "../../model/named-schemas.ts";
import type { Plan } from "../../model/plan.ts";
import { Answer, Question } from "../../model/question.ts";
import type { RunState, StepAttempt, StepLease, StepState } from "../../model/run-state.ts";
import { CONFIRM_BELOW, type WorkerConfig } from "../../model/worker.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { endAssignment, keepDelivery } from "../state/end-attempt.ts";
import type { Feature } from "../state/feature.ts";
import { assignmentDeadline, clearAssignment } from "../state/indexes.ts";
import { approvalQuestions, GO_AHEAD, isGoAhead, type OpenQuestion, openQuestionsIn } from "../state/plan-questions.ts";
import { makeReady } from "../state/ready.ts";
import { IllegalTransition, LIVE } from "../state/transitions.ts";

const round = z.number().int().positive();
/** What is recorded of the delivery once the person agrees. */
const delivery = z.looseObject({ type: z.literal("step_reported") });
/** A plan is delivered, and Baton asks the person whether it may be built. */
const planSubmitted = event("plan_submitted", { ...attempt, round, questions: z.array(Question).min(1), delivery });
const answered = { ...attempt, round, answers: z.array(Answer).min(1) };
/** The person agrees. The delivery follows, as if the worker made it now. */
const planApproved = event("plan_approved", answered);
/** The person does not agree. Another worker accepts the step, and gets the person's words. */
const planDeclined = event("plan_declined", { ...answered, message: z.string() });

declare module "../../model/event.ts" {
  interface FeatureEvents {
    plan_submitted: z.infer<typeof planSubmitted>;
    plan_approved: z.infer<typeof planApproved>;
    plan_declined: z.infer<typeof planDeclined>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** The delivery of a plan that waits for the person's yes, and the lease of its worker. */
    submitted?: { readonly lease: StepLease; readonly delivery: z.infer<typeof delivery> };
  }
  interface FeatureState {
    /** The step whose plan has its yes, and whose delivery is not recorded yet. */
    planAgreed?: number;
  }
}

/**
 * A plan that is not sure of itself, or that names questions which block it, waits for the person before anything is
 * built. Its questions are a round like that of a worker, so they are shown and answered in the same way.
 */
export const planApproval: Feature = {
  events: {
    plan_submitted: {
      schema: planSubmitted,
      runStatuses: LIVE,
      moves: { assigned: ["waiting"] },
      fold: (_plan, state, index, event) => foldSubmitted(state, index, event),
    },
    plan_approved: {
      schema: planApproved,
      runStatuses: LIVE,
      moves: { waiting: ["assigned"] },
      fold(plan, state, index, event) {
        const step = state.steps[index]!;
        step.lease = closeRound(state, index, event).lease;
        state.planAgreed = index;
        step.status = "assigned";
        delete step.endedAt;
        state.claimed.add(index);
        state.leases.push(index, assignmentDeadline(plan, state, index));
      },
    },
    plan_declined: {
      schema: planDeclined,
      runStatuses: LIVE,
      moves: { waiting: ["ready"] },
      fold(plan, state, index, event) {
        const step = state.steps[index]!;
        const { message } = event;
        // The attempt is told of with its worker and why it came to nothing.
        step.lease = closeRound(state, index, event).lease;
        delete step.submitted;
        endAssignment(state, index, "asked", event.at, { reason: "plan_declined", message });
        delete step.lease;
        step.error = { reason: "plan_declined", message };
        makeReady(plan, state, index);
      },
    },
  },
  onDelivery: submission,
  // The delivery follows the yes in one write. An owner that died in the middle of it leaves the delivery to the next.
  timer: (plan, state) =>
    state.planAgreed === undefined ? undefined : { at: 0, fact: deliveryOf(plan, state, state.planAgreed) },
  afterStep(_plan, state, index, { type }) {
    if (state.planAgreed !== index || type === "plan_approved") return;
    delete state.planAgreed;
    delete state.steps[index]!.submitted;
  },
  afterRun(_plan, state, { type }) {
    if (type === "run_restarted" || type === "run_restored") delete state.planAgreed;
  },
  onAnswers: factsOfAnswers,
  replyToToken: replyWhileWaiting,
};

/** Whether the step delivers a plan. */
function isPlanner(plan: Plan, index: number): boolean {
  const { output } = plan.workflow.steps[index]!.config as WorkerConfig;
  return output !== undefined && isNamedSchema(output, "plan");
}

/** What a delivered plan leaves open and goes on without. What blocks it is asked. */
export function planOpenQuestions(plan: Plan, state: RunState, index: number): OpenQuestion[] {
  const { status, output, submitted } = state.steps[index]!;
  const isDelivered = status === "completed" || status === "reported" || submitted !== undefined;
  if (!isDelivered || !isPlanner(plan, index)) return [];
  return openQuestionsIn(output ?? null).filter(({ blocking }) => !blocking);
}

type Delivered = Extract<Fact, { type: "step_reported" }>;
/** A plan is never done at its delivery: Baton tries the checks of its steps first. */
const isDelivery = (fact: Fact): fact is Fact & Delivered => fact.type === "step_reported";

/** What is recorded of a plan that the person has to see first, in place of its delivery. */
function submission(plan: Plan, state: RunState, index: number, usual: readonly Fact[]): Fact[] | undefined {
  const delivered = usual.find(isDelivery);
  const { rounds = [] } = state.steps[index]!;
  if (!delivered || !isPlanner(plan, index)) return undefined;
  // Its worker delivers again what has its yes. The plan that the person saw counts.
  if (state.planAgreed === index) return [deliveryOf(plan, state, index)];
  const { confirmBelow = CONFIRM_BELOW } = plan.workflow.steps[index]!.config as WorkerConfig;
  const questions = approvalQuestions(delivered.output ?? null, confirmBelow);
  if (questions.length === 0) return undefined;
  const { step, attempt, ...delivery } = delivered;
  const others = usual.filter((fact) => fact !== delivered);
  return [...others, { type: "plan_submitted", step, attempt, round: rounds.length + 1, questions, delivery }];
}

function foldSubmitted(state: RunState, index: number, event: EventOf<"plan_submitted">): void {
  const { round, attempt, at, questions, delivery } = event;
  const step = state.steps[index]!;
  const { expired: _, ...lease } = step.lease!;
  const { agent, worker, runner, token } = lease;
  const asker = { agent, ...(worker !== undefined && { worker }), ...(runner && { runner }) };
  step.rounds = [
    ...(step.rounds ?? []),
    { round, attempt, ...asker, token, askedAt: at, questions, aboutDelivery: true as const },
  ];
  step.submitted = { lease, delivery };
  keepDelivery(step, delivery as { output?: JsonValue; context?: JsonObject });
  step.endedAt = at;
  for (const field of ["lease", "expiries", "error"] as const) delete step[field];
  clearAssignment(state, index);
  step.status = "waiting";
  state.awaitingAnswers.add(index);
}

/** The person has answered: a plain yes goes on, everything else goes back to the planner. */
function factsOfAnswers(
  plan: Plan,
  state: RunState,
  index: number,
  answers: readonly Answer[],
): readonly Fact[] | undefined {
  const { submitted, rounds = [], attempt } = state.steps[index]!;
  if (!submitted) return undefined;
  const { id: step } = plan.workflow.steps[index]!;
  const answered = { step, attempt, round: rounds.length, answers: [...answers] };
  const { answer } = answers.find(({ id }) => id === GO_AHEAD)!;
  if (!isGoAhead(answer)) {
    const words = typeof answer === "string" ? answer : JSON.stringify(answer);
    return [{ type: "plan_declined", ...answered, message: `the person did not agree to the plan: ${words}` }];
  }
  return [{ type: "plan_approved", ...answered }, deliveryOf(plan, state, index)];
}

/** The delivery of a plan that has its yes. */
function deliveryOf(plan: Plan, state: RunState, index: number): Fact {
  const { submitted, attempt } = state.steps[index]!;
  return { ...submitted!.delivery, step: plan.workflow.steps[index]!.id, attempt } as unknown as Delivered;
}

/** Records the answers, and returns what waited for them. */
function closeRound(
  state: RunState,
  index: number,
  { step: id, round, answers }: { step: string; round: number; answers: Answer[] },
): NonNullable<StepState["submitted"]> {
  const step = state.steps[index]!;
  const { rounds = [], submitted } = step;
  const open = rounds.at(-1);
  if (!submitted || open?.round !== round)
    throw new IllegalTransition(`round ${round} of step "${id}" was answered, and no plan waits for it`);
  step.rounds = [...rounds.slice(0, -1), { ...open, answers }];
  state.awaitingAnswers.delete(index);
  return submitted;
}

/** What to answer to the token that delivered the plan. */
function replyWhileWaiting(
  { submitted, output }: StepState,
  message: Delivery,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> | undefined {
  if (submitted?.lease.token !== message.assignment) return undefined;
  if (message.action === "complete" && equalJson(message.output ?? null, output ?? null))
    return ok([{ type: "delivery_repeated", ...stepAttempt }]);
  const text = `the plan of step "${stepAttempt.step}" is delivered and waits for the person; if the person says no, the step can be accepted again`;
  return refuse("assignment_over", text);
}
