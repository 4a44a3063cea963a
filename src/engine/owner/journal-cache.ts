import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Position, Store } from "../../model/contracts/store.ts";
import { advance, type LoadedRun, loadRun } from "./load-run.ts";

/** How many folded journals stay in memory; the least recently used one is dropped first. */
const MAX_CACHED_JOURNALS = 32;

/** Reads the journals of runs that other processes own, each from the position of its last read. */
export class JournalCache {
  private readonly cached = new Map<string, LoadedRun>();
  /** The reads under way. A second read of the same run waits for the first: both would fold the same events. */
  private readonly reading = new Map<string, Promise<LoadedRun | undefined>>();

  constructor(
    private readonly store: Store,
    private readonly syntax: readonly StepSyntax[],
  ) {}

  /** The run at the end of its journal; `undefined` if there is no such run. */
  read(id: string): Awaitable<LoadedRun | undefined> {
    const before = this.reading.get(id);
    const read = before
      ? before.then(
          () => this.readOn(id),
          () => this.readOn(id),
        )
      : this.readOn(id);
    if (!(read instanceof Promise)) return read;
    const reading = read.finally(() => {
      if (this.reading.get(id) === reading) this.reading.delete(id);
    });
    this.reading.set(id, reading);
    return reading;
  }

  /** Where the journal ended at the latest `read` of the run. */
  positionOf(id: string): Position | undefined {
    return this.cached.get(id)?.position;
  }

  forget(id: string): void {
    this.cached.delete(id);
  }

  private readOn(id: string): Awaitable<LoadedRun | undefined> {
    const known = this.cached.get(id);
    // Removed and inserted again, so that the least recently used run is the first of the map.
    this.cached.delete(id);
    const loading = known ? andThen(advance(this.store, id, known), () => known) : loadRun(this.store, this.syntax, id);
    return andThen(loading, (loaded) => {
      if (loaded) this.keep(id, loaded);
      return loaded;
    });
  }

  private keep(id: string, loaded: LoadedRun): void {
    this.cached.set(id, loaded);
    if (this.cached.size > MAX_CACHED_JOURNALS) this.cached.delete(this.cached.keys().next().value!);
  }
}
