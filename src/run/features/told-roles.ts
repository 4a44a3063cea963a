import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** Which workers were told which roles. A key is a worker's name, or its first assignment, and the role. */
    readonly toldRoles: Record<string, true>;
  }
}

/** A worker is told its role once. Its later assignments only name it. */
export const toldRoles: Feature = {
  initial: () => ({ toldRoles: {} }),
  afterStep(_plan, state, _index, event) {
    if (event.type !== "step_assigned" || event.runner) return;
    const { worker, chain, assignment, agent } = event;
    state.toldRoles[keyOf(worker ?? chain ?? assignment, agent)] = true;
  },
};

/**
 * What an assignment says of its worker. A worker without a name is known by the assignment that it has just delivered.
 * @param after that assignment
 */
export function roleFacts(
  state: RunState,
  agent: string,
  worker: string | undefined,
  after: string | undefined,
): { readonly chain?: string; readonly roleKnown?: true } {
  const chain = worker === undefined ? chainOf(state, after) : undefined;
  const who = worker ?? chain;
  const known = who !== undefined && Object.hasOwn(state.toldRoles, keyOf(who, agent));
  return { ...(chain !== undefined && { chain }), ...(known && { roleKnown: true }) };
}

function chainOf(state: RunState, after: string | undefined): string | undefined {
  const before = after === undefined ? undefined : state.tokens.get(after);
  if (!before) return undefined;
  const { lease } = state.steps[before.index]!;
  return lease?.token === after ? (lease?.chain ?? after) : after;
}

const keyOf = (worker: string, agent: string): string => `${worker}\n${agent}`;
