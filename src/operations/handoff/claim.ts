import { z } from "zod";
import { MAX_ASSIGNMENT_CHARACTERS } from "../../run/worker/assignment-text.ts";
import { waitSeconds } from "../fields.ts";

/** Why a worker does not go on with its step. */
export const reason = z.string().max(4_000).describe("why").optional();

export const waitForOutcome = waitSeconds.describe("seconds to wait for checks and what comes next (45 is good)");

/** Characters of an assignment's text. */
export const size = z
  .number()
  .int()
  .min(1_000)
  .max(MAX_ASSIGNMENT_CHARACTERS)
  .describe("characters of assignments (default 6000)")
  .optional();

/**
 * The token suffices. Whatever is given beside it must agree, so that a worker that mixes up two assignments learns of
 * it.
 */
export const claim = {
  assignment: z.string().describe("the token"),
  workflowId: z.string().describe("the run of the assignment").optional(),
  stepId: z.string().describe("the step of the assignment").optional(),
  agent: z.string().describe("the capability that the step asks for").optional(),
  worker: z.string().describe("name of the worker that accepted it").optional(),
};
export type Claim = z.output<z.ZodObject<typeof claim>>;

/** What workers may give beside the token. The tool does not list it. */
export const beside = ["workflowId", "stepId", "agent", "worker"] as const;
