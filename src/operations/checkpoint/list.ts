import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { notFound } from "../../run/run-failure.ts";
import { cursor } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { latestRun } from "../run/runs.ts";
import { readyShown } from "../run-tree.ts";
import { printCheckpoints } from "./checkpoint-print.ts";
import { checkpointListLines } from "./checkpoint-text.ts";
import { conciseCheckpoint, viewCheckpoint } from "./checkpoint-view.ts";

/** Checkpoints in one answer. */
const CHECKPOINTS_PER_PAGE = 25;

export const listCheckpoints = defineOperation({
  name: "checkpoint.list",
  summary: "list checkpoints of a run, newest first",
  effect: "read",
  input: z.object({ workflowId: z.string().describe("the run (default: the latest)").optional(), cursor }),
  tool: { name: "checkpoint", action: "list" },
  async handle({ workflowId, cursor }, app, call) {
    const id = workflowId ?? (await latestRun(app)) ?? "";
    const seen = await app.engine.observe(id);
    if (!seen) return failure(notFound(id));
    const all = [...seen.state.checkpoints].reverse();
    const from = Number(cursor ?? 0);
    const page = call.characters === undefined ? all.slice(from) : all.slice(from, from + CHECKPOINTS_PER_PAGE);
    const end = from + page.length;
    return ok({
      workflowId: id,
      checkpoints: page.map((one) => viewCheckpoint(seen.plan, one)),
      total: all.length,
      ready: await readyShown(id, app),
      ...(end < all.length && { nextCursor: String(end) }),
      next:
        page.length === 0
          ? `checkpoint {action: "create", workflowId: "${id}"} makes one.`
          : 'checkpoint {action: "restore", checkpointId: "…", dryRun: true} shows what restoring would change.',
    });
  },
  command: { usage: "checkpoint list [workflowId]", isDefault: true, print: printCheckpoints },
  concise: ({ checkpoints, ...rest }) => ({ ...rest, checkpoints: checkpoints.map(conciseCheckpoint) }),
  text: checkpointListLines,
});
