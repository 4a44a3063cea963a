import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { err, ok, type Result } from "../../model/data/result.ts";
import { attempt, type EventOf, event, type Fact, instant } from "../../model/event.ts";
import { AssignmentId, StepId } from "../../model/ids.ts";
import { equalJson } from "../../model/json.ts";
import { type Delivery, type MessageOf, message, type Refusal, refuse } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import { Answer, Question } from "../../model/question.ts";
import type { RunState, StepAttempt, StepState } from "../../model/run-state.ts";
import type { QuestionsView } from "../../model/view.ts";
import { QUESTION_ROUNDS, type WorkerConfig } from "../../model/worker.ts";
import { Json, type JsonValue } from "../../model/workflow.ts";
import { endAssignment } from "../state/end-attempt.ts";
import type { Feature } from "../state/feature.ts";
import { clearAssignment } from "../state/indexes.ts";
import { makeReady } from "../state/ready.ts";
import { waitsForEvent } from "../state/state.ts";
import { IllegalTransition, LIVE, unchanged } from "../state/transitions.ts";

const round = z.number().int().positive();
/** The questions of one `ask`, and their answers. Never changed, only replaced. */
const answeredRound = z.object({
  round,
  attempt: z.number().int().positive(),
  agent: z.string(),
  worker: z.string().optional(),
  /** Baton started the worker that asked. */
  runner: z.boolean().optional(),
  /** The token of the assignment that ended with these questions. */
  token: AssignmentId,
  askedAt: instant,
  questions: z.array(Question),
  /** In the order of the questions. */
  answers: z.array(Answer),
  /** Baton asks about what the worker delivered. Such a round uses up none of the worker's. */
  aboutDelivery: z.literal(true).optional(),
});

/** The worker asks the person. Its assignment ends, and the step waits for the answers. */
const questionsAsked = event("questions_asked", { ...attempt, round, questions: z.array(Question).min(1) });
/** In the order of the questions. */
const questionsAnswered = event("questions_answered", { ...attempt, round, answers: z.array(Answer).min(1) });
/** The person's answers in the run that this one was forked from, for a step that is still to be done. */
const answersCopied = event("answers_copied", { step: StepId, rounds: z.array(answeredRound) });

const ask = message("ask", { assignment: AssignmentId, questions: z.array(Question).min(1) });
/** To a question round; by default the latest. */
const answer = message("answer", { stepId: StepId, round: round.optional(), answers: Json });

type AnsweredRound = z.infer<typeof answeredRound>;
/** `answers` is absent while the round is open. */
type QuestionRound = Readonly<Omit<AnsweredRound, "answers"> & Partial<Pick<AnsweredRound, "answers">>>;

declare module "../../model/event.ts" {
  interface FeatureEvents {
    questions_asked: z.infer<typeof questionsAsked>;
    questions_answered: z.infer<typeof questionsAnswered>;
    answers_copied: z.infer<typeof answersCopied>;
  }
}
declare module "../../model/message.ts" {
  interface FeatureMessages {
    ask: z.infer<typeof ask>;
    answer: z.infer<typeof answer>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** The rounds of questions that its workers asked. */
    rounds?: readonly QuestionRound[];
  }
  interface FeatureState {
    /** Steps whose questions wait for the person. */
    readonly awaitingAnswers: Set<number>;
  }
}

/** The worker of a step asks the person who follows the run. The next worker of the step gets the answers. */
export const questions: Feature = {
  events: {
    questions_asked: {
      schema: questionsAsked,
      runStatuses: LIVE,
      moves: { assigned: ["waiting"] },
      fold: (_plan, state, index, event) => foldAsked(state, index, event),
    },
    questions_answered: {
      schema: questionsAnswered,
      runStatuses: LIVE,
      moves: { waiting: ["ready"] },
      fold: foldAnswered,
    },
    answers_copied: {
      schema: answersCopied,
      runStatuses: ["running"],
      moves: unchanged("pending", "ready"),
      fold(_plan, state, index, { rounds }) {
        state.steps[index]!.rounds = rounds;
      },
    },
  },
  messages: {
    ask: { schema: ask, deliver: askQuestions },
    answer: { schema: answer, handle: handleAnswer },
  },
  initial: () => ({ awaitingAnswers: new Set() }),
  sets: { asking: "awaitingAnswers" },
  rebuild(_plan, state) {
    state.awaitingAnswers.clear();
    state.steps.forEach((step, index) => {
      if (isAwaitingAnswers(step)) state.awaitingAnswers.add(index);
    });
  },
  awaitsPerson: (state) => state.awaitingAnswers.size > 0,
  replyToToken: replyAfterAsking,
  keptByFork(id, { rounds = [] }) {
    const answered = rounds.filter((round): round is AnsweredRound => round.answers !== undefined);
    return answered.length > 0 ? { type: "answers_copied", step: id, rounds: answered } : undefined;
  },
};

