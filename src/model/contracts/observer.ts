import type { JournalEvent } from "../event.ts";
import type { Plan } from "../plan.ts";
import type { RunState } from "../run-state.ts";

/** What has happened to a run. */
export interface RunNews {
  readonly workflowId: string;
  /** In the order of the journal, which holds them. */
  readonly events: readonly JournalEvent[];
  readonly plan: Plan;
  /** The run after these events, or later. It belongs to the engine: read it before the next turn, do not change it. */
  readonly state: RunState;
  /** How many events before these were left out, because the observer was too slow. Absent: none. */
  readonly missed?: number;
}

/**
 * Learns of the events of all runs that this process owns, each once the journal holds it. It never delays or breaks a
 * run: it is called in later turns, Baton logs what it throws, and no run waits for its promise. A call begins when the
 * promise of the call before has settled.
 */
export interface Observer {
  /** For the log. */
  readonly name: string;
  notice(news: RunNews): void | Promise<void>;
}
