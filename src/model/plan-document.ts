import { z } from "zod";
import { StepId } from "./ids.ts";

/** Text that a program can receive: without NUL. */
const text = z.string().regex(/^[^\0]+$/);

/** A piece of work in a plan: small enough for one builder, with commands that tell whether it is done. */
const PlanStep = z.object({
  id: StepId.max(60),
  title: text,
  work: text.describe("What to do, and how: enough for a builder who knows only this"),
  files: z.array(z.string()).describe("Files to be made or changed").optional(),
  dependsOn: z
    .array(z.string())
    .describe("Ids of steps that must be done before; absent: the step before this one")
    .optional(),
  verify: z
    .union([text, z.array(text).min(1)])
    .describe("One or several shell commands that succeed once this is done, and failed before; Baton runs them"),
});

/** What a planner delivers (seed 004's plan.json). Baton expands the run by its steps. */
export const PlanDocument = z.object({
  goal: text,
  summary: text.describe("How the goal is reached, in a few sentences"),
  scope: z.object({ in: z.array(z.string()), out: z.array(z.string()).describe("What is left alone on purpose") }),
  steps: z.array(PlanStep).min(1).max(100),
  acceptance: z.array(text).describe("Shell commands that succeed once the whole goal is reached").optional(),
  openQuestions: z.array(z.string()).describe("Open questions, and what the plan assumes instead").optional(),
});
export type PlanDocument = z.infer<typeof PlanDocument>;

const task = z.object({
  id: StepId.max(60),
  title: text,
  /** Of other tasks, in any feature. */
  dependsOn: z.array(z.string()).describe("Ids of tasks, in any feature, that must be done before").optional(),
  acceptance: text.describe("How one sees that it is done"),
});

/** What an architect delivers for work that is too large for one plan. */
export const Breakdown = z.object({
  goal: text,
  summary: text,
  epics: z
    .array(
      z.object({
        title: text,
        features: z.array(z.object({ title: text, tasks: z.array(task).min(1).max(100) })).min(1),
      }),
    )
    .min(1),
  risks: z.array(z.string()).optional(),
});
export type Breakdown = z.infer<typeof Breakdown>;
