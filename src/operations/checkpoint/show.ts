import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import { readyShown } from "../run-tree.ts";
import { printPreview } from "./checkpoint-print.ts";
import { shownLines } from "./checkpoint-text.ts";
import { viewCheckpoint } from "./checkpoint-view.ts";
import { findWhole, place } from "./find-checkpoint.ts";
import { codePreview, shown, statePreview } from "./restore-preview.ts";

export const showCheckpoint = defineOperation({
  name: "checkpoint.show",
  summary: "show a checkpoint, and what restoring it would change",
  effect: "read",
  input: z.object(place),
  tool: { name: "checkpoint", action: "show" },
  async handle(given, app, call) {
    const found = await findWhole(given, app, call);
    if (!found.ok) return found;
    const { id, seen, checkpoint } = found.value;
    const code = checkpoint.code ? await codePreview(found.value, app) : undefined;
    return ok({
      workflowId: id,
      checkpoint: viewCheckpoint(seen.plan, checkpoint),
      ready: await readyShown(id, app),
      restoring: {
        state: statePreview(found.value),
        ...(code && (code.ok ? { code: shown(code.value) } : { codeProblem: code.error.message })),
      },
      next: `checkpoint {action: "restore", checkpointId: "${checkpoint.id}", scope: "state" | "code" | "both"} restores it; action "fork" starts a new run from it.`,
    });
  },
  command: {
    usage: "checkpoint show <checkpointId>",
    print: (answer, { colors }) => printPreview(answer, colors),
  },
  text: shownLines,
});
