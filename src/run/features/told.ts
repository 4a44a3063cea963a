import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";

/** A step that a worker was told about. */
export interface ToldStep {
  readonly index: number;
  /** The role that the worker had. */
  readonly agent: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** The latest steps that each worker was told about, by its name or its first assignment. */
    readonly toldSteps: Record<string, ToldStep[]>;
  }
}

/** After so many milliseconds a worker may have forgotten what it was told: its context may be another. */
const REMEMBERED_MS = 30 * 60_000;
/** So many steps of a worker are remembered: what was told longer ago is told again. */
const MAX_REMEMBERED = 20;

/** What a worker was told once in a run need not be told again. */
export const told: Feature = {
  initial: () => ({ toldSteps: {} }),
  afterStep(_plan, state, index, event) {
    if (event.type !== "step_assigned" || event.runner) return;
    const { worker, chain, assignment, agent } = event;
    const who = worker ?? chain ?? assignment;
    const before = Object.hasOwn(state.toldSteps, who) ? state.toldSteps[who]! : [];
    state.toldSteps[who] = [...before, { index, agent, at: event.at }].slice(-MAX_REMEMBERED);
  },
};

/** What a worker says of itself when it takes a step. Instants in milliseconds since 1970. */
export interface Reader {
  /** The assignment that it has just delivered. */
  readonly after: string | undefined;
  /** What it was told before may be forgotten: its context may be another. */
  readonly forgotBefore: number | undefined;
  readonly now: number;
}

/**
 * Who a worker is, and which steps it was told about. A worker without a name is known by the assignment that it has
 * just delivered.
 */
export function knownWorker(
  state: RunState,
  worker: string | undefined,
  { after, forgotBefore = 0, now }: Reader,
): { readonly chain?: string; readonly told: readonly ToldStep[] } {
  const chain = worker === undefined ? chainOf(state, after) : undefined;
  const who = worker ?? chain;
  const known = who !== undefined && Object.hasOwn(state.toldSteps, who) ? state.toldSteps[who]! : [];
  const since = Math.max(forgotBefore, now - REMEMBERED_MS);
  return { ...(chain !== undefined && { chain }), told: known.filter(({ at }) => at > since) };
}

function chainOf(state: RunState, after: string | undefined): string | undefined {
  const before = after === undefined ? undefined : state.tokens.get(after);
  if (!before) return undefined;
  const { lease } = state.steps[before.index]!;
  return lease?.token === after ? (lease?.chain ?? after) : after;
}
