import type { Lease } from "../model/contracts/store.ts";
import { err, ok, type Result } from "../model/result.ts";
import type { EngineFailure } from "./owner/engine-failure.ts";

/** How long a detached owner has to take its run, and how often to look, in milliseconds. */
const PATIENCE = 15_000;
const LOOK_AGAIN = 50;

interface Handing {
  readonly detach: (id: string, epoch: number) => void;
  readonly pause: (ms: number) => Promise<void>;
}

/** Gives a new run to a process of its own, which takes the next epoch from under us. */
export async function handOver(
  id: string,
  lease: Lease,
  { detach, pause }: Handing,
): Promise<Result<{ id: string; existing: boolean }, EngineFailure>> {
  detach(id, lease.epoch);
  for (let waited = 0; waited < PATIENCE; waited += LOOK_AGAIN) {
    if (!lease.held()) return ok({ id, existing: false });
    lease.beat();
    await pause(LOOK_AGAIN);
  }
  lease.release();
  const message = `the process that should own the run ${id} did not start within ${PATIENCE / 1000} s`;
  const hint = `Any server, or \`baton resume ${id}\`, will carry it on.`;
  return err({ reason: "no_answer", message, hint, workflowId: id });
}
