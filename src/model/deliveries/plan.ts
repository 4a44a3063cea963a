import { z } from "zod";
import { assumptions, commands, decisions, learnings, openQuestions, Scope, Size, text, WorkId } from "./parts.ts";

/** A piece of work in a plan: small enough for one builder, with commands that tell whether it is done. */
const PlanStep = z.object({
  id: WorkId,
  title: text,
  work: text.describe("What to do, and how: enough for a builder who knows only this"),
  files: z.array(z.string()).describe("Files to create or change").optional(),
  dependsOn: z.array(z.string()).describe("Ids of steps before it; absent: the step above").optional(),
  verify: commands.describe("Shell commands that fail now and succeed once this is done; Baton runs them"),
  acceptance: text.describe("What one can see once it is done").optional(),
  size: Size.optional(),
});

/** What a planner delivers (seed 004's plan.json). Baton expands the run by its steps. */
export const PlanDocument = z.object({
  goal: text,
  summary: text.describe("How the goal is reached, in a few sentences"),
  scope: Scope,
  steps: z.array(PlanStep).min(1).max(100),
  acceptance: z.array(text).describe("Shell commands that succeed once the whole goal is reached").optional(),
  assumptions,
  decisions,
  breaking: z.array(text).describe("What will stop working for others").optional(),
  openQuestions,
  confidence: z.number().min(0).max(1).optional(),
  learnings,
});
export type PlanDocument = z.infer<typeof PlanDocument>;
