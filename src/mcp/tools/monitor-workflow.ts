import { z } from "zod";
import { type ToolByHand, wait } from "./by-hand.ts";

const ACTIONS = {
  status: "run.status",
  list: "run.list",
  logs: "run.logs",
  briefing: "run.brief",
  pause: "run.pause",
  resume: "run.resume",
  cancel: "run.cancel",
  restart: "run.restart",
} as const;

export const monitorWorkflow: ToolByHand = {
  name: "monitor_workflow",
  title: "Watch and steer workflow runs",
  description: `See how a workflow run stands, wait for it, or steer it: status, briefing, pause, resume, cancel, restart, list, logs. \
briefing tells whoever was not there (after a compaction, in a new window, in another host) all that is needed to go on, in 1,000 tokens. \
status with waitSeconds: 20 and since: <rev of the last answer> returns as soon as anything changes; without since, when the run ends or needs you. \
pause lets running steps finish; cancel kills them; resume also carries on a run whose process died; restart runs all again, or with stepId that step and what depends on it. \
logs shows what a step wrote; list shows all runs here, from any session. Waiting never affects the run.`,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  alwaysLoad: true,
  input: z.object({
    workflowId: z.string().describe("From execute_workflow or list; status without it shows the latest run").optional(),
    action: z
      .enum(Object.keys(ACTIONS) as [keyof typeof ACTIONS])
      .describe("Default: status")
      .optional(),
    stepId: z.string().describe("For restart and logs").optional(),
    attempt: z.number().int().describe("For logs; default: the latest").optional(),
    waitSeconds: z.number().describe(wait).optional(),
    since: z.number().int().describe("For status: rev of the last answer").optional(),
    detail: z.enum(["concise", "full"]).optional(),
    cursor: z.string().describe("nextCursor of the answer before").optional(),
  }),
  route: ({ action, ...args }) => ({ actions: ACTIONS, action: action ?? "status", args }),
};
