import type { AdoptOptions, EngineFailure } from "../../model/contracts/engine.ts";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Journal, Lease, Store } from "../../model/contracts/store.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { JournalEvent } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { notFound, problemFailure, untrustedStateFailure } from "../../run/run-failure.ts";
import { isFinal } from "../../run/state/state.ts";
import { advance, type LoadedRun, loadRun, readableEvents } from "./load-run.ts";
import { holdsNow } from "./ownership.ts";
import { problemOf } from "./run-problem.ts";

export interface TakeOverOptions extends AdoptOptions {
  /** Whether this process executes the run, or only applies a message to it. */
  readonly executes: boolean;
  /** The message that the new owner handles first. */
  readonly first?: Message;
}

export interface TakeOverParts {
  readonly store: Store;
  readonly syntax: readonly StepSyntax[];
  readonly scheduler: Scheduler;
  readonly pid: number;
  /** Kills what the dead owner left running. Resolves once it is gone. */
  readonly killOrphans: (plan: Plan, state: RunState) => Promise<void>;
}

/** A run that this process owns now. The processes that the previous owner left running are dead. */
export interface TakenRun {
  readonly loaded: LoadedRun;
  readonly lease: Lease;
  readonly journal: Journal;
  /** The event that the journal has got. */
  readonly event: JournalEvent;
}

/** Takes over a run without owner: acquires the next epoch's lease, journals `lease_taken`, then kills orphans. */
export async function takeOver(
  id: string,
  { executes, first, fromEpoch, force }: TakeOverOptions,
  { store, syntax, scheduler, pid, killOrphans }: TakeOverParts,
): Promise<Result<TakenRun, EngineFailure>> {
  const status = await store.lease(id);
  if (status.state === "held" && status.epoch !== fromEpoch) {
    return err({ reason: "owned", message: `the run ${id} is owned by process ${status.holder?.pid ?? "?"}` });
  }
  let loaded = await loadRun(store, syntax, id);
  if (!loaded) return err(notFound(id));
  const problem = problemOf(store, id, loaded, status);
  // A cancel makes no decision that could kill this process as it killed the owners before.
  const harmless = problem?.kind === "quarantined" && (force || first?.action === "cancel");
  const forced = force === true && problem?.kind === "corrupt";
  if (problem && !harmless && !forced) return err(problemFailure(id, problem));
  const refusal = executes ? store.trust.refusal() : undefined;
  if (refusal !== undefined) return err(untrustedStateFailure(refusal));
  // Another process may have taken over this orphan and finished it. A takeover after the look at the lease above
  // needs no check here: then `acquire` fails.
  if (executes && !first && !force && isFinal(loaded.state))
    return err({ reason: "owned", message: `another process took over the run ${id} and finished it` });
  const lease = await store.acquire(id, status.epoch + 1);
  if (!lease) return err({ reason: "owned", message: `another process took the run ${id} a moment ago` });
  if (forced) {
    const readable = await readableEvents(store, loaded, id);
    if (readable.length === 0) {
      await lease.release();
      const message = `no part of the journal of ${id} is readable`;
      return err({ reason: "damaged", message, hint: "Start its workflow again; its definition is intact." });
    }
    await store.salvage(id, readable);
    loaded = (await loadRun(store, syntax, id))!;
  }
  const journal = store.journal(id, lease);
  const at = Math.max(scheduler.now(), loaded.state.lastAt);
  const { lastBeat } = status;
  const event: JournalEvent = {
    ...{ at, epoch: lease.epoch, type: "lease_taken", pid },
    ...(lastBeat !== undefined && { lastBeat }),
  };
  const written = await journal.append([event]);
  if (!written.ok) {
    journal.close();
    await lease.release();
    return err({ reason: "io_error", message: written.error.message });
  }
  // Events that the previous owner still wrote stand before `lease_taken`, and count.
  await advance(store, id, loaded);
  if (loaded.problem) {
    journal.close();
    await lease.release();
    return err(problemFailure(id, { kind: "corrupt", message: loaded.problem.message }));
  }
  // This process may have been frozen since it took the lease. What runs then is another owner's.
  if (loaded.state.epoch > lease.epoch || !(await holdsNow(lease, scheduler))) {
    journal.close();
    return err({ reason: "owned", message: `another process took over the run ${id} meanwhile` });
  }
  await killOrphans(loaded.plan, loaded.state);
  return ok({ loaded, lease, journal, event });
}
