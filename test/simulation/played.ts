import type { Message } from "../../src/model/message.ts";
import type { RunState } from "../../src/model/run-state.ts";
import type { Performances } from "./performances.ts";
import type { SimDisk } from "./store.ts";

/** A message whose sender was told that it took effect. */
export interface Acknowledged {
  readonly workflowId: string;
  readonly message: Message;
}

/** What a played scenario leaves behind, for the invariants. */
export interface Played {
  readonly disk: SimDisk;
  readonly performances: Performances;
  readonly acknowledged: readonly Acknowledged[];
  readonly started: string | undefined;
  /** The run as each living process sees it at the end: see `factsOf`. */
  readonly seen: readonly string[];
  readonly log: readonly string[];
  /** What a process logged about Baton's own mistakes. */
  readonly broken: readonly string[];
  /** Whether the run came to its end once the faults had stopped. */
  readonly ended: boolean;
}

/** The part of a run's state that all processes must agree on. */
export const factsOf = ({ status, rev, steps }: RunState): string =>
  JSON.stringify([status, rev, steps.map((step) => [step.status, step.attempt])]);
