import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { notFound } from "../../run/run-failure.ts";
import { cursor, detail, waitForRun } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { conciseRun } from "./concise-run.ts";
import { runIdOrLatest } from "./run-fields.ts";
import { renderRun } from "./run-print.ts";
import { runLines } from "./run-text.ts";
import { describe, latestRun, NO_RUNS, sized, waitFor } from "./runs.ts";
import { seedAnswer } from "./seed-answer.ts";

export const runStatus = defineOperation({
  name: "run.status",
  summary: "how a run stands (default: the latest)",
  effect: "read",
  input: z.object({
    workflowId: runIdOrLatest,
    waitSeconds: waitForRun,
    since: z.number().int().nonnegative().describe("the last rev").optional(),
    detail,
    cursor,
  }),
  tool: { name: "monitor_workflow", action: "status" },
  async handle(input, app, call) {
    const id = input.workflowId ?? (await latestRun(app));
    if (id === undefined) return failure(NO_RUNS);
    await waitFor(id, app, call, { seconds: input.waitSeconds ?? 0, since: input.since });
    const seen = await app.engine.observe(id);
    return seen ? ok(sized(await describe(seen, app, input.detail === "full"), input, call)) : failure(notFound(id));
  },
  command: {
    usage: "status [workflowId]",
    options: { waitSeconds: { flags: "--wait <seconds>", about: "wait until the run ends or needs input" } },
    print: (run, { colors }) => renderRun(run, colors),
  },
  concise: conciseRun,
  spelled: seedAnswer,
  text: runLines,
});
