import type { Engine } from "../model/contracts/engine.ts";
import type { RunNews } from "../model/contracts/observer.ts";
import { type Scheduler, sleep } from "../model/contracts/scheduler.ts";
import type { Position, Store } from "../model/contracts/store.ts";
import type { JournalEvent } from "../model/event.ts";

/** How long to wait for a change before looking again, in milliseconds. */
const MAX_WAIT_MS = 60_000;
/** How often to look at a run that has a problem: nothing tells when that is over. In milliseconds. */
const PROBLEM_POLL_INTERVAL_MS = 1_000;

interface FollowParts {
  readonly engine: Pick<Engine, "observe" | "changed">;
  readonly store: Store;
  readonly scheduler: Scheduler;
  /** Where the journal of a run ends that `observe` has just shown. */
  readonly positionOf: (id: string) => Position | undefined;
}

/** Follows the journal of a run, whichever process owns it: see `Engine.follow`. */
export async function* followJournal(
  { engine, store, scheduler, positionOf }: FollowParts,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<RunNews, void, void> {
  const first = await positionNow(engine, store, id, positionOf);
  if (!first) return;
  let { position, rev, epoch } = first;
  let events: readonly JournalEvent[] = [];
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const seen = await engine.observe(id);
    if (!seen || signal.aborted) return;
    const { plan, state } = seen;
    if (isFirst || events.length > 0) yield { workflowId: id, events, plan, state };
    if (seen.problem) await sleep(scheduler, PROBLEM_POLL_INTERVAL_MS);
    else await engine.changed(id, rev, MAX_WAIT_MS, signal);
    const page = await store.read(id, position);
    if (!page) return;
    position = page.next;
    events = page.events.filter((event) => {
      // As in `fold`: what an owner with a smaller epoch still wrote does not count.
      if (event.epoch < epoch) return false;
      if (event.type === "lease_taken") epoch = event.epoch;
      return true;
    });
    rev += events.length;
  }
}

/** The end of the journal as it is now, with the revision and the epoch of the run there. */
async function positionNow(
  engine: FollowParts["engine"],
  store: Store,
  id: string,
  positionOf: FollowParts["positionOf"],
): Promise<{ position: Position; rev: number; epoch: number } | undefined> {
  for (;;) {
    const seen = await engine.observe(id);
    if (!seen) return undefined;
    const { rev, epoch } = seen.state;
    const known = seen.owner === "own" ? undefined : positionOf(id);
    const position = known ?? { offset: await store.size(id), events: rev };
    // An owned run may have gone on while its store answered.
    if (known || seen.state.rev === rev) return { position, rev, epoch };
  }
}
