import { z } from "zod";
import { attempt, type EventOf, event, type Fact, instant } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { stopVerifying } from "../state/end-attempt.ts";
import type { Feature } from "../state/feature.ts";
import { LIVE, unchanged } from "../state/transitions.ts";
import { editStep } from "../state/undo-log.ts";

/** A check failed while others worked in the same work tree. It counts only if it fails again, at the latest then. */
const verificationDeferred = event("verification_deferred", { ...attempt, until: instant, message: z.string() });
/** The others have delivered, or the time is over. */
const verificationResumed = event("verification_resumed", attempt);

declare module "../../model/event.ts" {
  interface FeatureEvents {
    verification_deferred: z.infer<typeof verificationDeferred>;
    verification_resumed: z.infer<typeof verificationResumed>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** Its checks run once more: `deferredUntil` then at the latest, or already. */
    rechecking?: { readonly deferredUntil?: number };
  }
  interface FeatureState {
    /** Deliveries whose checks wait until others have delivered. */
    readonly deferred: Set<number>;
    /** Deliveries whose checks run once more. */
    readonly rechecked: Set<number>;
  }
}

/** How long a failed check waits for others that work in the same work tree, in milliseconds. */
const MAX_DEFERRAL_MS = 300_000;

/** What failed only because somebody else was in the middle of a change is no failure (SEMANTICS §7). */
export const rechecks: Feature = {
  events: {
    verification_deferred: {
      schema: verificationDeferred,
      runStatuses: LIVE,
      moves: unchanged("reported"),
      fold: (_plan, state, index, event) => foldDeferred(state, index, event),
    },
    verification_resumed: {
      schema: verificationResumed,
      runStatuses: LIVE,
      moves: unchanged("reported"),
      fold(_plan, state, index) {
        state.steps[index]!.rechecking = {};
        state.deferred.delete(index);
        state.rechecked.add(index);
        state.delivered.push(index, index);
      },
    },
  },
  holdsBack: ({ rechecking }) => rechecking?.deferredUntil !== undefined,
  initial: () => ({ deferred: new Set(), rechecked: new Set() }),
  indexes: ["deferred", "rechecked"],
  rebuild(_plan, state) {
    state.deferred.clear();
    state.rechecked.clear();
    state.steps.forEach(({ status, rechecking }, index) => {
      if (status !== "reported" || !rechecking) return;
      (rechecking.deferredUntil === undefined ? state.rechecked : state.deferred).add(index);
    });
  },
  afterStep(_plan, state, index) {
    if (!state.deferred.has(index) && !state.rechecked.has(index)) return;
    const step = state.steps[index]!;
    if (step.status === "reported") return;
    delete step.rechecking;
    state.deferred.delete(index);
    state.rechecked.delete(index);
  },
  afterRun(_plan, state, event) {
    if (event.type !== "run_restored") return;
    state.steps.forEach((step, index) => {
      if (step.rechecking && step.status !== "reported") delete editStep(state, index).rechecking;
    });
  },
  timer: nextResumption,
};

function foldDeferred(state: RunState, index: number, { until }: EventOf<"verification_deferred">): void {
  stopVerifying(state, index);
  state.steps[index]!.rechecking = { deferredUntil: until };
  state.deferred.add(index);
}

/** The delivery whose checks run again next: at once if nobody else works, else when its time is over. */
function nextResumption(plan: Plan, state: RunState): { at: number; fact: Fact } | undefined {
  if (state.deferred.size === 0) return undefined;
  let first: number | undefined;
  for (const index of state.deferred) if (first === undefined || isBefore(state, index, first)) first = index;
  const { id: step } = plan.workflow.steps[first!]!;
  const { attempt, rechecking } = state.steps[first!]!;
  const at = othersWork(state) ? rechecking!.deferredUntil! : state.lastAt;
  return { at, fact: { type: "verification_resumed", step, attempt } };
}

function isBefore({ steps }: RunState, index: number, other: number): boolean {
  const [a, b] = [steps[index]!.rechecking!.deferredUntil!, steps[other]!.rechecking!.deferredUntil!];
  return a < b || (a === b && index < other);
}

/** Whether a worker has a step that it has not delivered. */
function othersWork({ claimed, steps }: RunState): boolean {
  for (const index of claimed) if (steps[index]!.status === "assigned") return true;
  return false;
}

/** What follows from a check that failed while others may have been in the middle of a change; else `undefined`. */
export function deferral(
  state: RunState,
  index: number,
  message: string,
  now: number,
  step: string,
): Fact[] | undefined {
  const { changes, rechecking, attempt } = state.steps[index]!;
  if (!changes?.shared || rechecking !== undefined || state.stopping) return undefined;
  return [{ type: "verification_deferred", step, attempt, until: now + MAX_DEFERRAL_MS, message }];
}
