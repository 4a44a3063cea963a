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
  out: z.array(z.string()),
});

export const assumptions = z.array(text).optional();

export const decisions = z.array(text).describe("Each with its reason").optional();

/** A command as it was typed, and how it ended. */
export const ran = { command: text, exitCode: z.int().meta({ examples: [0] }) };

export const openQuestions = z
  .array(
    z.union([
      text,
      z.object({
        question: text,
        blocking: z.boolean().optional(),
        assumed: text.optional(),
      }),
    ]),
  )
  .describe("For the user")
  .optional();

export const learnings = z.array(z.string()).optional();
