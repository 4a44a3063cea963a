import { createHash } from "node:crypto";
import type { EngineFailure, StartRequest } from "../model/contracts/engine.ts";
import type { Lease, Store } from "../model/contracts/store.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../model/event.ts";
import { runIdFrom } from "../model/ids.ts";

type Created = Extract<JournalEvent, { type: "run_created" }>;

/** A run that this process has just created, and the first lease of it. */
export interface CreatedRun {
  readonly lease: Lease;
  readonly events: readonly [Created, ...JournalEvent[]];
}

/**
 * Creates a run. With an idempotency key, the first caller decides the run's id. Later callers get that run;
 * Baton refuses them if their definition differs. Without `made`, the run existed already.
 */
export async function createRun(
  request: StartRequest,
  { store, now, random }: { store: Store; now: number; random: Uint8Array },
): Promise<Result<{ id: string; made?: CreatedRun }, EngineFailure>> {
  const {
    definition,
    idempotencyKey,
    mode,
    maxParallel,
    cwd,
    durability,
    detach,
    code,
    template,
    runner,
    forkedFrom,
    parent,
    copies = [],
  } = request;
  let id = runIdFrom(random);
  if (idempotencyKey !== undefined) {
    // `performers` is left out: a capability whose file has moved does not make the definition a different one.
    const { performers: _, ...asked } = definition;
    const fingerprint = createHash("sha256").update(JSON.stringify(asked)).digest("hex");
    const claim = await store.keys.claim(idempotencyKey, { workflowId: id, fingerprint });
    id = claim.workflowId;
    if (claim.fingerprint !== fingerprint) {
      const message = `idempotencyKey "${idempotencyKey}" already belongs to the run ${id}, which has another definition`;
      const hint = `Use another key, or look at the other run: monitor_workflow {workflowId: "${id}"}.`;
      return err({ reason: "key_conflict", message, hint, workflowId: id });
    }
  }
  const created: Created = {
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
    ...(code && { code }),
    ...(template !== undefined && { template }),
    ...(runner !== undefined && { runner }),
    ...(forkedFrom && { forkedFrom }),
    ...(parent && { parent }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
  const events = [created, ...copies.map((copy) => ({ at: now, epoch: 1, ...copy }))] as CreatedRun["events"];
  // An earlier caller may have died between claiming the key and creating the run. Then this process creates it.
  const lease = (await store.size(id)) > 0 ? undefined : await store.create(id, definition, events);
  return ok(lease ? { id, made: { lease, events } } : { id });
}
