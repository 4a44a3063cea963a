import { z } from "zod";
import { ran, text } from "./parts.ts";

const Ran = z.object({
  ...ran,
  passed: z.int().optional(),
  failed: z.int().optional(),
  skipped: z.int().optional(),
});

const Failed = z.object({
  name: text,
  message: text.describe("As it was printed"),
  command: text.optional(),
  place: text.optional(),
  existedBefore: z.boolean().optional(),
});

/** What a worker delivers that ran a project's checks. */
export const Validation = z.object({
  status: z.enum(["passed", "failed"]),
  summary: text,
  commands: z.array(Ran),
  failures: z.array(Failed).optional(),
  notRun: z.array(z.object({ what: text, why: text })).optional(),
});