/** Whether the step waits for the person's answers. */
export const isAwaitingAnswers = (step: StepState): boolean => openRound(step) !== undefined;

/** The questions of a step that wait for the person. */
function openRound(step: StepState): QuestionRound | undefined {
  const last = waitsForEvent(step) ? step.rounds?.[step.rounds.length - 1] : undefined;
  return last?.answers ? undefined : last;
}

/** How often the workers of a step may ask. */
const maxRounds = (plan: Plan, index: number): number =>
  (plan.workflow.steps[index]!.config as WorkerConfig).questions ?? QUESTION_ROUNDS;

/** How many question rounds a step has left. */
export const roundsLeft = (plan: Plan, { steps }: RunState, index: number): number =>
  maxRounds(plan, index) - (steps[index]!.rounds ?? []).filter((round) => !round.aboutDelivery).length;

/**
 * The worker of a step asks. Its assignment ends and no try is used up: the next worker of the step gets the answers.
 */
function askQuestions(
  plan: Plan,
  state: RunState,
  index: number,
  { questions }: MessageOf<"ask">,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> {
  const round = (state.steps[index]!.rounds ?? []).length + 1;
  if (roundsLeft(plan, state, index) > 0) return ok([{ type: "questions_asked", ...stepAttempt, round, questions }]);
  const max = maxRounds(plan, index);
  const limit =
    max === 0
      ? "may not ask questions"
      : `has used ${max === 1 ? "its only question round" : `all ${max} question rounds`}`;
  const message = `step "${stepAttempt.step}" ${limit}: continue with what you know, and list the open questions in the output; the assignment is still yours`;
  return refuse("questions_exhausted", message);
}

/**
 * What to answer to the token of an assignment that ended with still open questions; `undefined` if it is no such
 * token.
 */
function replyAfterAsking(
  step: StepState,
  message: Delivery,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> | undefined {
  const round = openRound(step);
  if (round?.token !== message.assignment) return undefined;
  if (message.action === "ask" && equalJson(message.questions, round.questions)) {
    return ok([{ type: "delivery_repeated", ...stepAttempt }]);
  }
  const text = `the assignment of step "${stepAttempt.step}" ended when it asked its questions; the next worker of the step gets the answers`;
  return refuse("assignment_over", text);
}

/** The person has answered. */
function handleAnswer(
  plan: Plan,
  state: RunState,
  { stepId, round, answers }: MessageOf<"answer">,
): Result<Fact[], Refusal> {
  const step = state.steps[plan.indexOf.get(stepId)!]!;
  const { rounds = [], attempt } = step;
  const target = rounds[(round ?? rounds.length) - 1];
  if (!target) {
    const what =
      round === undefined || rounds.length === 0 ? "has asked nothing" : `has no round ${round} of questions`;
    return refuse("not_asked", `step "${stepId}" ${what}`);
  }
  const matchedAnswers = matchAnswers(target, answers);
  if (!matchedAnswers.ok)
    return refuse("answers_incomplete", `round ${target.round} of step "${stepId}": ${matchedAnswers.error}`);
  if (target.answers) {
    if (equalJson(target.answers, matchedAnswers.value))
      return ok([{ type: "delivery_repeated", step: stepId, attempt }]);
    const message = `round ${target.round} of step "${stepId}" was already answered differently; the first answers count`;
    return refuse("answered_otherwise", message);
  }
  if (!isAwaitingAnswers(step))
    return refuse("not_asked", `step "${stepId}" no longer waits for answers: it is ${step.status}`);
  for (const onAnswers of state.features.onAnswers) {
    const facts = onAnswers(plan, state, plan.indexOf.get(stepId)!, matchedAnswers.value);
    if (facts) return ok([...facts]);
  }
  return ok([
    { type: "questions_answered", step: stepId, attempt, round: target.round, answers: matchedAnswers.value },
  ]);
}

/** The answers in the order of the questions, or what is wrong with them. */
function matchAnswers({ questions }: QuestionRound, given: JsonValue): Result<Answer[], string> {
  if (typeof given !== "object" || given === null) {
    return err("answers are a record by question id, or a list in the order of the questions");
  }
  const ids = questions.map(({ id }) => id);
  if (Array.isArray(given) && given.length > ids.length) {
    return err(`there are ${given.length} answers to ${ids.length} questions`);
  }
  const byId = new Map(Array.isArray(given) ? given.map((one, at) => [ids[at]!, one]) : Object.entries(given));
  const unknown = [...byId.keys()].filter((id) => !ids.includes(id));
  const missing = questions.filter(({ id }) => isEmptyAnswer(byId.get(id)));
  const problems = [
    ...unknown
      .slice(0, MAX_NAMED_QUESTIONS)
      .map((id) => `there is no question "${id.slice(0, 80)}", did you mean "${closest(id, ids)}"`),
    ...missing.map(({ id, question, default: defaultAnswer }) => {
      const hint = defaultAnswer === undefined ? "" : `; its default is ${JSON.stringify(defaultAnswer).slice(0, 200)}`;
      return `"${id}" is not answered (${question.slice(0, 120)}${hint})`;
    }),
  ];
  return problems.length > 0 ? err(problems.join("; ")) : ok(ids.map((id) => ({ id, answer: byId.get(id)! })));
}

const MAX_NAMED_QUESTIONS = 5;

/** An answer that says nothing is no answer. */
const isEmptyAnswer = (answer: JsonValue | undefined): boolean =>
  answer === undefined || answer === null || (typeof answer === "string" && answer.trim() === "");

function foldAsked(
  state: RunState,
  index: number,
  { round, attempt, at, questions }: EventOf<"questions_asked">,
): void {
  endAssignment(state, index, "asked", at);
  const step = state.steps[index]!;
  const { agent, worker, runner, token } = step.lease!;
  const asker = { agent, ...(worker !== undefined && { worker }), ...(runner && { runner }) };
  step.rounds = [...(step.rounds ?? []), { round, attempt, ...asker, token, askedAt: at, questions }];
  delete step.lease;
  delete step.expiries;
  clearAssignment(state, index);
  step.status = "waiting";
  state.awaitingAnswers.add(index);
}

function foldAnswered(
  plan: Plan,
  state: RunState,
  index: number,
  { step: id, round, answers }: EventOf<"questions_answered">,
): void {
  const step = state.steps[index]!;
  const open = openRound(step);
  if (open?.round !== round)
    throw new IllegalTransition(`round ${round} of step "${id}" was answered, and is not open`);
  step.rounds = [...step.rounds!.slice(0, -1), { ...open, answers }];
  state.awaitingAnswers.delete(index);
  makeReady(plan, state, index);
}

/** What waits for the person, in step order. */
export const questionsOf = (plan: Plan, state: RunState): QuestionsView[] =>
  [...state.awaitingAnswers]
    .sort((a, b) => a - b)
    .map((index) => {
      const { round, agent, askedAt, questions } = openRound(state.steps[index]!)!;
      const { id: stepId } = plan.workflow.steps[index]!;
      const view = { workflowId: state.workflowId, stepId, agent, round, askedAt: new Date(askedAt).toISOString() };
      return { ...view, questions: [...questions] };
    });

/** The open questions of a step, in words. */
export function describeOpenRound(plan: Plan, state: RunState, index: number): string {
  const { round, questions, aboutDelivery } = openRound(state.steps[index]!)!;
  if (aboutDelivery) return "waits for the person's yes to what was delivered";
  const count = questions.length === 1 ? "1 question" : `${questions.length} questions`;
  return `asks the person ${count} (round ${round} of at most ${maxRounds(plan, index)})`;
}
