import { z } from "zod";
import { type Restored, restoreCode } from "../../git/restore.ts";
import type { RestorePreview } from "../../model/checkpoint.ts";
import { ok, type Result } from "../../model/data/result.ts";
import { problemFailure } from "../../run/run-failure.ts";
import { detail } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import { type Failure, failure } from "../refusal.ts";
import { conciseRun } from "../run/concise-run.ts";
import { describe, sized } from "../run/runs.ts";
import { readyShown } from "../run-tree.ts";
import { printRestore } from "./checkpoint-print.ts";
import { restoreLines } from "./checkpoint-text.ts";
import { viewCheckpoint } from "./checkpoint-view.ts";
import { findWhole, place, send, settle } from "./find-checkpoint.ts";
import { codePreview, type RestoreAnswer, type StatePreview, shown, statePreview } from "./restore-preview.ts";

/**
 * Restores the state of a run, its code, or both. The state comes first, since that stops what works on the code.
 * Nothing is restored if the code would lose uncommitted work, unless the caller forces it; then a ref keeps that
 * work.
 */
export const restoreCheckpoint = defineOperation({
  name: "checkpoint.restore",
  summary: "restore the run to a checkpoint and pause it",
  effect: "destroy",
  input: z.object({
    ...place,
    scope: z.enum(["state", "code", "both"]).describe("default: state").optional(),
    dryRun: z.boolean().describe("only show what would change").optional(),
    force: z.boolean().describe("overwrite uncommitted changes (a ref keeps them)").optional(),
    detail,
  }),
  tool: { name: "checkpoint", action: "restore", unlisted: ["detail"] },
  async handle(given, app, call): Promise<Result<RestoreAnswer, Failure>> {
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
          ? `${again}, force: true} restores it and overwrites ${lost} files with uncommitted changes.`
          : `${again}} restores it.`;
      return ok({
        workflowId: id,
        dryRun: true,
        checkpoint: viewCheckpoint(seen.plan, checkpoint),
        ready: await readyShown(id, app),
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
      return failure({ reason: "busy", message: "the run is still changing this code", hint, workflowId: id });
    }
    const done: { state?: StatePreview; code?: Restored } = {};
    if (scope !== "code") {
      done.state = statePreview(found.value);
      const sent = await send(id, { action: "restore", checkpoint: checkpoint.id }, app);
      if (!sent.ok) return sent;
      const { state } = await settle(id, app, (look) => look.state.restoring === undefined, call);
      if (state.restoring !== undefined) {
        const message = "running steps have not ended yet; Baton restores the run as soon as they have";
        return failure({ reason: "no_answer", message, workflowId: id });
      }
    }
    if (scope !== "state") {
      const how = { ...(force && { force }), now: app.scheduler.now() };
      const restored = await restoreCode(checkpoint.code!, how, app.git);
      if (!restored.ok) {
        if (restored.error.reason === "would-overwrite" && restored.error.preview) {
          return wouldOverwrite(restored.error.preview, again, id);
        }
        const kept = restored.error.before ? `; the earlier files are kept under ${restored.error.before.ref}` : "";
        return failure({ reason: "code_lost", message: `${restored.error.message}${kept}`, workflowId: id });
      }
      done.code = restored.value;
    }
    const run = sized(await describe((await app.engine.observe(id))!, app), given, call);
    const before = done.code?.before;
    return ok({
      ...run,
      checkpoint: viewCheckpoint(seen.plan, checkpoint),
      restored: { ...(done.state && { state: done.state }), ...(done.code && { code: shown(done.code.preview) }) },
      ...(before && { before: { ref: before.ref, commit: before.commit } }),
    });
  },
  command: {
    usage: "checkpoint restore <checkpointId>",
    options: { scope: "--scope <what>", dryRun: "--dry-run", force: "--force" },
    print: (answer, { colors }) => printRestore(answer, colors),
  },
  concise: (answer, given) => ("restoring" in answer ? answer : conciseRun(answer, given)),
  text: restoreLines,
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
    message: `restoring would overwrite uncommitted changes: ${files.join(", ")}${more}`,
    hint: `Commit them, or ${again}, force: true} overwrites them and keeps the earlier files under a ref.`,
    workflowId,
  });
}
