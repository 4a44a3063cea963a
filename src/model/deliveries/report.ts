import { z } from "zod";
import { decisions, learnings, ran, text } from "./parts.ts";

/** What a worker delivers that changed something. */
export const Report = z.object({
  summary: text,
  filesChanged: z.array(z.string()),
  testsRun: z.array(z.object(ran)).optional(),
  deviations: z.array(text).describe("Each with its reason").optional(),
  decisions,
  breaking: z.array(text).describe("For others").optional(),
  leftOut: z.array(text).describe("Not done").optional(),
  found: z.array(text).describe("Wrong elsewhere").optional(),
  learnings,
});
