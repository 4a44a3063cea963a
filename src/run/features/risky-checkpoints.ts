import { checkpointFact } from "../state/checkpoint.ts";
import type { Feature } from "../state/feature.ts";
import { isSettled } from "../state/state.ts";

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** The risky step that a checkpoint was already made for. */
    readied?: number;
  }
}

/** A step that is `risky` starts only once a checkpoint is made, to which the run can be restored. */
export const riskyCheckpoints: Feature = {
  beforeStart(plan, state, index, ahead) {
    const { id, risky } = plan.workflow.steps[index]!;
    return risky && state.readied !== index ? checkpointFact(state, "risky", { step: id }, ahead) : undefined;
  },
  afterStep(_plan, state, index) {
    if (state.readied === index && isSettled(state.steps[index]!)) delete state.readied;
  },
  afterRun(plan, state, event) {
    if (event.type === "checkpoint_created" && event.trigger === "risky")
      state.readied = plan.indexOf.get(event.step!)!;
    else if (state.readied !== undefined && (startsOver(event.type) || isSettled(state.steps[state.readied]!)))
      delete state.readied;
  },
};

/** Whether steps that had started may start over after such an event. */
const startsOver = (type: string): boolean => type === "run_restarted" || type === "run_restored";
