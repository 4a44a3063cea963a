import { z } from "zod";
import { notFound } from "../engine/failure.ts";
import type { Look } from "../engine/local.ts";
import { previewRestore } from "../git/preview.ts";
import { deleteCode } from "../git/refs.ts";
import { type Restored, restoreCode } from "../git/restore.ts";
import type { RestorePreview } from "../model/checkpoint.ts";
import { runOf } from "../model/ids.ts";
import type { Message, Request } from "../model/message.ts";
import { err, ok, type Result } from "../model/result.ts";
import { findCheckpoint, stepsAt } from "../run/checkpoint.ts";
import { copiesOf } from "../run/fork.ts";
import { type Checkpoint, isSettled } from "../run/state.ts";
import { nextAbout } from "./advice.ts";
import { type App, badInput, type Call, defineOperation, type Failure, failure } from "./define.ts";
import { describe, detail, latestRun, sized } from "./runs.ts";

const SCOPES = ["state", "code", "both"] as const;
/** Checkpoints in one answer. */
const PAGE = 25;
/** Steps that a preview names. */
const NAMED = 30;

/** A checkpoint's id tells its run; what is said beside it has to agree. */
const place = { checkpointId: z.string(), workflowId: z.string().optional() };

/** A checkpoint as callers see it. */
function view({ id, at, rev, trigger, name, step, code, problem }: Checkpoint) {
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

interface Found {
  readonly id: string;
  readonly seen: Look;
  readonly checkpoint: Checkpoint;
}

/** The checkpoint that is meant, with its code, if that is about to be recorded. */
async function findWhole(
  given: { checkpointId: string; workflowId?: string | undefined },
  app: App,
  call: Call,
): Promise<Result<Found, Failure>> {
  const found = find(given, app);
  if (!found.ok || found.value.seen.state.capturing !== given.checkpointId) return found;
  await settle(found.value.id, app, ({ state }) => state.capturing !== given.checkpointId, call);
  return find(given, app);
}

function find(given: { checkpointId: string; workflowId?: string | undefined }, app: App): Result<Found, Failure> {
  const { checkpointId, workflowId } = given;
  const id = checkpointId.startsWith("cp_") ? runOf(checkpointId) : undefined;
  if (id === undefined || (workflowId !== undefined && workflowId !== id)) {
    const message =
      id === undefined ? `"${checkpointId}" is not a checkpoint` : `${checkpointId} is a checkpoint of ${id}`;
    const hint = 'checkpoint {action: "list", workflowId} shows them.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "checkpointId" } }]));
  }
  const seen = app.engine.look(id);
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

async function send(id: string, request: Request, app: App): Promise<Result<string, Failure>> {
  const message = { id: app.randomId(), ...request } as Message;
  const sent = await app.engine.send(id, message, app.executes);
  return sent.ok ? ok(message.id) : failure({ workflowId: id, ...sent.error });
}

/** Waits until the owner has done what takes it a moment: recording code, or stopping what runs. */
async function settle(id: string, app: App, over: (look: Look) => boolean, call: Call): Promise<Look> {
  const PATIENCE = 40_000;
  const until = app.engine.options.clock.now() + PATIENCE;
  for (;;) {
    const seen = app.engine.look(id)!;
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
    const before = app.engine.look(id);
    if (!before) return failure(notFound(id));
    const sent = await send(id, { action: "checkpoint", ...(name !== undefined && { name }) }, app);
    if (!sent.ok) return sent;
    const made = app.engine.look(id)!.state.causes.get(sent.value)!.checkpoint!;
    const { state, owner } = await settle(id, app, (look) => look.state.capturing !== made || !app.executes, call);
    const checkpoint = findCheckpoint(state, made)!;
    const waits =
      state.capturing === made && owner !== "own" ? { codeProblem: "recorded once somebody executes the run" } : {};
    return ok({
      workflowId: id,
      checkpoint: { ...view(checkpoint), ...waits },
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
    const seen = app.engine.look(id);
    if (!seen) return failure(notFound(id));
    const all = [...seen.state.checkpoints].reverse();
    const from = Number(cursor ?? 0);
    const page = call.characters === undefined ? all.slice(from) : all.slice(from, from + PAGE);
    const end = from + page.length;
    return ok({
      workflowId: id,
      checkpoints: page.map(view),
      total: all.length,
      ...(end < all.length && { nextCursor: String(end) }),
      next:
        page.length === 0
          ? `checkpoint {action: "create", workflowId: "${id}"} makes one.`
          : 'checkpoint {action: "restore", checkpointId: "…", dryRun: true} shows what going back would change.',
    });
  },
});

/** What going back would change of the run. */
function statePreview({ seen: { plan, state }, checkpoint }: Found) {
  const changes: { stepId: string; now: string; was: string }[] = [];
  const revoked: { stepId: string; assignment: string; worker: string }[] = [];
  const killed: string[] = [];
  const were = stepsAt(state, checkpoint.id);
  plan.workflow.steps.forEach(({ id }, index) => {
    const { status, lease } = state.steps[index]!;
    if (state.running.has(index)) killed.push(id);
    if (lease && (status === "assigned" || status === "reported")) {
      revoked.push({ stepId: id, assignment: lease.token, worker: lease.worker ?? lease.agent });
    }
    const then = were.get(index);
    // What was in flight then is ready again.
    const was = !then || isSettled(then) || then.status === "pending" ? then?.status : "ready";
    if (was !== undefined && was !== status) changes.push({ stepId: id, now: status, was });
  });
  return {
    runStatus: { now: state.status, afterwards: "paused" as const },
    steps: changes.slice(0, NAMED),
    totalSteps: changes.length,
    revokedAssignments: revoked.slice(0, NAMED),
    killedSteps: killed.slice(0, NAMED),
  };
}

async function codePreview({ checkpoint }: Found, app: App): Promise<Result<RestorePreview, Failure>> {
  if (!checkpoint.code) {
    const message = `${checkpoint.id} holds no code: ${checkpoint.problem ?? "the run's directory was in no git work tree"}`;
    return failure({ reason: "no_code", message, hint: 'Restore with scope: "state".' });
  }
  const preview = await previewRestore(checkpoint.code, app.git);
  return preview.ok ? preview : failure({ reason: "code_lost", message: preview.error.message });
}

export const showCheckpoint = defineOperation({
  name: "checkpoint.show",
  input: z.object(place),
  async handle(given, app, call) {
    const found = await findWhole(given, app, call);
    if (!found.ok) return found;
    const { id, checkpoint } = found.value;
    const code = checkpoint.code ? await codePreview(found.value, app) : undefined;
    return ok({
      workflowId: id,
      checkpoint: view(checkpoint),
      restoring: {
        state: statePreview(found.value),
        ...(code && (code.ok ? { code: code.value } : { codeProblem: code.error.message })),
      },
      next: `checkpoint {action: "restore", checkpointId: "${checkpoint.id}", scope: "state" | "code" | "both"} goes back to it; "fork" starts a new run from it.`,
    });
  },
});

/**
 * Puts a run, its code, or both back as they were. The state first, since that stops what works on the code; and nothing at all if the code
 * would lose uncommitted work, unless told to (then it is kept under a ref of its own).
 */
export const restoreCheckpoint = defineOperation({
  name: "checkpoint.restore",
  input: z.object({
    ...place,
    scope: z.enum(SCOPES).optional(),
    dryRun: z.boolean().optional(),
    force: z.boolean().optional(),
    detail,
  }),
  async handle(given, app, call): Promise<Result<object, Failure>> {
    const found = await findWhole(given, app, call);
    if (!found.ok) return found;
    const { id, seen, checkpoint } = found.value;
    const { scope = "state", dryRun, force } = given;
    const code = scope === "state" ? undefined : await codePreview(found.value, app);
    if (code && !code.ok) return code;
    const again = `checkpoint {action: "restore", checkpointId: "${checkpoint.id}", scope: "${scope}"`;
    if (dryRun) {
      const lost = code?.ok ? code.value.totals.conflicts : 0;
      const how =
        lost > 0
          ? `${again}, force: true} does it; ${lost} files with uncommitted changes are overwritten.`
          : `${again}} does it.`;
      return ok({
        workflowId: id,
        dryRun: true,
        checkpoint: view(checkpoint),
        restoring: {
          ...(scope !== "code" && { state: statePreview(found.value) }),
          ...(code?.ok && { code: code.value }),
        },
        next: how,
      });
    }
    if (code?.ok && code.value.totals.conflicts > 0 && !force) return wouldOverwrite(code.value, again, id);
    if (scope === "code" && seen.state.status === "running") {
      const hint = `monitor_workflow {action: "pause", workflowId: "${id}"} first, or restore with scope: "both".`;
      return failure({ reason: "busy", message: "the run is at work on this code", hint, workflowId: id });
    }
    const done: { state?: ReturnType<typeof statePreview>; code?: Restored } = {};
    if (scope !== "code") {
      done.state = statePreview(found.value);
      const sent = await send(id, { action: "restore", checkpoint: checkpoint.id }, app);
      if (!sent.ok) return sent;
      const { state } = await settle(id, app, (look) => look.state.restoring === undefined, call);
      if (state.restoring !== undefined) {
        const message = "what runs has not ended yet; the run is put back as soon as it has";
        return failure({ reason: "no_answer", message, workflowId: id });
      }
    }
    if (scope !== "state") {
      const how = { ...(force && { force }), now: app.engine.options.clock.now() };
      const restored = await restoreCode(checkpoint.code!, how, app.git);
      if (!restored.ok) {
        if (restored.error.reason === "would-overwrite" && restored.error.preview) {
          return wouldOverwrite(restored.error.preview, again, id);
        }
        const kept = restored.error.before ? `; what was there is kept under ${restored.error.before.ref}` : "";
        return failure({ reason: "code_lost", message: `${restored.error.message}${kept}`, workflowId: id });
      }
      done.code = restored.value;
    }
    const run = sized(describe(app.engine.look(id)!, app), given, call);
    const before = done.code?.before;
    return ok({
      ...run,
      checkpoint: view(checkpoint),
      restored: { ...(done.state && { state: done.state }), ...(done.code && { code: done.code.preview }) },
      ...(before && { before: { ref: before.ref, commit: before.commit } }),
    });
  },
});

function wouldOverwrite(
  { conflicts, totals }: RestorePreview,
  again: string,
  workflowId: string,
): Result<never, Failure> {
  const files = conflicts.slice(0, 10).map(({ path, why }) => `${path} (${why})`);
  const more = totals.conflicts > files.length ? ` and ${totals.conflicts - files.length} more` : "";
  return failure({
    reason: "would_overwrite",
    message: `uncommitted changes would be overwritten: ${files.join(", ")}${more}`,
    hint: `Commit them, or ${again}, force: true} overwrites them and keeps what was there under a ref.`,
    workflowId,
  });
}

/** A new run from a checkpoint, or from how the run is now: what is finished is copied, everything else is to be done. */
export const forkRun = defineOperation({
  name: "checkpoint.fork",
  input: z.object({ workflowId: z.string().optional(), checkpointId: z.string().optional(), detail }),
  async handle({ workflowId, checkpointId, detail }, app, call): Promise<Result<object, Failure>> {
    let found: Pick<Found, "id" | "seen"> & { checkpoint?: Checkpoint };
    if (checkpointId !== undefined) {
      const one = find({ checkpointId, workflowId }, app);
      if (!one.ok) return one;
      found = one.value;
    } else {
      const seen = workflowId === undefined ? undefined : app.engine.look(workflowId);
      if (workflowId === undefined || !seen) {
        if (workflowId !== undefined) return failure(notFound(workflowId));
        const message = "give checkpointId, or workflowId to fork the run as it is now";
        return err(badInput([{ severity: "error", code: "missing_field", message, at: { field: "checkpointId" } }]));
      }
      found = { id: workflowId, seen };
    }
    const { id, seen, checkpoint } = found;
    const { plan, state } = seen;
    const started = await app.engine.start({
      definition: app.engine.options.store.definition(id)!,
      mode: state.mode,
      maxParallel: state.maxParallel,
      cwd: state.cwd,
      durability: state.durability,
      detach: false,
      code: state.code,
      forkedFrom: { workflowId: id, ...(checkpoint && { checkpoint: checkpoint.id }) },
      copies: copiesOf(plan, state, checkpoint?.id),
    });
    if (!started.ok) return failure(started.error);
    const view = sized(describe(app.engine.look(started.value.id)!, app), { detail }, call);
    return ok({ ...view, forkedFrom: id, next: nextAbout(view) });
  },
});

export const deleteCheckpoint = defineOperation({
  name: "checkpoint.delete",
  input: z.object(place),
  async handle(given, app): Promise<Result<object, Failure>> {
    const found = find(given, app);
    if (!found.ok) return found;
    const { id, checkpoint } = found.value;
    const sent = await send(id, { action: "delete_checkpoint", checkpoint: checkpoint.id }, app);
    if (!sent.ok) return sent;
    const { code } = checkpoint;
    const gone = code ? await deleteCode(code.repository, code.ref, app.git) : undefined;
    return ok({
      workflowId: id,
      deleted: checkpoint.id,
      ...(gone && !gone.ok && { warnings: [`its code stays under ${code!.ref}: ${gone.error.message}`] }),
      next: `checkpoint {action: "list", workflowId: "${id}"} shows the others.`,
    });
  },
});
