import type { Clock } from "../../model/contracts/clock.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Journal, Lease, Store } from "../../model/contracts/store.ts";
import type { Message } from "../../model/message.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { isFinal } from "../../run/state/state.ts";
import { type EngineFailure, notFound, unfit, untrustedState } from "./engine-failure.ts";
import { killOrphans } from "./kill-orphans.ts";
import { advance, type Loaded, loadRun, readableEvents } from "./load-run.ts";
import { problemOf } from "./run-problem.ts";

export interface TakeOver {
  readonly executes: boolean;
  /** Take it even from a living owner, if that one still holds this epoch: it asked for it. */
  readonly fromEpoch?: number;
  /** Obeyed before anything else happens. */
  readonly first?: Message;
  /** Go on even though the journal is damaged, from what can be read of it. */
  readonly force?: boolean;
}

/** A run that is ours now: nothing of what the owner before left running lives any more. */
export interface Taken {
  readonly loaded: Loaded;
  readonly lease: Lease;
  readonly journal: Journal;
}

/** Becomes the owner of a run that has none: the next epoch's lease, then `lease_taken` in the journal, then the orphans' end. */
export async function takeOver(
  id: string,
  { executes, first, fromEpoch, force }: TakeOver,
  { store, syntax, clock, pid }: { store: Store; syntax: readonly StepSyntax[]; clock: Clock; pid: number },
): Promise<Result<Taken, EngineFailure>> {
  const status = store.lease(id);
  if (status.state === "held" && status.epoch !== fromEpoch) {
    return err({ reason: "owned", message: `the run ${id} is owned by process ${status.holder?.pid ?? "?"}` });
  }
  let loaded = loadRun(store, syntax, id);
  if (!loaded) return err(notFound(id));
  const problem = problemOf(store, id, loaded, status);
  // To cancel a run decides nothing that could end this process, too.
  const harmless = problem?.kind === "quarantined" && (force || first?.action === "cancel");
  const forced = force === true && problem?.kind === "corrupt";
  if (problem && !harmless && !forced) return err(unfit(id, problem));
  const refusal = executes ? store.trust.refusal() : undefined;
  if (refusal !== undefined) return err(untrustedState(refusal));
  // Whoever saw an orphan may come after one who took it, and ended it. The lease was looked at before: what was taken since cannot be acquired.
  if (executes && !first && !force && isFinal(loaded.state))
    return err({ reason: "owned", message: `the run ${id} has ended, by the process that took it over before` });
  const lease = store.acquire(id, status.epoch + 1);
  if (!lease) return err({ reason: "owned", message: `another process took the run ${id} a moment ago` });
  if (forced) {
    const readable = readableEvents(store, loaded, id);
    if (readable.length === 0) {
      lease.release();
      const message = `nothing of the journal of ${id} can be read`;
      return err({ reason: "damaged", message, hint: "Start its workflow again: the definition is whole." });
    }
    store.salvage(id, readable);
    loaded = loadRun(store, syntax, id)!;
  }
  const journal = store.journal(id, lease);
  const at = Math.max(clock.now(), loaded.state.lastAt);
  const { lastBeat } = status;
  const written = journal.append([
    { at, epoch: lease.epoch, type: "lease_taken", pid, ...(lastBeat !== undefined && { lastBeat }) },
  ]);
  if (!written.ok) {
    journal.close();
    lease.release();
    return err({ reason: "io_error", message: written.error.message });
  }
  // Whatever the owner before still wrote stands in front of our event, and counts.
  advance(store, id, loaded);
  if (loaded.problem) {
    journal.close();
    lease.release();
    return err(unfit(id, { kind: "corrupt", message: loaded.problem.message }));
  }
  await killOrphans(loaded.plan, loaded.state);
  return ok({ loaded, lease, journal });
}
