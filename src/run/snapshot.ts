import { Heap } from "../model/data/heap.ts";
import type { Plan } from "../model/plan.ts";
import type { Checkpoint, FeatureState, MessageOutcome, RunState, StepState } from "../model/run-state.ts";
import { FEATURES } from "./features/index.ts";
import { extendPlan } from "./state/expansion.ts";
import type { FeatureTable } from "./state/feature.ts";
import { rebuildIndexes } from "./state/rebuild-indexes.ts";

/** The indexes whose order matters, by their names in a snapshot. Features add theirs. */
const ORDERED_SETS = {
  running: "running",
  offered: "offered",
  claimed: "claimed",
  gates: "gates",
} as const;

/**
 * The content of a snapshot: plain JSON without the indexes. They follow from the steps, except for the order of
 * entries.
 */
export function toSnapshot(state: RunState): unknown {
  const {
    features,
    running,
    passive,
    ready,
    lanes,
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
  for (const name of features.indexes) delete (plain as Partial<FeatureState>)[name];
  const checkpoints = state.checkpoints.map((checkpoint) => ({ ...checkpoint, saved: [...checkpoint.saved] }));
  const order = Object.fromEntries(orderedSets(state).map(([name, set]) => [name, [...set]]));
  const { causes, accepts, tokens } = state;
  return { ...plain, checkpoints, order, causes: [...causes], accepts: [...accepts], tokens: [...tokens] };
}

type StoredState = Omit<RunState, "causes" | "accepts" | "tokens" | "checkpoints"> & {
  readonly causes: [string, MessageOutcome][];
  readonly accepts: [string, MessageOutcome][];
  readonly tokens: [string, { index: number; attempt: number }][];
  readonly order: Readonly<Record<string, number[]>>;
  readonly checkpoints: (Omit<Checkpoint, "saved"> & { saved: [number, StepState][] })[];
};

/** The state that `toSnapshot` saved, with its indexes rebuilt. The store has checked that the snapshot is whole. */
export function fromSnapshot(plan: Plan, snapshot: unknown, features: FeatureTable = FEATURES): RunState {
  const { order, ...kept } = snapshot as StoredState;
  extendPlan(plan, kept);
  const state: RunState = {
    ...kept,
    features,
    causes: new Map(kept.causes),
    accepts: new Map(kept.accepts),
    tokens: new Map(kept.tokens),
    checkpoints: kept.checkpoints.map((checkpoint) => ({ ...checkpoint, saved: new Map(checkpoint.saved) })),
    ...emptyIndexes(),
  };
  for (const [name, value] of Object.entries(initialSlices(features, plan)))
    if (!(name in state)) Object.assign(state, { [name]: value });
  rebuildIndexes(plan, state);
  for (const [name, set] of orderedSets(state)) {
    set.clear();
    for (const index of order[name] ?? []) set.add(index);
  }
  return state;
}

const orderedSets = (state: RunState): [string, Set<number>][] =>
  Object.entries({ ...ORDERED_SETS, ...state.features.sets }).map(([name, field]) => [
    name,
    state[field] as Set<number>,
  ]);

/** What the features add to the state of a new run. */
export const initialSlices = (features: FeatureTable, plan: Plan): FeatureState =>
  Object.assign({}, ...features.initial.map((initial) => initial(plan))) as FeatureState;

/** The empty indexes of a state. */
export const emptyIndexes = () => ({
  running: new Set<number>(),
  passive: new Set<number>(),
  ready: new Heap(),
  lanes: new Map<string, Heap>(),
  offered: new Set<number>(),
  claimed: new Set<number>(),
  delivered: new Heap(),
  leases: new Heap(),
  backoff: new Heap(),
  reoffers: new Heap(),
  gates: new Set<number>(),
  verdicts: new Map(),
});
