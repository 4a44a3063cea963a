import { createHash } from "node:crypto";
import { JOURNAL_FORMAT, type JournalEvent } from "../model/event.ts";
import { runIdFrom } from "../model/ids.ts";
import { err, ok, type Result } from "../model/result.ts";
import type { Lease, Store } from "../model/store.ts";
import type { Definition, Mode } from "../model/workflow.ts";
import type { EngineFailure } from "./failure.ts";

export interface StartRequest {
  readonly definition: Definition;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly cwd: string;
  readonly durability: "process" | "power";
  readonly detach: boolean;
  readonly idempotencyKey?: string;
}

/** A run that was just made, by whoever holds its first lease. */
export interface Made {
  readonly lease: Lease;
  readonly created: Extract<JournalEvent, { type: "run_created" }>;
}

/**
 * Makes a run. With an idempotency key, whoever comes first decides its id; everybody else gets that run, or is refused if they mean
 * another definition. Without `made` the run was there already.
 */
export function createRun(
  request: StartRequest,
  { store, now, random }: { store: Store; now: number; random: Uint8Array },
): Result<{ id: string; made?: Made }, EngineFailure> {
  const { definition, idempotencyKey, mode, maxParallel, cwd, durability, detach } = request;
  let id = runIdFrom(random);
  if (idempotencyKey !== undefined) {
    const fingerprint = createHash("sha256").update(JSON.stringify(definition)).digest("hex");
    const claim = store.keys.claim(idempotencyKey, { workflowId: id, fingerprint });
    id = claim.workflowId;
    if (claim.fingerprint !== fingerprint) {
      const message = `idempotencyKey "${idempotencyKey}" already stands for the run ${id} of another definition`;
      const hint = `Use another key for this one, or look at that run: monitor_workflow {workflowId: "${id}"}.`;
      return err({ reason: "key_conflict", message, hint, workflowId: id });
    }
  }
  const created: Made["created"] = {
    at: now,
    epoch: 1,
    type: "run_created",
    format: JOURNAL_FORMAT,
    workflowId: id,
    name: definition.workflow.name,
    mode,
    maxParallel,
    cwd,
    durability,
    ...(detach && { detach }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
  // Whoever died between claiming the key and making the run left the making to us.
  const lease = store.size(id) > 0 ? undefined : store.create(id, definition, [created]);
  return ok(lease ? { id, made: { lease, created } } : { id });
}
