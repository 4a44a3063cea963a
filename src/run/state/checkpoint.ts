import type { EventOf, Fact } from "../../model/event.ts";
import { checkpointIdFrom } from "../../model/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { Checkpoint, RunState, StepState } from "../../model/run-state.ts";
import { lastAttemptsById, restoreExpansions } from "./expansion.ts";
import { rebuildIndexes } from "./rebuild-indexes.ts";
import { isHeld, isSettled, waitsForEvent } from "./state.ts";
import { IllegalTransition } from "./transitions.ts";
import { editStep } from "./undo-log.ts";

type Trigger = Checkpoint["trigger"];

/**
 * The event that makes a checkpoint here. Its cost does not grow with the number of checkpoints: each stretch between
 * two keeps a copy of every step that changes.
 * @param ahead how many events come before this one
 */
export function checkpointFact(
  state: RunState,
  trigger: Trigger,
  about: { readonly name?: string | undefined; readonly step?: string } = {},
  ahead = 0,
): Fact {
  return {
    type: "checkpoint_created",
    checkpoint: checkpointIdFrom(state.workflowId, state.rev + ahead),
    trigger,
    ...(about.name !== undefined && { name: about.name }),
    ...(about.step !== undefined && { step: about.step }),
    ...(state.code && { capture: true }),
  };
}

export function checkpointCreated(state: RunState, event: EventOf<"checkpoint_created">): void {
  const { checkpoint: id, trigger, name, step, capture, at } = event;
  const growths = state.growths.flatMap(({ withdrawn }, number) => (withdrawn ? [] : [number]));
  state.checkpoints.push({
    ...{ id, rev: state.rev, at, trigger },
    activeMs: state.activeMs + (state.activeSince === undefined ? 0 : at - state.activeSince),
    ...(name !== undefined && { name }),
    ...(step !== undefined && { step }),
    ...(growths.length > 0 && { growths }),
    saved: new Map(),
  });
  if (capture) state.capturing = [...state.capturing, id];
}

export function checkpointCaptured(
  state: RunState,
  { checkpoint, code, problem }: EventOf<"checkpoint_captured">,
): void {
  state.capturing = state.capturing.filter((id) => id !== checkpoint);
  const known = findCheckpoint(state, checkpoint);
  if (known && code) known.code = code;
  if (known && problem !== undefined) known.problem = problem;
}

/** The undo log of the deleted checkpoint's stretch now belongs to the checkpoint before it. */
export function checkpointDeleted(state: RunState, event: EventOf<"checkpoint_deleted">): void {
  const at = state.checkpoints.indexOf(knownCheckpoint(state, event.checkpoint));
  const [deleted] = state.checkpoints.splice(at, 1);
  state.capturing = state.capturing.filter((id) => id !== event.checkpoint);
  const before = state.checkpoints[at - 1];
  if (before) for (const [index, step] of deleted!.saved) if (!before.saved.has(index)) before.saved.set(index, step);
}

export const findCheckpoint = (state: RunState, id: string): Checkpoint | undefined =>
  state.checkpoints.find((checkpoint) => checkpoint.id === id);

function knownCheckpoint(state: RunState, id: string): Checkpoint {
  const known = findCheckpoint(state, id);
  if (!known) throw new IllegalTransition(`the run has no checkpoint ${id}`);
  return known;
}

/** The steps that were different at a checkpoint, as they were then. */
export function stepsAt(state: RunState, id: string): Map<number, StepState> {
  const steps = new Map<number, StepState>();
  for (let at = state.checkpoints.length - 1; at >= 0; at--) {
    const { saved, id: reached } = state.checkpoints[at]!;
    for (const [index, step] of saved) steps.set(index, step);
    if (reached === id) break;
  }
  return steps;
}

/**
 * Restores the run to a checkpoint and pauses it. A restore is a change like any other, so a later restore can undo
 * it. A step that was in flight then is ready again; work that was done and only waited to finish stays done; open
 * questions stay open. Attempt numbers never go back.
 */
export function runRestored(plan: Plan, state: RunState, { checkpoint }: EventOf<"run_restored">): void {
  const known = knownCheckpoint(state, checkpoint);
  const earlier = stepsAt(state, checkpoint);
  restoreExpansions(plan, state, known);
  const lastAttempts = lastAttemptsById(state);
  for (const [index, was] of earlier) {
    if (plan.discarded[index]) continue;
    const { attempt } = editStep(state, index);
    const last = lastAttempts.get(plan.workflow.steps[index]!.id.toLowerCase()) ?? 0;
    state.steps[index] = { ...was, attempt: Math.max(attempt, was.attempt, last) };
  }
  state.steps.forEach((step, index) => {
    if (isSettled(step) || isHeld(step) || waitsForEvent(step)) return;
    if (step.status === "pending" || (step.status === "ready" && !step.lease)) return;
    const { lease: _, verifying: __, retryAt: ___, ...free } = editStep(state, index);
    state.steps[index] = { ...free, status: "ready" };
  });
  state.activeMs = known.activeMs;
  // A restore of the code may follow, so the recorded code is no longer current.
  for (const id of state.capturing) {
    findCheckpoint(state, id)!.problem = `the run was restored to ${checkpoint} before the code was recorded`;
  }
  state.capturing = [];
  delete state.restoring;
  delete state.stopping;
  delete state.endedAt;
  state.status = "paused";
  state.pause = { reason: "restored", message: `Restored to ${checkpoint}. Resume to continue from there.` };
  rebuildIndexes(plan, state);
}
