import { z } from "zod";
import type { Question } from "../../model/question.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** The id of the question whether Baton may build a plan. */
export const GO_AHEAD = "build";

/** What a plan leaves open. */
export interface OpenQuestion {
  readonly question: string;
  /** Nothing may be built before the person has answered. */
  readonly blocking: boolean;
  /** What the plan takes for granted as long as nobody answers. */
  readonly assumed?: string;
}

const words = z.string().trim().min(1);
const openQuestion = z.union([
  words.transform((question): OpenQuestion => ({ question, blocking: false })),
  z
    .object({ question: words, blocking: z.boolean().catch(false), assumed: words.optional().catch(undefined) })
    .transform(
      ({ question, blocking, assumed }): OpenQuestion => ({
        ...{ question, blocking },
        ...(assumed !== undefined && { assumed }),
      }),
    ),
]);

/** What a person must know of a plan. It is read as far as it goes: another rule checks plans. */
const read = z.object({
  summary: words.catch(""),
  steps: z.array(z.object({ title: words }).catch({ title: "" })).catch([]),
  confidence: z.number().optional().catch(undefined),
  openQuestions: z.array(z.unknown()).catch([]),
});

/** The open questions that a plan states, as texts or as objects. What is neither is left out. */
export function openQuestionsIn(plan: JsonValue): OpenQuestion[] {
  const parsed = read.safeParse(plan);
  return (parsed.data?.openQuestions ?? []).flatMap((one) => openQuestion.safeParse(one).data ?? []);
}

/** Whoever builds the plan reads the question again, so it is short. */
const MAX_SUMMARY = 300;
const MAX_STEPS = 500;
/** A round has at most 10 questions, and 20,000 characters in all (`model/question.ts`). */
const MAX_BLOCKING = 9;
const MAX_BLOCKING_TEXT = 900;

/**
 * What Baton asks the person before it builds a plan: whether it may, and what the plan cannot do without. Empty if the
 * plan is sure enough and nothing blocks it.
 * @param limit the least confidence, from 0 to 1; a plan that says nothing is sure enough
 */
export function approvalQuestions(plan: JsonValue, limit: number): Question[] {
  const { summary, steps, confidence } = read.safeParse(plan).data ?? { summary: "", steps: [] };
  const blocking = openQuestionsIn(plan).filter((one) => one.blocking);
  const isUnsure = confidence !== undefined && confidence < limit;
  if (!isUnsure && blocking.length === 0) return [];
  const titles = steps.flatMap(({ title }) => (title === "" ? [] : title));
  const why = [
    isUnsure && `The plan is only ${Math.round(confidence * 100)}% sure of itself.`,
    blocking.length > 0 && `It cannot go on without ${blocking.length === 1 ? "an answer" : "answers"}.`,
    blocking.length > MAX_BLOCKING && `The first ${MAX_BLOCKING} of ${blocking.length} questions follow.`,
  ].filter((part) => part !== false);
  const listed = titles.map((title, at) => `${at + 1}. ${title}`).join("; ");
  const about = [truncate(summary, MAX_SUMMARY), listed === "" ? "" : `Steps: ${truncate(listed, MAX_STEPS)}`];
  const ask = 'May Baton build this plan? Answer "yes"; or say what to change, and the planner gets these words.';
  const first: Question = {
    id: GO_AHEAD,
    question: [ask, ...why, ...about].filter((part) => part !== "").join(" "),
    options: ["yes", "no"],
  };
  const others = blocking.slice(0, MAX_BLOCKING).map(
    ({ question, assumed }, at): Question => ({
      id: `q${at + 1}`,
      question: truncate(question, MAX_BLOCKING_TEXT),
      ...(assumed !== undefined && { default: truncate(assumed, MAX_BLOCKING_TEXT) }),
    }),
  );
  return [first, ...others];
}

const YES = /^(?:y|yes|yes,? please|ok|okay|go|go ahead|sure|true|approved?)[.!]*$/i;

/** Whether an answer to the question of a plan is a plain yes. A yes with conditions is none: the planner must hear them. */
export const isGoAhead = (answer: JsonValue): boolean =>
  answer === true || (typeof answer === "string" && YES.test(answer.trim()));
