import { z } from "zod";
import type { ObservedRun } from "../../model/contracts/engine.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import { messageIdFrom, runOf } from "../../model/ids.ts";
import type { Message, Request } from "../../model/message.ts";
import type { Checkpoint } from "../../model/run-state.ts";
import { notFound } from "../../run/run-failure.ts";
import { findCheckpoint } from "../../run/state/checkpoint.ts";
import { checkpointName } from "../../run/view/checkpoint-name.ts";
import type { App, Call } from "../app.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import { latestRun } from "../run/runs.ts";

/** A checkpoint's id names its run. A run given beside it must agree. */
export const place = {
  checkpointId: z.string().describe("id or name"),
  workflowId: z.string().describe("the run").optional(),
};

export interface Found {
  readonly id: string;
  readonly seen: ObservedRun;
  readonly checkpoint: Checkpoint;
}

/** The checkpoint, once its code is recorded if that is under way. */
export async function findWhole(
  given: { checkpointId: string; workflowId?: string | undefined },
  app: App,
  call: Call,
): Promise<Result<Found, Failure>> {
  const found = await find(given, app);
  if (!found.ok) return found;
  const { id, seen, checkpoint } = found.value;
  if (!isBeingRecorded(seen, checkpoint.id)) return found;
  await settle(id, app, (look) => !isBeingRecorded(look, checkpoint.id), call);
  return find({ checkpointId: checkpoint.id }, app);
}

/** Whether an owner is recording its code. */
export const isBeingRecorded = ({ state, owner }: ObservedRun, checkpoint: string): boolean =>
  state.capturing.includes(checkpoint) && (owner === "own" || owner.state === "held");

export async function find(
  given: { checkpointId: string; workflowId?: string | undefined },
  app: App,
): Promise<Result<Found, Failure>> {
  const { checkpointId, workflowId } = given;
  if (!checkpointId.startsWith("cp_")) {
    const named = await findByName(checkpointId, workflowId ?? (await latestRun(app)), app);
    if (named) return ok(named);
  }
  const id = checkpointId.startsWith("cp_") ? runOf(checkpointId) : undefined;
  if (id === undefined || (workflowId !== undefined && workflowId !== id)) {
    const message =
      id === undefined ? `"${checkpointId}" is not a checkpoint` : `${checkpointId} is a checkpoint of ${id}`;
    const hint = 'checkpoint {action: "list", workflowId} shows them.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "checkpointId" } }]));
  }
  const seen = await app.engine.observe(id);
  if (!seen) return failure(notFound(id));
  const checkpoint = findCheckpoint(seen.state, checkpointId);
  if (checkpoint) return ok({ id, seen, checkpoint });
  return failure({
    reason: "unknown_checkpoint",
    message: `the run ${id} has no checkpoint "${checkpointId}"`,
    hint: `checkpoint {action: "list", workflowId: "${id}"} shows those it has.`,
    workflowId: id,
  });
}

/** The newest checkpoint of this name in a run. */
async function findByName(name: string, id: string | undefined, app: App): Promise<Found | undefined> {
  const seen = id === undefined ? undefined : await app.engine.observe(id);
  const checkpoint = seen?.state.checkpoints.findLast((one) => checkpointName(seen.plan, one) === name);
  return seen && checkpoint ? { id: id!, seen, checkpoint } : undefined;
}

export async function send(id: string, request: Request, app: App): Promise<Result<string, Failure>> {
  const message = { id: messageIdFrom(app.scheduler.random(16)), ...request } as Message;
  const sent = await app.engine.send(id, message, app.executes);
  return sent.ok ? ok(message.id) : failure({ workflowId: id, ...sent.error });
}

/** Waits until the owner has done what it is about, at most so many milliseconds. */
export async function settle(
  id: string,
  app: App,
  over: (look: ObservedRun) => boolean,
  call: Call,
  patience = 40_000,
): Promise<ObservedRun> {
  const until = app.scheduler.now() + patience;
  for (;;) {
    const seen = (await app.engine.observe(id))!;
    const left = until - app.scheduler.now();
    if (over(seen) || left <= 0 || call.signal?.aborted) {
      await app.engine.durable(id);
      return seen;
    }
    await app.engine.changed(id, seen.rev, left, call.signal);
  }
}
