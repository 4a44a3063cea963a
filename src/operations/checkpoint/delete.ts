import { z } from "zod";
import { deleteCode } from "../../git/refs.ts";
import { ok } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import { readyShown } from "../run-tree.ts";
import { deletedLines } from "./checkpoint-text.ts";
import { findWhole, place, send } from "./find-checkpoint.ts";

export const deleteCheckpoint = defineOperation({
  name: "checkpoint.delete",
  summary: "delete a checkpoint and its code",
  effect: "destroy",
  input: z.object(place),
  tool: { name: "checkpoint", action: "delete" },
  async handle(given, app, call) {
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
      ready: await readyShown(id, app),
      ...(gone &&
        !gone.ok && {
          warnings: [`Its code could not be deleted and stays under ${code!.ref}: ${gone.error.message}`],
        }),
      next: `checkpoint {action: "list", workflowId: "${id}"} shows the others.`,
    });
  },
  command: { usage: "checkpoint delete <checkpointId>", print: ({ deleted }) => `${deleted} is gone.` },
  text: deletedLines,
});
