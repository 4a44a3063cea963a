import { z } from "zod";
import type { ToolByHand } from "./by-hand.ts";

const HANDOFF = {
  accept: "handoff.accept",
  complete: "handoff.complete",
  fail: "handoff.fail",
  progress: "handoff.progress",
  transfer: "handoff.transfer",
  release: "handoff.release",
  ask: "handoff.ask",
  answer: "handoff.answer",
} as const;

export const handoff: ToolByHand = {
  name: "handoff",
  title: "Take and deliver agent steps",
  description: `Do the agent steps of a workflow run: accept leases ready steps and returns assignments[] with prompt, input, the capability's file to follow, \
what earlier agents handed over, and the token "assignment", which is all that the other actions need. With count: n, start n subagents at once. \
complete delivers output (checked against outputSchema, then by the step's own checks: "reported" means that these still run); fail gives the reason why it cannot be done; \
progress keeps the lease and shows percent and task; transfer passes the step to another agent with context; release gives it back untouched. \
ask puts questions to the person and ends the assignment; answer brings what the person said, and the step is ready again. Report what is so: Baton checks.`,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  alwaysLoad: true,
  input: z.object({
    action: z
      .enum(Object.keys(HANDOFF) as [keyof typeof HANDOFF])
      .describe("Default: accept")
      .optional(),
    workflowId: z.string().describe("For accept: only steps of this run; for answer").optional(),
    stepId: z.string().describe("For accept: this step; for answer").optional(),
    agent: z.string().describe("For accept: only steps for this capability").optional(),
    worker: z.string().describe("For accept: your own name, e.g. claude-2").optional(),
    count: z.number().int().describe("For accept: at most so many steps (default 1)").optional(),
    assignment: z.string().describe("The token, for every action but accept and answer").optional(),
    output: z.unknown().describe("For complete (and fail): what was asked for, as outputSchema says").optional(),
    context: z
      .record(z.string(), z.unknown())
      .describe("For complete and transfer: what the next agent must know")
      .optional(),
    reason: z.string().describe("For fail, transfer, release").optional(),
    to: z.string().describe("For transfer: the agent or skill").optional(),
    questions: z
      .array(z.unknown())
      .describe("For ask: 1 to 10 texts, or {id, question, options: [..], default}")
      .optional(),
    answers: z.unknown().describe("For answer: {<question id>: answer}, or a list in their order").optional(),
    round: z.number().int().describe("For answer: which round (default: the latest)").optional(),
    percent: z.number().describe("For progress").optional(),
    task: z.string().describe("For progress: what you do now").optional(),
    waitSeconds: z.number().describe("For complete: wait up to this many seconds for the checks").optional(),
    idempotencyKey: z.string().describe("For accept: the same key leases nothing more").optional(),
  }),
  route: ({ action, ...args }) => ({ actions: HANDOFF, action: action ?? "accept", args }),
};
