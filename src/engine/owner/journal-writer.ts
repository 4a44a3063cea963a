import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { AppendFailure, Journal } from "../../model/contracts/store.ts";
import { ok, type Result } from "../../model/data/result.ts";
import type { JournalEvent } from "../../model/event.ts";

const WRITTEN = ok(undefined);

/** Writes the events of one owned run, and knows when the state in memory is ahead of the journal. */
export class JournalWriter {
  /** Why the journal cannot be written at the moment. */
  failure: AppendFailure | undefined;
  private pending: Promise<unknown> | undefined;

  constructor(private readonly journal: Journal) {}

  append(events: readonly JournalEvent[]): Awaitable<Result<void, AppendFailure>> {
    if (events.length === 0) return WRITTEN;
    return this.ahead(
      andThen(this.journal.append(events), (written) => {
        if (written.ok) this.failure = undefined;
        return written;
      }),
    );
  }

  /** The state in memory is ahead of the journal until this work is done. */
  ahead<T>(work: Awaitable<T>): Awaitable<T> {
    if (!(work instanceof Promise)) return work;
    const done = work.finally(() => {
      if (this.pending === done) this.pending = undefined;
    });
    this.pending = done;
    return done;
  }

  /** Resolves once the journal holds all that the state in memory shows: at once, unless the store is still writing. */
  async settled(): Promise<void> {
    while (this.pending) await this.pending.catch(() => {});
  }
}
