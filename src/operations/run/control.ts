import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { messageIdFrom } from "../../model/ids.ts";
import type { Message, Request } from "../../model/message.ts";
import { isOrphaned } from "../../run/orphaned.ts";
import { notFound } from "../../run/run-failure.ts";
import type { App, Call } from "../app.ts";
import { detail, waitForRun } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { conciseRun } from "./concise-run.ts";
import { runId } from "./run-fields.ts";
import { renderRun } from "./run-print.ts";
import { runLines } from "./run-text.ts";
import { describe, sized, waitFor } from "./runs.ts";

/** Seconds that an answer to `cancel` waits until the killed processes are gone. Milliseconds are mostly enough. */
const CANCEL_WAIT_SECONDS = 0.7;

const input = { workflowId: runId, waitSeconds: waitForRun, detail };
type Input = z.output<z.ZodObject<typeof input>>;

/** Sends a request to the run's owner, wherever it is, and answers with the run after it. */
async function control(request: Request, given: Input, app: App, call: Call, force = false) {
  const { workflowId: id } = given;
  const done = await deliver(id, { id: messageIdFrom(app.scheduler.random(16)), ...request } as Message, app, force);
  if (!done.ok) return failure({ workflowId: id, ...done.error });
  const cancel = request.action === "cancel";
  await waitFor(id, app, call, { seconds: given.waitSeconds ?? (cancel ? CANCEL_WAIT_SECONDS : 0), final: cancel });
  const seen = await app.engine.observe(id);
  return seen ? ok(sized(await describe(seen, app), given, call)) : failure(notFound(id));
}

async function deliver(id: string, message: Message, app: App, force: boolean) {
  const seen = await app.engine.observe(id);
  if (!seen) return { ok: false as const, error: notFound(id) };
  // A run whose owner died is "running" in its journal. Resuming it means owning it. The same holds for a damaged run.
  const ownerless =
    isOrphaned(seen, app.resumeWithin) !== undefined || ["corrupt", "quarantined"].includes(seen.problem?.kind ?? "");
  if (message.action === "resume" && ownerless) {
    const adopted = await app.engine.adopt(id, { force });
    return adopted.ok ? ok(undefined) : adopted;
  }
  return app.engine.send(id, message, app.executes);
}

export const pauseRun = defineOperation({
  name: "run.pause",
  summary: "let running steps finish, then start no others",
  effect: "change",
  input: z.object(input),
  tool: { name: "monitor_workflow", action: "pause" },
  handle: (given, app, call) => control({ action: "pause" }, given, app, call),
  command: { usage: "pause <workflowId>", print: (run, { colors }) => renderRun(run, colors) },
  concise: conciseRun,
  text: runLines,
});

export const resumeRun = defineOperation({
  name: "run.resume",
  summary: "continue a paused or interrupted run",
  effect: "change",
  input: z.object({
    ...input,
    force: z.boolean().describe("also if the journal is damaged: continue from its readable part").optional(),
  }),
  tool: { name: "monitor_workflow", action: "resume", unlisted: ["force"] },
  handle: ({ force, ...given }, app, call) => control({ action: "resume" }, given, app, call, force),
  command: {
    usage: "resume <workflowId>",
    options: { force: "--force" },
    follows: true,
    print: (run, { colors }) => renderRun(run, colors),
  },
  concise: conciseRun,
  text: runLines,
});

export const cancelRun = defineOperation({
  name: "run.cancel",
  summary: "kill running steps and end the run",
  effect: "destroy",
  input: z.object(input),
  tool: { name: "monitor_workflow", action: "cancel" },
  handle: (given, app, call) => control({ action: "cancel" }, given, app, call),
  command: { usage: "cancel <workflowId>", print: (run, { colors }) => renderRun(run, colors) },
  concise: conciseRun,
  text: runLines,
});

export const restartRun = defineOperation({
  name: "run.restart",
  summary: "restart a whole run, or one step and its dependents",
  effect: "destroy",
  input: z.object({
    ...input,
    stepId: z.string().describe("the step (default: all)").optional(),
  }),
  tool: { name: "monitor_workflow", action: "restart" },
  handle: ({ stepId, ...given }, app, call) =>
    control({ action: "restart", ...(stepId !== undefined && { stepId }) }, given, app, call),
  command: {
    usage: "restart <workflowId> [stepId]",
    follows: true,
    print: (run, { colors }) => renderRun(run, colors),
  },
  concise: conciseRun,
  text: runLines,
});
