import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import { advance, type Loaded, loadRun } from "./load-run.ts";

/** Folded journals that are kept at hand, the latest used. */
const KEPT = 32;

/** Reads the journals of runs that other processes own, each only from where it was left. */
export class JournalReader {
  private readonly kept = new Map<string, Loaded>();

  constructor(
    private readonly store: Store,
    private readonly syntax: readonly StepSyntax[],
  ) {}

  /** The run as far as its journal goes now; `undefined` if there is none. */
  read(id: string): Loaded | undefined {
    const known = this.kept.get(id);
    // Taken out and put back, so that the least used one is the first.
    this.kept.delete(id);
    if (known) advance(this.store, id, known);
    const loaded = known ?? loadRun(this.store, this.syntax, id);
    if (!loaded) return undefined;
    this.kept.set(id, loaded);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    return loaded;
  }

  forget(id: string): void {
    this.kept.delete(id);
  }
}
