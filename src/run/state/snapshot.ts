import { Heap } from "../../model/heap.ts";
import type { Plan } from "../../model/plan.ts";
import type { Checkpoint, MessageOutcome, RunState, StepState } from "../../model/run-state.ts";
import { emptyConcurrency } from "./concurrency.ts";
import { extendPlan } from "./expansion.ts";
import { rebuildIndexes } from "./rebuild-indexes.ts";

/** The indexes whose order matters, by their names in a snapshot. */
const ORDERED_SETS = {
  running: "running",
  offered: "offered",
  claimed: "claimed",
  asking: "awaitingAnswers",
  gates: "gates",
} as const;
type SetName = keyof typeof ORDERED_SETS;
const SET_NAMES = Object.keys(ORDERED_SETS) as readonly SetName[];

/**
 * The content of a snapshot: plain JSON without the indexes. They follow from the steps, except for the order of
 * entries.
 */
export function toSnapshot(state: RunState): unknown {
  const {
    running,
    passive,
    awaitingAnswers,
    ready,
    concurrency,
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
  const order = Object.fromEntries(SET_NAMES.map((name) => [name, [...state[ORDERED_SETS[name]]]]));
  const { causes, accepts, tokens } = state;
  return { ...plain, checkpoints, order, causes: [...causes], accepts: [...accepts], tokens: [...tokens] };
}

type StoredState = Omit<RunState, "causes" | "accepts" | "tokens" | "checkpoints"> & {
  readonly causes: [string, MessageOutcome][];
  readonly accepts: [string, MessageOutcome][];
  readonly tokens: [string, { index: number; attempt: number }][];
  readonly order: Readonly<Record<SetName, number[]>>;
  readonly checkpoints: (Omit<Checkpoint, "saved"> & { saved: [number, StepState][] })[];
};

/** The state that `toSnapshot` saved, with its indexes rebuilt. The store has checked that the snapshot is whole. */
export function fromSnapshot(plan: Plan, snapshot: unknown): RunState {
  const { order, ...kept } = snapshot as StoredState;
  extendPlan(plan, kept);
  const state: RunState = {
    ...kept,
    causes: new Map(kept.causes),
    accepts: new Map(kept.accepts),
    tokens: new Map(kept.tokens),
    checkpoints: kept.checkpoints.map((checkpoint) => ({ ...checkpoint, saved: new Map(checkpoint.saved) })),
    ...emptyIndexes(plan),
  };
  rebuildIndexes(plan, state);
  for (const name of SET_NAMES) {
    const set = state[ORDERED_SETS[name]];
    set.clear();
    for (const index of order[name]) set.add(index);
  }
  return state;
}

/** The empty indexes of a state. */
export const emptyIndexes = (plan: Plan) => ({
  running: new Set<number>(),
  passive: new Set<number>(),
  awaitingAnswers: new Set<number>(),
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
