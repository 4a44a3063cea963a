import { z } from "zod";
import { byAction, type Tool } from "./tool.ts";

const CHECKPOINT = {
  create: "checkpoint.create",
  list: "checkpoint.list",
  show: "checkpoint.show",
  restore: "checkpoint.restore",
  fork: "checkpoint.fork",
  delete: "checkpoint.delete",
} as const;

export const checkpoint: Tool = {
  name: "checkpoint",
  title: "Checkpoints of a run",
  description: `Go back to how a workflow run, its code, or both were: create (by name), list, show, restore, fork, delete. \
Checkpoints are made by themselves after each agent step, before risky steps and on pause; in a git work tree they hold the code with all uncommitted changes, too. \
restore with dryRun: true shows what would change; it kills what runs, revokes assignments, leaves the run paused, and refuses to overwrite uncommitted changes without force. \
fork makes a new run in which what was finished is finished.`,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: z.object({
    action: z
      .enum(Object.keys(CHECKPOINT) as [keyof typeof CHECKPOINT])
      .describe("Default: list")
      .optional(),
    workflowId: z.string().describe("For create, list, and to fork a run as it is now").optional(),
    checkpointId: z.string().describe("For show, restore, fork, delete").optional(),
    name: z.string().describe("For create").optional(),
    scope: z.enum(["state", "code", "both"]).describe("For restore; default: state").optional(),
    dryRun: z.boolean().describe("For restore: only show what would change").optional(),
    force: z.boolean().describe("For restore: overwrite uncommitted changes, which are kept under a ref").optional(),
    detail: z.enum(["concise", "full"]).optional(),
    cursor: z.string().describe("nextCursor of the answer before").optional(),
  }),
  route: ({ action, ...args }) => byAction(CHECKPOINT, action ?? "list", args),
};
