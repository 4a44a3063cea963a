import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { notFound } from "../../run/run-failure.ts";
import { briefing } from "../../run/view/briefing.ts";
import { nextAbout } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { runIdOrLatest } from "./run-fields.ts";
import { briefingLines } from "./run-text.ts";
import { describe, latestRun, NO_RUNS } from "./runs.ts";

/** A summary of a run for someone who joins late, in at most 1,000 tokens. */
export const briefRun = defineOperation({
  name: "run.brief",
  summary: "summarise a run for someone joining late (default: the latest run)",
  effect: "read",
  input: z.object({ workflowId: runIdOrLatest }),
  tool: { name: "monitor_workflow", action: "briefing" },
  async handle({ workflowId }, app) {
    const id = workflowId ?? (await latestRun(app));
    const seen = id === undefined ? undefined : await app.engine.observe(id);
    if (id === undefined || !seen) return failure(id === undefined ? NO_RUNS : notFound(id));
    await app.engine.durable(id);
    const view = await describe(seen, app);
    const { status, note, ready, questions, rev } = view;
    const next = nextAbout(view);
    const text = briefing(seen.plan, seen.state, { status, next, note, questions });
    return ok({
      workflowId: id,
      status,
      briefing: text,
      ready: ready.slice(0, 5),
      questions: questions.slice(0, 5),
      rev,
      next,
    });
  },
  command: { usage: "brief [workflowId]", print: ({ briefing }) => briefing },
  text: briefingLines,
});
