import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { Journal, Lease } from "../../model/contracts/store.ts";
import type { JournalEvent } from "../../model/event.ts";

/**
 * Why a loop ended. `final`: the run has ended; `lost`: another process owns the run; `left`: this process exits or has
 * no more to do with the run; `broken`: an error in Baton's own code, which must not harm other runs.
 */
export type CloseReason = "final" | "lost" | "left" | "broken";

/**
 * Closes the journal and releases the lease, so that the next owner need not wait.
 * @param last written before, if this process still owns the run. Best effort: a missing event costs a crash count.
 */
export function releaseRun(
  { journal, lease }: { journal: Journal; lease: Lease },
  why: CloseReason,
  last?: JournalEvent,
): Awaitable<void> {
  const written = last && andThen(lease.held(), (held) => (held ? journal.append([last]) : undefined));
  return andThen<unknown, void>(written, () => {
    journal.close();
    // A process that lost the run has no lease to release.
    return why === "lost" ? undefined : lease.release();
  });
}
