import { isRecord } from "../../model/json.ts";
import { isNamedSchema } from "../../model/named-schemas.ts";
import { CONFIRM_BELOW } from "../../model/worker.ts";
import type { Step } from "../../model/workflow.ts";

/** Steps whose plans wait for the user below this confidence, unless the step itself sets a limit. */
export const withPlanLimit = (steps: readonly Step[], limit: number): readonly Step[] =>
  limit === CONFIRM_BELOW
    ? steps
    : steps.map((step) =>
        makesPlan(step) && step.config.confirmBelow === undefined
          ? { ...step, config: { ...step.config, confirmBelow: limit } }
          : step,
      );

const makesPlan = ({ config: { output } }: Step): boolean => isRecord(output) && isNamedSchema(output, "plan");
