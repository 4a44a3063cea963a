import { z } from "zod";
import { notFound } from "../engine/local.ts";
import { isOrphaned } from "../engine/watch.ts";
import { ok } from "../model/result.ts";
import type { Message } from "../model/store.ts";
import { type App, defineOperation, failure } from "./define.ts";
import { describe, detail, sized, waitFor, waitSeconds } from "./runs.ts";

/** How long an answer to `cancel` waits for the killed processes to be gone, in seconds: mostly milliseconds are enough. */
const CANCEL_SETTLES = 0.7;

/** One verb that changes a run: the request goes to its owner, wherever that is; the answer is the run after it. */
function control(action: Message["action"], input: { withStep: boolean }) {
  const shape = { workflowId: z.string(), waitSeconds, detail };
  return defineOperation({
    name: `run.${action}`,
    input: z.object({ ...shape, ...(input.withStep && { stepId: z.string().optional() }) }),
    async handle(
      given: {
        workflowId: string;
        waitSeconds?: number | undefined;
        stepId?: string;
        detail?: "concise" | "full" | undefined;
      },
      app,
      call,
    ) {
      const { workflowId: id, stepId } = given;
      const message: Message = { id: app.randomId(), action, ...(stepId !== undefined && { stepId }) };
      const done = await deliver(id, message, app);
      if (!done.ok) return failure(done.error);
      await waitFor(id, app, call, { seconds: given.waitSeconds ?? (action === "cancel" ? CANCEL_SETTLES : 0) });
      const seen = app.engine.look(id);
      return seen ? ok(sized(describe(seen, app), given, call)) : failure(notFound(id));
    },
  });
}

async function deliver(id: string, message: Message, app: App) {
  const seen = app.engine.look(id);
  if (!seen) return { ok: false as const, error: notFound(id) };
  // A run whose owner died is "running" in its journal: to resume it is to become its owner.
  if (message.action === "resume" && isOrphaned(seen, app.resumeWithin) !== undefined) {
    const adopted = await app.engine.adopt(id);
    return adopted.ok ? ok(undefined) : adopted;
  }
  return app.engine.send(id, message, app.executes);
}

export const pauseRun = control("pause", { withStep: false });
export const resumeRun = control("resume", { withStep: false });
export const cancelRun = control("cancel", { withStep: false });
export const restartRun = control("restart", { withStep: true });
