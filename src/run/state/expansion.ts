import type { Expansion, Plan } from "../../model/plan.ts";
import type { Checkpoint, RunState } from "../../model/run-state.ts";
import { clearAssignment, rebuildLanes } from "./indexes.ts";
import { recountEdges } from "./settle.ts";
import { isSettled, newStep } from "./state.ts";
import { editStep } from "./undo-log.ts";

type NewSteps = Pick<Expansion, "steps" | "dependencies">;

/**
 * Adds the steps that a parent was expanded into. Those that existed under the same id continue its attempt numbers.
 */
export function addSteps(plan: Plan, state: RunState, index: number, { steps, dependencies }: NewSteps): void {
  // Left over from an owner that died while it recorded that the step is completed.
  discardExpansionsOf(plan, state, [index]);
  const { id: step } = plan.workflow.steps[index]!;
  const first = state.steps.length;
  const attempts = lastAttemptsById(state);
  state.growths = [...state.growths, { step, first, steps, dependencies }];
  extendPlan(plan, state);
  steps.forEach(({ id }, at) => {
    state.steps.push(newStep(plan, first + at, attempts.get(id.toLowerCase())));
  });
  state.unsettled += steps.length;
  for (let at = first; at < state.steps.length; at++) recountEdges(plan, state, at);
  recountSuccessors(plan, state, index);
}

/**
 * Discards the steps that these parents were expanded into. Their indices stay taken, since the journal and
 * checkpoints refer to them.
 */
export function discardExpansionsOf(plan: Plan, state: RunState, indices: readonly number[]): void {
  if (state.growths.every(({ withdrawn }) => withdrawn)) return;
  const from = new Set(indices.map((index) => plan.workflow.steps[index]!.id));
  const discarded = state.growths.filter(({ step, withdrawn }) => !withdrawn && from.has(step));
  if (discarded.length === 0) return;
  for (const growth of discarded) discardExpansion(state, growth);
  state.growths = state.growths.map((growth) => (discarded.includes(growth) ? { ...growth, withdrawn: true } : growth));
  extendPlan(plan, state);
  for (const { step } of discarded) recountSuccessors(plan, state, plan.indexOf.get(step)!);
}

/** Takes over the expansions of a checkpoint: later ones are discarded, and ones discarded since exist again. */
export function restoreExpansions(plan: Plan, state: RunState, checkpoint: Checkpoint): void {
  if (state.growths.length === 0) return;
  const then = new Set(checkpoint.growths);
  state.growths.forEach((growth, number) => {
    if (!growth.withdrawn && !then.has(number)) discardExpansion(state, growth);
  });
  state.growths = withOnly(state.growths, then);
  extendPlan(plan, state);
}

const withOnly = (growths: readonly Expansion[], numbers: ReadonlySet<number>): Expansion[] =>
  growths.map(({ withdrawn: _, ...growth }, number) => (numbers.has(number) ? growth : { ...growth, withdrawn: true }));

/** The plan as it was at a checkpoint. The run's own plan does not change. */
export const planAt = (plan: Plan, state: RunState, checkpoint: Checkpoint): Plan =>
  state.growths.length === 0 ? plan : plan.withExpansions(withOnly(state.growths, new Set(checkpoint.growths)));

/** By id, ignoring case: the last attempt of any step that ever had it. Log files are named by both. */
export function lastAttemptsById(state: RunState): ReadonlyMap<string, number> {
  const attempts = new Map<string, number>();
  for (const { first, steps } of state.growths) {
    steps.forEach(({ id }, at) => {
      const key = id.toLowerCase();
      attempts.set(key, Math.max(attempts.get(key) ?? 0, state.steps[first + at]!.attempt));
    });
  }
  return attempts;
}

/** A discarded step blocks no other step: it is settled and empty, except for its last attempt. */
function discardExpansion(state: RunState, { first, steps }: Expansion): void {
  for (let index = first; index < first + steps.length; index++) {
    const step = editStep(state, index);
    if (!isSettled(step)) state.unsettled--;
    const { attempt } = step;
    state.steps[index] = { status: "skipped", attempt, failures: 0, crashes: 0, unsettledEdges: 0 };
    clearAssignment(state, index);
    state.verdicts.delete(index);
    state.gates.delete(index);
  }
}

/** Extends the plan by the expansions. It stays the same object, because observers of the run hold it. */
export function extendPlan(plan: Plan, state: Pick<RunState, "growths">): void {
  if (plan.expansions.length > 0 || state.growths.length > 0) Object.assign(plan, plan.withExpansions(state.growths));
}

function recountSuccessors(plan: Plan, state: RunState, index: number): void {
  const { offsets, list } = plan.successors;
  const successors = new Set<number>();
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) successors.add(plan.edges[list[at]!]!.to);
  for (const to of successors) recountEdges(plan, state, to);
  rebuildLanes(plan, state);
}
