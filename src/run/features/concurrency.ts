import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";
import { isInProgress } from "../state/state.ts";

/** The concurrency of a run whose workflow has limits. */
interface ConcurrencyState {
  /** By limit: how many of its steps are in progress. */
  readonly used: number[];
}

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** Absent if the workflow has no limits. */
    concurrency?: ConcurrencyState | undefined;
  }
}

/** Concurrency groups: at most so many of these steps run at once, whoever performs them. */
export const concurrency: Feature = {
  initial: () => ({ concurrency: undefined }),
  indexes: ["concurrency"],
  rebuild(plan, state) {
    const { concurrency: groups } = plan;
    state.concurrency = groups && { used: groups.max.map(() => 0) };
    if (groups) for (const index of new Set([...state.running, ...state.claimed])) count(plan, state, index, 1);
  },
  afterStep(plan, state, index, _event, wasInProgress) {
    if (plan.concurrency && isInProgress(state, index) !== wasInProgress)
      count(plan, state, index, wasInProgress ? -1 : 1);
  },
  admission: {
    // A group holds the steps that are under the same limits.
    lane: ({ concurrency: groups }, index) => groups?.groupOf[index] ?? 0,
    open({ concurrency: groups }, state) {
      if (!groups) return undefined;
      const used = [...state.concurrency!.used];
      return (index) => {
        const limits = groups.limits[groups.groupOf[index]! - 1]!;
        if (limits.some((limit) => used[limit]! >= groups.max[limit]!)) return false;
        for (const limit of limits) used[limit]!++;
        return true;
      };
    },
    reason: "a concurrency limit of the workflow is reached",
  },
};

function count({ concurrency: groups }: Plan, state: RunState, index: number, by: 1 | -1): void {
  for (const limit of groups!.limits[groups!.groupOf[index]! - 1] ?? []) state.concurrency!.used[limit]! += by;
}
