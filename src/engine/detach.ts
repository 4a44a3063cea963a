import type { EngineFailure } from "../model/contracts/engine.ts";
import { type Scheduler, sleep } from "../model/contracts/scheduler.ts";
import type { Lease } from "../model/contracts/store.ts";
import { err, ok, type Result } from "../model/data/result.ts";

/** How long a detached owner has to take over its run, in milliseconds. */
const TAKEOVER_TIMEOUT_MS = 15_000;
/** How often to look whether it has, in milliseconds. */
const POLL_INTERVAL_MS = 50;

interface DetachOptions {
  readonly detach: (id: string, epoch: number) => void;
  readonly scheduler: Scheduler;
}

/** Gives a new run to a process of its own. That process takes over by acquiring the next epoch. */
export async function detachRun(
  id: string,
  lease: Lease,
  { detach, scheduler }: DetachOptions,
): Promise<Result<{ id: string; existing: boolean }, EngineFailure>> {
  detach(id, lease.epoch);
  for (let waited = 0; waited < TAKEOVER_TIMEOUT_MS; waited += POLL_INTERVAL_MS) {
    if (!(await lease.held())) return ok({ id, existing: false });
    await lease.beat();
    await sleep(scheduler, POLL_INTERVAL_MS);
  }
  await lease.release();
  const message = `the process that was to own the run ${id} did not start within ${TAKEOVER_TIMEOUT_MS / 1000} s`;
  const hint = `Any Baton server continues the run, or \`baton resume ${id}\` does.`;
  return err({ reason: "no_answer", message, hint, workflowId: id });
}
