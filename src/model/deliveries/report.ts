import { z } from "zod";
import { decisions, learnings, ran, text } from "./parts.ts";

/** What a worker delivers that changed something. */
export const Report = z.object({
  summary: text,
  filesChanged: z.array(z.string()),
  testsRun: z.array(z.object(ran)).describe("After the last change").optional(),
  deviations: z.array(text).describe("From the plan or task, each with its reason").optional(),
  decisions,
  breaking: z.array(text).describe("What stops working for others").optional(),
  leftOut: z.array(text).describe("Asked for, and not done").optional(),
  found: z.array(text).describe("Wrong elsewhere, and left alone").optional(),
  measurements: z
    .array(
      z.object({
        command: text,
        before: z.number(),
        after: z.number().optional(),
        unit: text.optional(),
      }),
    )
    .optional(),
  learnings,
});
