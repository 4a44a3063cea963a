import { z } from "zod";
import { ok } from "../../model/result.ts";
import { notFound } from "../../run/run-failure.ts";
import { briefing } from "../../run/view/briefing.ts";
import { nextAbout } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { describe, latestRun } from "./runs.ts";

/** A summary of a run for someone who joins late, in at most 1,000 tokens. */
export const briefRun = defineOperation({
  name: "run.brief",
  input: z.object({ workflowId: z.string().optional() }),
  async handle({ workflowId }, app) {
    const id = workflowId ?? (await latestRun(app));
    const seen = id === undefined ? undefined : await app.engine.observe(id);
    if (id === undefined || !seen) {
      if (id !== undefined) return failure(notFound(id));
      return failure({
        reason: "not_found",
        message: "there are no runs here yet",
        hint: "Start one with execute_workflow.",
      });
    }
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
});
