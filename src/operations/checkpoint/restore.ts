import { z } from "zod";
import { problemFailure } from "../../engine/owner/engine-failure.ts";
import { previewRestore } from "../../git/preview.ts";
import { type Restored, restoreCode } from "../../git/restore.ts";
import type { RestorePreview } from "../../model/checkpoint.ts";
import { ok, type Result } from "../../model/result.ts";
import { stepsAt } from "../../run/state/checkpoint.ts";
import { planAt } from "../../run/state/expansion.ts";
import { isSettled } from "../../run/state/state.ts";
import type { App } from "../app.ts";
import { detail } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { failure } from "../refusal.ts";
import { describe, sized } from "../run/runs.ts";
import { readyShown } from "../run-tree.ts";
import { type Found, findWhole, place, send, settle, viewCheckpoint } from "./checkpoints.ts";

const SCOPES = ["state", "code", "both"] as const;
const ABSENT = "absent";
/** Steps that a preview names. */
const MAX_STEPS_NAMED = 30;

/** What a restore would change in the run. */
export type StatePreview = ReturnType<typeof statePreview>;
function statePreview({ seen: { plan, state }, checkpoint }: Found) {
  const changes: { stepId: string; now: string; was: string }[] = [];
  const revoked: { stepId: string; assignment: string; worker: string }[] = [];
  const killed: string[] = [];
  const were = stepsAt(state, checkpoint.id);
  const { discarded: gone } = planAt(plan, state, checkpoint);
  plan.workflow.steps.forEach(({ id }, index) => {
    const { status, lease } = state.steps[index]!;
    if (state.running.has(index)) killed.push(id);
    if (lease && (status === "assigned" || status === "reported")) {
      revoked.push({ stepId: id, assignment: lease.token, worker: lease.worker ?? lease.agent });
    }
    const then = were.get(index) ?? state.steps[index]!;
    // Steps in flight then are ready again. Steps that did not exist then, or are discarded, are not shown.
    const before = isSettled(then) || then.status === "pending" ? then.status : "ready";
    const [now, was] = [plan.discarded[index] ? ABSENT : status, gone[index] ? ABSENT : before];
    if (was !== now) changes.push({ stepId: id, now, was });
  });
  return {
    runStatus: { now: state.status, afterwards: "paused" as const },
    steps: changes.slice(0, MAX_STEPS_NAMED),
    totalSteps: changes.length,
    revokedAssignments: revoked.slice(0, MAX_STEPS_NAMED),
    killedSteps: killed.slice(0, MAX_STEPS_NAMED),
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

/** The preview in an answer. Its `totals` stay whole. */
const shown = ({ changes, conflicts, kept, ...rest }: RestorePreview): RestorePreview => ({
  ...rest,
  changes: changes.slice(0, MAX_STEPS_NAMED),
  conflicts: conflicts.slice(0, MAX_STEPS_NAMED),
  kept: kept.slice(0, MAX_STEPS_NAMED),
});

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
      checkpoint: viewCheckpoint(checkpoint),
      ready: readyShown(id, app),
      restoring: {
        state: statePreview(found.value),
        ...(code && (code.ok ? { code: shown(code.value) } : { codeProblem: code.error.message })),
      },
      next: `checkpoint {action: "restore", checkpointId: "${checkpoint.id}", scope: "state" | "code" | "both"} goes back to it; "fork" starts a new run from it.`,
    });
  },
});

/**
 * Restores the state of a run, its code, or both. The state comes first, since that stops what works on the code.
 * Nothing is restored if the code would lose uncommitted work, unless the caller forces it; then a ref keeps that
 * work.
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
    // Its checkpoints may name any commit.
    if (seen.problem?.kind === "foreign")
      return failure(problemFailure(id, { kind: "foreign", message: seen.problem.message }));
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
        checkpoint: viewCheckpoint(checkpoint),
        ready: readyShown(id, app),
        restoring: {
          ...(scope !== "code" && { state: statePreview(found.value) }),
          ...(code?.ok && { code: shown(code.value) }),
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
    const run = sized(describe(app.engine.observe(id)!, app), given, call);
    const before = done.code?.before;
    return ok({
      ...run,
      checkpoint: viewCheckpoint(checkpoint),
      restored: { ...(done.state && { state: done.state }), ...(done.code && { code: shown(done.code.preview) }) },
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
