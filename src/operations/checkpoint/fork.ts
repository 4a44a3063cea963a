import { z } from "zod";
import { err, ok } from "../../model/data/result.ts";
import type { Checkpoint } from "../../model/run-state.ts";
import { factsOfFork } from "../../run/fork.ts";
import { notFound, problemFailure } from "../../run/run-failure.ts";
import { detail } from "../fields.ts";
import { nextAbout } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { conciseRun } from "../run/concise-run.ts";
import { renderRun } from "../run/run-print.ts";
import { runLines } from "../run/run-text.ts";
import { describe, sized } from "../run/runs.ts";
import { type Found, find } from "./find-checkpoint.ts";

/**
 * A new run from a checkpoint, or from a run as it is now. It copies finished steps; everything else is still to be
 * done.
 */
export const forkRun = defineOperation({
  name: "checkpoint.fork",
  summary: "start a new run from a checkpoint, or from the current state of a run",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("the run (as it is now)").optional(),
    checkpointId: z.string().describe("id or name").optional(),
    detail,
  }),
  tool: { name: "checkpoint", action: "fork", unlisted: ["detail"] },
  async handle({ workflowId, checkpointId, detail }, app, call) {
    let found: Pick<Found, "id" | "seen"> & { checkpoint?: Checkpoint };
    if (checkpointId !== undefined) {
      const one = await find({ checkpointId, workflowId }, app);
      if (!one.ok) return one;
      found = one.value;
    } else {
      const seen = workflowId === undefined ? undefined : await app.engine.observe(workflowId);
      if (workflowId === undefined || !seen) {
        if (workflowId !== undefined) return failure(notFound(workflowId));
        const message = "give checkpointId, or workflowId to fork the run as it is now";
        return err(badInput([{ severity: "error", code: "missing_field", message, at: { field: "checkpointId" } }]));
      }
      found = { id: workflowId, seen };
    }
    const { id, seen, checkpoint } = found;
    const { plan, state, problem } = seen;
    // A fork would execute what it copies as this user's own.
    if (problem?.kind === "foreign") return failure(problemFailure(id, { kind: "foreign", message: problem.message }));
    const started = await app.engine.start({
      definition: seen.definition,
      mode: state.mode,
      maxParallel: state.maxParallel,
      cwd: state.cwd,
      durability: state.durability,
      // A process that only passes messages on cannot execute the new run.
      detach: !app.executes,
      code: state.code,
      ...(state.template !== undefined && { template: state.template }),
      ...(state.runner !== undefined && { runner: state.runner }),
      forkedFrom: { workflowId: id, ...(checkpoint && { checkpoint: checkpoint.id }) },
      copies: factsOfFork(plan, state, checkpoint?.id),
    });
    if (!started.ok) return failure(started.error);
    const view = sized(await describe((await app.engine.observe(started.value.id))!, app), { detail }, call);
    return ok({ ...view, forkedFrom: id, next: nextAbout(view) });
  },
  command: {
    usage: "checkpoint fork <id>",
    toInput: ({ id }) => (String(id).startsWith("cp_") ? { checkpointId: id } : { workflowId: id }),
    print: (run, { colors }) => renderRun(run, colors),
  },
  concise: conciseRun,
  text: runLines,
});
