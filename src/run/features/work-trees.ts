import { z } from "zod";
import { attempt, type EventOf, event, instant } from "../../model/event.ts";
import { Changes } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { LogEntry, RunState } from "../../model/run-state.ts";
import { stopVerifying } from "../state/end-attempt.ts";
import type { Feature } from "../state/feature.ts";
import { indexAssigned } from "../state/indexes.ts";
import { awaitsVerification } from "../state/state.ts";
import { LIVE, unchanged } from "../state/transitions.ts";
import { editStep } from "../state/undo-log.ts";

export const TREE_MOMENTS = ["accept", "delivery"] as const;

/**
 * The work tree when a worker accepted the step, or when it delivered. `tree` is absent if Baton could not take it.
 * `changes`: at a delivery, what the work changed; at a later accept, what earlier workers left changed.
 */
const treeTaken = event("tree_taken", {
  ...attempt,
  moment: z.enum(TREE_MOMENTS),
  tree: z.string().optional(),
  changes: Changes.optional(),
  /** What the delivery says was changed, and was not. */
  falseClaims: z.array(z.string()).optional(),
});
/** The delivery went back to its worker, who may correct it or deliver it again as it is. It uses up no try. */
const deliveryRefused = event("delivery_refused", {
  ...attempt,
  why: z.enum(["files", "plan"]),
  message: z.string(),
  expiresAt: instant,
});

declare module "../../model/event.ts" {
  interface FeatureEvents {
    tree_taken: z.infer<typeof treeTaken>;
    delivery_refused: z.infer<typeof deliveryRefused>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** Baton takes the work tree: the worker has accepted the step, or delivered it. */
    treeing?: (typeof TREE_MOMENTS)[number];
    /** The work tree when the first worker of this piece of work accepted it, as a git tree. */
    treeAccepted?: string;
    /** The work tree at the latest delivery. */
    treeDelivered?: string;
    /** Others held steps of this run at the same time. */
    heldBesides?: true;
    /** What the latest delivery says was changed, and was not. */
    falseClaims?: readonly string[];
    /** For which reasons a delivery went back already. */
    refusals?: readonly EventOf<"delivery_refused">["why"][];
  }
  interface FeatureState {
    /** Steps whose work tree Baton takes. */
    readonly treeing: Set<number>;
  }
}

/** The work tree at accept is compared with that at delivery: what an agent says it changed is compared with it. */
export const workTrees: Feature = {
  events: {
    tree_taken: {
      schema: treeTaken,
      runStatuses: LIVE,
      moves: unchanged("assigned", "reported"),
      fold: foldTaken,
    },
    delivery_refused: {
      schema: deliveryRefused,
      runStatuses: LIVE,
      moves: { reported: ["assigned"] },
      fold: foldRefused,
    },
  },
  underWay: ({ treeing }) => treeing,
  holdsBack: ({ treeing }) => treeing !== undefined,
  initial: () => ({ treeing: new Set() }),
  indexes: ["treeing"],
  rebuild(_plan, state) {
    state.treeing.clear();
    state.steps.forEach((step, index) => {
      if (step.treeing !== undefined && isHeldByWorker(step.status)) state.treeing.add(index);
    });
  },
  afterStep(_plan, state, index, event) {
    if (event.type === "step_assigned" || event.type === "step_reported") {
      if (event.type === "step_assigned") noteSharing(state, index);
      if (!event.capture) return;
      state.steps[index]!.treeing = event.type === "step_assigned" ? "accept" : "delivery";
      state.treeing.add(index);
    } else if (event.type === "delivery_amended" && event.again && state.code) {
      // The files may have changed since the first delivery.
      state.steps[index]!.treeing = "delivery";
      state.treeing.add(index);
    } else if (state.treeing.has(index) && !isHeldByWorker(state.steps[index]!.status)) endTreeing(state, index);
  },
  afterRun(_plan, state, event) {
    if (event.type !== "lease_taken") return;
    // The worker may have begun since, and then the tree would tell nothing of how it was before.
    for (const index of state.treeing) {
      if (state.steps[index]!.treeing !== "accept") continue;
      editStep(state, index);
      endTreeing(state, index);
    }
  },
};

const isHeldByWorker = (status: string): boolean => status === "assigned" || status === "reported";

function endTreeing(state: RunState, index: number): void {
  delete state.steps[index]!.treeing;
  state.treeing.delete(index);
}

/** Once two steps are in workers' hands, each may change what the other is judged by. */
function noteSharing(state: RunState, index: number): void {
  if (!state.code || state.claimed.size < 2) return;
  if (state.claimed.size === 2) for (const other of state.claimed) editStep(state, other).heldBesides = true;
  else editStep(state, index).heldBesides = true;
}

function foldTaken(_plan: Plan, state: RunState, index: number, event: EventOf<"tree_taken">): void {
  const step = state.steps[index]!;
  endTreeing(state, index);
  if (event.moment === "accept") {
    if (step.treeAccepted === undefined && event.tree !== undefined) step.treeAccepted = event.tree;
    else if (event.changes) noteLeftChanges(state, index, event.changes);
    return;
  }
  for (const field of ["treeDelivered", "changes", "falseClaims"] as const) delete step[field];
  if (event.tree !== undefined) step.treeDelivered = event.tree;
  if (event.changes) step.changes = event.changes;
  if (event.falseClaims) step.falseClaims = event.falseClaims;
  if (awaitsVerification(state, index)) state.delivered.push(index, index);
}

/** The latest attempt that ended left these files changed. */
function noteLeftChanges(state: RunState, index: number, changes: Changes): void {
  const at = state.log.findLastIndex((entry) => entry.index === index);
  if (at >= 0) state.log[at] = { ...state.log[at]!, changes } satisfies LogEntry;
}

function foldRefused(plan: Plan, state: RunState, index: number, event: EventOf<"delivery_refused">): void {
  const step = state.steps[index]!;
  stopVerifying(state, index);
  delete step.context;
  step.refusals = [...(step.refusals ?? []), event.why];
  step.error = { reason: "verification_failed", message: event.message };
  step.lease = { ...step.lease!, expiresAt: event.expiresAt, returned: true };
  step.status = "assigned";
  indexAssigned(plan, state, index);
}
