import { z } from "zod";
import { Assessment } from "../../model/routing.ts";

/** Fields that several operations on sessions take. */

export const cwd = z.string().describe("the project (default: the server's)").optional();

export const sessionId = z.string().describe("the session (default: the latest)").optional();

export const reason = z.string().max(2_000).describe("why").optional();

/** What a caller may say about a goal. */
export const goalFields = {
  goal: z.string().describe("what the user wants, word for word"),
  cwd,
  assessment: Assessment.describe(
    "your view: {workflow (none: no run), tasks, parameters, reason, complexity, confidence: 0..1}",
  ).optional(),
  /** Tasks that the caller names one by one. */
  tasks: z.array(z.string()).max(100).describe("if the user lists them").optional(),
  /** Titles of tasks that are known to be open. */
  backlog: z.array(z.string()).max(1_000).describe("titles of open tasks").optional(),
};
export type GoalInput = z.output<z.ZodObject<typeof goalFields>>;
