import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { notFound } from "../../run/run-failure.ts";
import { findCheckpoint } from "../../run/state/checkpoint.ts";
import { outcomeOf } from "../../run/state/message-dedup.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { readyShown } from "../run-tree.ts";
import { printCheckpoint } from "./checkpoint-print.ts";
import { checkpointLine } from "./checkpoint-text.ts";
import { viewCheckpoint } from "./checkpoint-view.ts";
import { isBeingRecorded, send, settle } from "./find-checkpoint.ts";

export const createCheckpoint = defineOperation({
  name: "checkpoint.create",
  summary: "create a checkpoint of the current state",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("the run"),
    name: z.string().min(1).max(200).describe("its name").optional(),
  }),
  tool: { name: "checkpoint", action: "create" },
  async handle({ workflowId: id, name }, app, call) {
    const before = await app.engine.observe(id);
    if (!before) return failure(notFound(id));
    const sent = await send(id, { action: "checkpoint", ...(name !== undefined && { name }) }, app);
    if (!sent.ok) return sent;
    const made = outcomeOf((await app.engine.observe(id))!.state, sent.value)!.checkpoint!;
    const { state } = await settle(id, app, (look) => !isBeingRecorded(look, made), call);
    const checkpoint = findCheckpoint(state, made)!;
    const waits = state.capturing.includes(made)
      ? { codeProblem: "recorded as soon as a process executes the run" }
      : {};
    return ok({
      workflowId: id,
      checkpoint: { ...viewCheckpoint(before.plan, checkpoint), ...waits },
      ready: await readyShown(id, app),
      next: `checkpoint {action: "restore", checkpointId: "${made}", dryRun: true} shows what restoring would change.`,
    });
  },
  command: {
    usage: "checkpoint create <workflowId>",
    options: { name: "--name <name>" },
    print: ({ checkpoint }) => printCheckpoint(checkpoint),
  },
  text: ({ checkpoint }) => [checkpointLine(checkpoint)],
});
