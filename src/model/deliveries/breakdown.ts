import { z } from "zod";
import { assumptions, commands, decisions, openQuestions, Scope, Size, text, WorkId } from "./parts.ts";

const Task = z.object({
  id: WorkId,
  title: text,
  acceptance: text.describe("What one sees then"),
  verify: commands.optional(),
  size: Size.optional(),
  needs: z.array(text).describe("Such as python, security").optional(),
  dependsOn: z.array(z.string()).describe("Ids of tasks, in any feature").optional(),
});

/** What an architect delivers for work that is too large for one plan. */
export const Breakdown = z.object({
  goal: text,
  summary: text,
  scope: Scope.optional(),
  decisions,
  epics: z
    .array(
      z.object({
        title: text,
        features: z.array(z.object({ title: text, tasks: z.array(Task).min(1).max(100) })).min(1),
      }),
    )
    .min(1),
  risks: z.array(z.string()).optional(),
  assumptions,
  openQuestions,
});
export type Breakdown = z.infer<typeof Breakdown>;
