import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { cursor } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { conciseLine } from "./concise-run.ts";
import { renderList } from "./run-print.ts";
import { listLines } from "./run-text.ts";
import { allRuns } from "./runs.ts";

/** Runs in one answer. */
const RUNS_PER_PAGE = 25;

export const listRuns = defineOperation({
  name: "run.list",
  summary: "list all runs, newest first",
  effect: "read",
  input: z.object({ cursor }),
  tool: { name: "monitor_workflow", action: "list" },
  async handle({ cursor }, app, call) {
    const lines = await allRuns(app);
    const from = Number(cursor ?? 0);
    const runs = lines.slice(from, call.characters === undefined ? undefined : from + RUNS_PER_PAGE);
    const end = from + runs.length;
    return ok({
      runs,
      total: lines.length,
      ...(end < lines.length && { nextCursor: String(end) }),
      next:
        runs.length === 0
          ? "Start a run with execute_workflow."
          : 'monitor_workflow {workflowId: "…"} shows one of them.',
    });
  },
  command: { usage: "list", print: ({ runs }, { colors }) => renderList(runs, colors) },
  concise: ({ runs, ...rest }) => ({ runs: runs.map(conciseLine), ...rest }),
  text: listLines,
});
