import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import { advance, type LoadedRun, loadRun } from "./load-run.ts";

/** How many folded journals stay in memory; the least recently used one is dropped first. */
const MAX_CACHED_JOURNALS = 32;

/** Reads the journals of runs that other processes own, each from the position of its last read. */
export class JournalCache {
  private readonly cached = new Map<string, LoadedRun>();

  constructor(
    private readonly store: Store,
    private readonly syntax: readonly StepSyntax[],
  ) {}

  /** The run at the end of its journal; `undefined` if there is no such run. */
  read(id: string): LoadedRun | undefined {
    const known = this.cached.get(id);
    // Removed and inserted again, so that the least recently used run is the first of the map.
    this.cached.delete(id);
    if (known) advance(this.store, id, known);
    const loaded = known ?? loadRun(this.store, this.syntax, id);
    if (!loaded) return undefined;
    this.cached.set(id, loaded);
    if (this.cached.size > MAX_CACHED_JOURNALS) this.cached.delete(this.cached.keys().next().value!);
    return loaded;
  }

  forget(id: string): void {
    this.cached.delete(id);
  }
}
