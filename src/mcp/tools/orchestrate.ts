import { z } from "zod";
import type { ToolByHand } from "./by-hand.ts";

const ORCHESTRATE = {
  start: "session.start",
  route: "session.route",
  status: "session.status",
  menu: "session.menu",
  list: "session.list",
  correct: "session.correct",
  transition: "session.transition",
  finish: "session.finish",
} as const;

export const orchestrate: ToolByHand = {
  name: "orchestrate",
  title: "From a goal to a running, checked job",
  description: `Take a goal in the user's words ("add OAuth login") to a durable run: chooses build_only, plan_then_build, multi_task, decompose_first or a library template, \
finds the project's own checks, starts it, and answers with workflowId and ready[], the steps to take with handoff. \
Use it for /build and /orchestrate, and whenever something of several steps is to be built or changed. Your assessment decides; rules and corrections can only make Baton ask. \
mode explicit shows the routing and waits for {sessionId, confirm: true}; correct is a lasting rule for goals like it, while workflow counts once; finish gives the summary. \
Without action: goal or confirm starts, sessionId alone is status, nothing is the menu.`,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  alwaysLoad: true,
  input: z.object({
    action: z.enum(Object.keys(ORCHESTRATE) as [keyof typeof ORCHESTRATE]).optional(),
    goal: z.string().describe("What the user wants, word for word").optional(),
    mode: z.enum(["implicit", "explicit"]).optional(),
    assessment: z
      .record(z.string(), z.unknown())
      .describe("What you think: {workflow, tasks, parameters, reason, confidence: 0..1}")
      .optional(),
    workflow: z.string().describe("The type or template that the user wants").optional(),
    parameters: z.record(z.string(), z.unknown()).describe("Also checks: [commands]").optional(),
    tasks: z.array(z.string()).describe("If the user lists them").optional(),
    backlog: z.array(z.string()).describe("Titles of open tasks").optional(),
    sessionId: z.string().describe("Default: the latest").optional(),
    confirm: z.boolean().optional(),
    reason: z.string().describe("For correct").optional(),
    to: z.string().describe("For transition: EXECUTING, PAUSED or FAILED").optional(),
    cwd: z.string().describe("The project (default: the server's directory)").optional(),
    detach: z.boolean().optional(),
    waitSeconds: z.number().optional(),
    since: z.number().int().optional(),
    detail: z.enum(["concise", "full"]).optional(),
    idempotencyKey: z.string().optional(),
  }),
  route: ({ action, ...args }) => ({ actions: ORCHESTRATE, action: action ?? impliedAction(args), args }),
};

/** Infers the action of a call without one. */
function impliedAction({ cwd: _, sessionId, ...rest }: Record<string, unknown>): keyof typeof ORCHESTRATE {
  const onlyLooks = Object.keys(rest).every((name) => ["detail", "waitSeconds", "since"].includes(name));
  if (sessionId !== undefined && onlyLooks) return "status";
  return Object.keys(rest).length === 0 ? "menu" : "start";
}
