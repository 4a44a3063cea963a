import type { Plan } from "../model/plan.ts";
import { gate } from "./gate.ts";
import { Heap } from "./heap.ts";
import type { RunState } from "./state.ts";

/** What a snapshot holds of a state: plain JSON, without the indexes, which follow from the steps. */
export function freeze(state: RunState): unknown {
  const { running, ready, backoff, verdicts, causes, ...plain } = state;
  return { ...plain, causes: [...causes] };
}

/** The state that `freeze` made, with its indexes again. The snapshot comes from the store, which checked that it is whole. */
export function revive(plan: Plan, frozen: unknown): RunState {
  const { causes, ...plain } = frozen as Omit<RunState, "causes"> & { causes: [string, object][] };
  const state: RunState = {
    ...plain,
    causes: new Map(causes),
    running: new Set(),
    ready: new Heap(),
    backoff: new Heap(),
    verdicts: new Map(),
  };
  state.steps.forEach((step, index) => {
    if (step.status === "running") state.running.add(index);
    else if (step.status === "ready") state.ready.push(index, index);
    else if (step.status === "waiting") state.backoff.push(index, step.retryAt!);
    else if (step.status === "pending" && step.unsettledEdges === 0)
      state.verdicts.set(index, gate(plan, state, index)!);
  });
  return state;
}
