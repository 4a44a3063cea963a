import { z } from "zod";
import { assumptions, commands, decisions, learnings, openQuestions, Scope, Size, text, WorkId } from "./parts.ts";

/** A piece of work in a plan: small enough for one builder, with commands that tell whether it is done. */
const PlanStep = z.object({
  id: WorkId,
  title: text,
  work: text.describe("All that its builder must know"),
  files: z.array(z.string()).optional(),
  dependsOn: z.array(z.string()).describe("Absent: the step above").optional(),
  verify: commands.describe("Fails now, succeeds once this is done; Baton runs it"),
  acceptance: text.describe("What one sees then").optional(),
  size: Size.optional(),
});

/** What a planner delivers (seed 004's plan.json). Baton expands the run by its steps. */
export const PlanDocument = z.object({
  goal: text,
  summary: text.describe("How, in a few sentences"),
  scope: Scope,
  steps: z.array(PlanStep).min(1).max(100),
  acceptance: z.array(text).describe("Commands for the whole goal").optional(),
  assumptions,
  decisions,
  breaking: z.array(text).describe("For others").optional(),
  openQuestions,
  confidence: z.number().min(0).max(1).optional(),
  learnings,
});
export type PlanDocument = z.infer<typeof PlanDocument>;
