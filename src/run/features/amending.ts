import { z } from "zod";
import { attempt, type EventOf, event } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { Json } from "../../model/workflow.ts";
import { reachGate } from "../state/evaluate-gates.ts";
import type { Feature } from "../state/feature.ts";
import { clearAssignment, pruneHeaps } from "../state/indexes.ts";
import { recountEdges } from "../state/settle.ts";
import { isSettled } from "../state/state.ts";
import { LIVE } from "../state/transitions.ts";
import { editStep } from "../state/undo-log.ts";

/** The worker corrects its delivery before anybody used it. `again`: Baton has to check it again. */
const deliveryAmended = event("delivery_amended", {
  ...attempt,
  output: Json.optional(),
  again: z.boolean().optional(),
});

declare module "../../model/event.ts" {
  interface FeatureEvents {
    delivery_amended: z.infer<typeof deliveryAmended>;
  }
}

/** A worker corrects what it delivered. The rule is in `worker/amend.ts`. */
export const amending: Feature = {
  events: {
    delivery_amended: {
      schema: deliveryAmended,
      runStatuses: LIVE,
      moves: { reported: ["reported"], completed: ["completed", "reported"], running: ["running", "reported"] },
      fold: foldAmended,
    },
  },
};

function foldAmended(plan: Plan, state: RunState, index: number, event: EventOf<"delivery_amended">): void {
  const { output, again } = event;
  if (output === undefined) return;
  const step = state.steps[index]!;
  step.output = output;
  if (again) reopen(plan, state, index);
  for (const reader of readersOf(plan, index)) judgeAgain(plan, state, reader, again === true);
  pruneHeaps(plan, state);
}

/** The steps that may read the output: those whose start waits for the finish of the step. */
export function readersOf(plan: Plan, index: number): Set<number> {
  const { offsets, list } = plan.successors;
  const readers = new Set<number>();
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to, type } = plan.edges[list[at]!]!;
    if (type === "finish_to_start") readers.add(to);
  }
  return readers;
}

/** The delivery waits for its checks once more, as if its worker had only now delivered it. */
function reopen(plan: Plan, state: RunState, index: number): void {
  const step = state.steps[index]!;
  if (isSettled(step)) {
    state.unsettled++;
    // The attempt ends with the new verdict.
    const line = state.log.findLastIndex((line) => line.index === index);
    state.log.splice(line, 1);
  }
  for (const field of ["endedAt", "heldAt", "evidence", "checks", "note"] as const) delete step[field];
  delete step.verifying;
  state.running.delete(index);
  state.verdicts.delete(index);
  step.status = "reported";
  state.claimed.add(index);
  state.delivered.push(index, index);
  const { offsets, list } = plan.successors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { to } = plan.edges[list[at]!]!;
    if (!isSettled(state.steps[to]!)) recountEdges(plan, state, to);
  }
}

/** A step that was ready by the old output is so no more: its condition and its input are made of the new one. */
function judgeAgain(plan: Plan, state: RunState, reader: number, waits: boolean): void {
  const step = editStep(state, reader);
  if (step.status !== "ready" && step.status !== "pending") return;
  step.status = "pending";
  clearAssignment(state, reader);
  state.gates.delete(reader);
  state.verdicts.delete(reader);
  if (!waits && step.unsettledEdges === 0) reachGate(plan, state, reader);
}
