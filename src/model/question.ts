import { z } from "zod";
import { Json } from "./workflow.ts";

/** Questions of one round. */
const MAX_QUESTIONS = 10;
/** Characters of a round as JSON: a person has to read it. */
const MAX_ROUND_CHARACTERS = 20_000;

/** It begins with a letter, so that no record of answers has a key with another meaning. */
const id = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, "must be a letter, then letters, digits, _ . -");
const text = z.string().min(1).max(2_000);

/** What an agent that performs a step asks the person. */
export const Question = z.strictObject({
  id,
  question: text,
  /** Answers to choose from. The person may answer something else. */
  options: z.array(z.string().min(1).max(300)).min(1).max(20).optional(),
  /** What the agent would choose. */
  default: Json.optional(),
});
export type Question = z.infer<typeof Question>;

export const Answer = z.object({ id, answer: Json });
export type Answer = z.infer<typeof Answer>;

const QuestionInput = z.union([
  text.transform((question): Partial<Question> & { question: string } => ({ question })),
  Question.partial({ id: true }),
]);

/**
 * A question round as an agent writes it, and with an id for each question: `q1` for the first, unless that is taken.
 */
export const Questions = z
  .array(QuestionInput)
  .min(1)
  .max(MAX_QUESTIONS)
  .superRefine((questions, context) => {
    const givenIds = questions.flatMap(({ id }) => id ?? []);
    const duplicate = givenIds.find((id, at) => givenIds.indexOf(id) < at);
    if (duplicate !== undefined)
      context.addIssue({ code: "custom", message: `two questions have the id "${duplicate}"` });
    if (JSON.stringify(questions).length <= MAX_ROUND_CHARACTERS) return;
    context.addIssue({
      code: "custom",
      message: `the questions of a round have at most ${MAX_ROUND_CHARACTERS} characters`,
    });
  })
  .transform((questions) => {
    const taken = new Set(questions.flatMap(({ id }) => id ?? []));
    return questions.map((question, at): Question => {
      let number = at + 1;
      while (question.id === undefined && taken.has(`q${number}`)) number++;
      const id = question.id ?? `q${number}`;
      taken.add(id);
      return { ...question, id };
    });
  });
