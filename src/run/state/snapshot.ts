import type { Plan } from "../../model/plan.ts";
import { emptyConcurrency } from "./concurrency.ts";
import { extendPlan } from "./expansion.ts";
import { Heap } from "./heap.ts";
import { reindex } from "./settle.ts";
import type { Answered, Checkpoint, RunState, StepState } from "./state.ts";

/** The indexes whose order matters. */
const ORDERED = ["running", "offered", "claimed", "asking", "gates"] as const;

/**
 * The content of a snapshot: plain JSON without the indexes. They follow from the steps, except for the order of
 * entries.
 */
export function toSnapshot(state: RunState): unknown {
  const {
    running,
    passive: idle,
    asking,
    ready,
    concurrency: lanes,
    offered,
    claimed,
    delivered,
    leases,
    backoff,
    reoffers,
    gates,
    verdicts,
    ...plain
  } = state;
  const checkpoints = state.checkpoints.map((checkpoint) => ({ ...checkpoint, saved: [...checkpoint.saved] }));
  const sets = { running, offered, claimed, asking, gates };
  const order = Object.fromEntries(ORDERED.map((name) => [name, [...sets[name]]]));
  const { causes, accepts, tokens } = state;
  return { ...plain, checkpoints, order, causes: [...causes], accepts: [...accepts], tokens: [...tokens] };
}

type Frozen = Omit<RunState, "causes" | "accepts" | "tokens" | "checkpoints"> & {
  readonly causes: [string, Answered][];
  readonly accepts: [string, Answered][];
  readonly tokens: [string, { index: number; attempt: number }][];
  readonly order: Readonly<Record<(typeof ORDERED)[number], number[]>>;
  readonly checkpoints: (Omit<Checkpoint, "saved"> & { saved: [number, StepState][] })[];
};

/** The state that `freeze` saved, with its indexes rebuilt. The store has checked that the snapshot is whole. */
export function revive(plan: Plan, frozen: unknown): RunState {
  const { order, ...kept } = frozen as Frozen;
  extendPlan(plan, kept);
  const state: RunState = {
    ...kept,
    causes: new Map(kept.causes),
    accepts: new Map(kept.accepts),
    tokens: new Map(kept.tokens),
    checkpoints: kept.checkpoints.map((checkpoint) => ({ ...checkpoint, saved: new Map(checkpoint.saved) })),
    ...noIndexes(plan),
  };
  reindex(plan, state);
  for (const name of ORDERED) {
    state[name].clear();
    for (const index of order[name]) state[name].add(index);
  }
  return state;
}

/** The empty indexes of a state. */
export const noIndexes = (plan: Plan) => ({
  running: new Set<number>(),
  passive: new Set<number>(),
  asking: new Set<number>(),
  ready: new Heap(),
  concurrency: emptyConcurrency(plan),
  offered: new Set<number>(),
  claimed: new Set<number>(),
  delivered: new Heap(),
  leases: new Heap(),
  backoff: new Heap(),
  reoffers: new Heap(),
  gates: new Set<number>(),
  verdicts: new Map(),
});
