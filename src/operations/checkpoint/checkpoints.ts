import { z } from "zod";
import type { ObservedRun } from "../../engine/local-engine.ts";
import { notFound } from "../../engine/owner/engine-failure.ts";
import { deleteCode } from "../../git/refs.ts";
import { runOf } from "../../model/ids.ts";
import type { Message, Request } from "../../model/message.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { findCheckpoint } from "../../run/state/checkpoint.ts";
import { answerTo } from "../../run/state/message-dedup.ts";
import type { Checkpoint } from "../../run/state/state.ts";
import type { App, Call } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { latestRun } from "../run/runs.ts";
import { readyShown } from "../run-tree.ts";

/** Checkpoints in one answer. */
const CHECKPOINTS_PER_PAGE = 25;

/** A checkpoint's id names its run. A run given beside it must agree. */
export const place = { checkpointId: z.string(), workflowId: z.string().optional() };

/** A checkpoint as callers see it. */
export function viewCheckpoint({ id, at, rev, trigger, name, step, code, problem }: Checkpoint) {
  return {
    checkpointId: id,
    at: new Date(at).toISOString(),
    rev,
    trigger,
    ...(name !== undefined && { name }),
    ...(step !== undefined && { stepId: step }),
    ...(code && { code }),
    ...(problem !== undefined && { codeProblem: problem }),
  };
}

export type CheckpointView = ReturnType<typeof viewCheckpoint> & { codeProblem?: string };

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
  const found = find(given, app);
  if (!found.ok || !isBeingRecorded(found.value.seen, given.checkpointId)) return found;
  await settle(found.value.id, app, (look) => !isBeingRecorded(look, given.checkpointId), call);
  return find(given, app);
}

/** Whether an owner is recording its code. */
export const isBeingRecorded = ({ state, owner }: ObservedRun, checkpoint: string): boolean =>
  state.capturing.includes(checkpoint) && (owner === "own" || owner.state === "held");

export function find(
  given: { checkpointId: string; workflowId?: string | undefined },
  app: App,
): Result<Found, Failure> {
  const { checkpointId, workflowId } = given;
  const id = checkpointId.startsWith("cp_") ? runOf(checkpointId) : undefined;
  if (id === undefined || (workflowId !== undefined && workflowId !== id)) {
    const message =
      id === undefined ? `"${checkpointId}" is not a checkpoint` : `${checkpointId} is a checkpoint of ${id}`;
    const hint = 'checkpoint {action: "list", workflowId} shows them.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "checkpointId" } }]));
  }
  const seen = app.engine.observe(id);
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

export async function send(id: string, request: Request, app: App): Promise<Result<string, Failure>> {
  const message = { id: app.randomId(), ...request } as Message;
  const sent = await app.engine.send(id, message, app.executes);
  return sent.ok ? ok(message.id) : failure({ workflowId: id, ...sent.error });
}

/** Waits until the owner has recorded code, or stopped what runs. */
export async function settle(
  id: string,
  app: App,
  over: (look: ObservedRun) => boolean,
  call: Call,
): Promise<ObservedRun> {
  const PATIENCE = 40_000;
  const until = app.engine.options.clock.now() + PATIENCE;
  for (;;) {
    const seen = app.engine.observe(id)!;
    const left = until - app.engine.options.clock.now();
    if (over(seen) || left <= 0 || call.signal?.aborted) {
      await app.engine.durable(id);
      return seen;
    }
    await app.engine.changed(id, seen.state.rev, left, call.signal);
  }
}

export const createCheckpoint = defineOperation({
  name: "checkpoint.create",
  input: z.object({ workflowId: z.string(), name: z.string().min(1).max(200).optional() }),
  async handle({ workflowId: id, name }, app, call): Promise<Result<object, Failure>> {
    const before = app.engine.observe(id);
    if (!before) return failure(notFound(id));
    const sent = await send(id, { action: "checkpoint", ...(name !== undefined && { name }) }, app);
    if (!sent.ok) return sent;
    const made = answerTo(app.engine.observe(id)!.state, sent.value)!.checkpoint!;
    const { state } = await settle(id, app, (look) => !isBeingRecorded(look, made), call);
    const checkpoint = findCheckpoint(state, made)!;
    const waits = state.capturing.includes(made) ? { codeProblem: "recorded once a process executes the run" } : {};
    return ok({
      workflowId: id,
      checkpoint: { ...viewCheckpoint(checkpoint), ...waits },
      ready: readyShown(id, app),
      next: `checkpoint {action: "restore", checkpointId: "${made}", dryRun: true} shows what going back would change.`,
    });
  },
});

export const listCheckpoints = defineOperation({
  name: "checkpoint.list",
  input: z.object({
    /** Default: the latest run. */
    workflowId: z.string().optional(),
    cursor: z.string().regex(/^\d+$/, "must be the nextCursor of an earlier answer").optional(),
  }),
  async handle({ workflowId, cursor }, app, call) {
    const id = workflowId ?? latestRun(app) ?? "";
    const seen = app.engine.observe(id);
    if (!seen) return failure(notFound(id));
    const all = [...seen.state.checkpoints].reverse();
    const from = Number(cursor ?? 0);
    const page = call.characters === undefined ? all.slice(from) : all.slice(from, from + CHECKPOINTS_PER_PAGE);
    const end = from + page.length;
    return ok({
      workflowId: id,
      checkpoints: page.map(viewCheckpoint),
      total: all.length,
      ready: readyShown(id, app),
      ...(end < all.length && { nextCursor: String(end) }),
      next:
        page.length === 0
          ? `checkpoint {action: "create", workflowId: "${id}"} makes one.`
          : 'checkpoint {action: "restore", checkpointId: "…", dryRun: true} shows what going back would change.',
    });
  },
});

export const deleteCheckpoint = defineOperation({
  name: "checkpoint.delete",
  input: z.object(place),
  async handle(given, app, call): Promise<Result<object, Failure>> {
    // Otherwise the code that is being recorded would stay behind, with nothing that names it.
    const found = await findWhole(given, app, call);
    if (!found.ok) return found;
    const { id, checkpoint } = found.value;
    const sent = await send(id, { action: "delete_checkpoint", checkpoint: checkpoint.id }, app);
    if (!sent.ok) return sent;
    const { code } = checkpoint;
    const gone = code ? await deleteCode(code.repository, code.ref, app.git) : undefined;
    return ok({
      workflowId: id,
      deleted: checkpoint.id,
      ready: readyShown(id, app),
      ...(gone && !gone.ok && { warnings: [`its code stays under ${code!.ref}: ${gone.error.message}`] }),
      next: `checkpoint {action: "list", workflowId: "${id}"} shows the others.`,
    });
  },
});
