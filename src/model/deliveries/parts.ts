import { z } from "zod";

/** Text that a program can receive: without NUL. */
export const text = z.string().regex(/^[^\0]+$/);

/** An id of a step or task: with the name of a step before it, still the id of a step. */
export const WorkId = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}$/);

/** One or several shell commands. */
export const commands = z.union([text, z.array(text).min(1)]);

/** How much work something is, for one worker. */
export const Size = z.enum(["small", "medium", "large"]);

export const Scope = z.object({
  in: z.array(z.string()),
  out: z.array(z.string()).describe("What is left alone on purpose"),
});

export const assumptions = z.array(text).describe("What nobody said, and the work relies on").optional();

export const decisions = z.array(text).describe("Each with its reason, and what lost").optional();

/** A command as it was typed, and how it ended. */
export const ran = { command: text, exitCode: z.int().meta({ examples: [0] }) };

export const openQuestions = z
  .array(
    z.union([
      text,
      z.object({
        question: text,
        blocking: z.boolean().describe("Nothing is built before the user answers").optional(),
        assumed: text.describe("What is taken until then").optional(),
      }),
    ]),
  )
  .describe("What only the user can say, and is still open")
  .optional();

export const learnings = z.array(z.string()).describe("For the next one on such work").optional();
