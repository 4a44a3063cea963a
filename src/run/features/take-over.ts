import { z } from "zod";
import { attempt, event, instant } from "../../model/event.ts";
import { refuse } from "../../model/message.ts";
import { endAssignment } from "../state/end-attempt.ts";
import type { Feature } from "../state/feature.ts";
import { clearAssignment } from "../state/indexes.ts";
import { makeReady } from "../state/ready.ts";

/**
 * Another worker takes the step over: its assignment ends. The new assignment follows in the same write. `by`: the name
 * of that worker, if it has one.
 */
const stepTakenOver = event("step_taken_over", { ...attempt, reason: z.string(), by: z.string().optional() });

const takenOver = z.object({ token: z.string(), by: z.string().optional(), reason: z.string(), at: instant });

declare module "../../model/event.ts" {
  interface FeatureEvents {
    step_taken_over: z.infer<typeof stepTakenOver>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** The assignments that others took over, the latest last. */
    takenFrom?: readonly Readonly<z.infer<typeof takenOver>>[];
  }
}

/** A worker takes a step from one that is gone. The rule is in `worker/take-over.ts`. */
export const takeOver: Feature = {
  events: {
    step_taken_over: {
      schema: stepTakenOver,
      runStatuses: ["running"],
      moves: { assigned: ["ready"] },
      fold(plan, state, index, { reason, by, at }) {
        endAssignment(state, index, "taken_over", at, { reason: "taken_over", message: reason });
        const step = state.steps[index]!;
        const { token } = step.lease!;
        step.takenFrom = [...(step.takenFrom ?? []), { token, reason, at, ...(by !== undefined && { by }) }];
        // Nobody fell silent here, so `expiries` stays as it is.
        delete step.lease;
        clearAssignment(state, index);
        makeReady(plan, state, index);
      },
    },
  },
  replyToToken(step, { assignment }, { step: id }) {
    const taken = step.takenFrom?.find(({ token }) => token === assignment);
    if (!taken) return undefined;
    const { by = "another worker", reason, at } = taken;
    const message = `step "${id}" was taken over by ${by} at ${new Date(at).toISOString()}, because: ${reason}. This assignment delivers nothing any more`;
    return refuse("assignment_lost", message);
  },
};
