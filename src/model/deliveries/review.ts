import { z } from "zod";
import { text } from "./parts.ts";

const Finding = z.object({
  severity: z.enum(["critical", "high", "medium", "low"]),
  title: text,
  file: z.string().optional(),
  line: z.int().optional(),
  detail: text.describe("What happens, and when").optional(),
  fix: text.optional(),
  certainty: z.enum(["confirmed", "suspected"]).optional(),
  weakness: text.describe("A CWE number").optional(),
});

/** What a worker delivers that judged something and changed nothing. */
export const Review = z.object({
  verdict: z.enum(["approved", "changes_needed"]),
  summary: text,
  findings: z.array(Finding).describe("The worst first"),
  reviewed: z.array(text).describe("Files and parts that were read").optional(),
  notReviewed: z.array(text).optional(),
});
