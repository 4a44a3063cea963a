import type { WouldRun } from "../../model/view.ts";

/** What there is to trust. */
export interface TrustView {
  readonly state: string;
  readonly runs: readonly { readonly workflowId: string; readonly name: string; readonly why: string }[];
  /** For a run: what Baton would execute of it. */
  readonly wouldRun?: readonly WouldRun[];
  /** For a directory: what its `config.json` sets. Absent if it has none, or if it counts already. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Why Baton executes nothing from here even so. */
  readonly refusal?: string;
  /** Whether it was done. */
  readonly trusted: boolean;
}
