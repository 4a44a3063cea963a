import type { StepFact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { StepStatus } from "../model/run.ts";
import type { RunState, StepState } from "../model/run-state.ts";
import { findCheckpoint, stepsAt } from "./state/checkpoint.ts";
import { planAt } from "./state/expansion.ts";

type Copy = Extract<StepFact, { type: "step_copied" }>;
/**
 * Returns the finished steps of a run as events of a new run, as they are now or were at a checkpoint. A step is
 * copied only if everything it waited for is copied, so no step that runs again precedes a copied one. Failed,
 * cancelled and running steps are to be done again. What features keep of any step, such as answers, comes before its
 * copy. Expanded steps of a copied parent come first, so every copy has its place.
 */
export function factsOfFork(current: Plan, state: RunState, checkpoint: string | undefined): StepFact[] {
  const earlier = checkpoint === undefined ? new Map<number, StepState>() : stepsAt(state, checkpoint);
  const position = checkpoint === undefined ? undefined : findCheckpoint(state, checkpoint)!;
  const plan = position ? planAt(current, state, position) : current;
  const until = position?.at ?? state.lastAt;
  const stepOf = (index: number) => earlier.get(index) ?? state.steps[index]!;
  const reruns = plan.discarded.slice();
  const queue: number[] = [];
  const rerun = (index: number) => {
    if (reruns[index]) return;
    reruns[index] = 1;
    queue.push(index);
  };
  for (let index = 0; index < plan.size; index++) if (!isCopied(stepOf(index).status)) rerun(index);
  const { offsets, list } = plan.successors;
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) rerun(plan.edges[list[at]!]!.to);
  }
  const expansions = plan.expansions.filter(({ step, withdrawn }) => !withdrawn && !reruns[plan.indexOf.get(step)!]);
  const defined = plan.expansions[0]?.first ?? plan.size;
  const exists = (index: number) =>
    index < defined || expansions.some(({ first, steps }) => index >= first && index < first + steps.length);
  const growths = expansions.map(({ step, steps, dependencies }): StepFact => {
    const { attempt } = stepOf(plan.indexOf.get(step)!);
    return { type: "steps_grown", step, attempt, steps: [...steps], dependencies: [...dependencies] };
  });
  const copies = plan.workflow.steps.flatMap(({ id }, index): StepFact[] => {
    if (!exists(index)) return [];
    const step = stepOf(index);
    const kept = state.features.keptByFork.flatMap((keptByFork) => keptByFork(id, step, state, until) ?? []);
    return !reruns[index] && isCopied(step.status) ? [...kept, copyFact(id, step, step.status)] : kept;
  });
  return [...growths, ...copies];
}

const isCopied = (status: StepStatus): status is "completed" | "skipped" =>
  status === "completed" || status === "skipped";

/** A settled step as an event of another run. */
export function copyFact(step: string, stepState: StepState, status: Copy["status"]): Copy {
  const { attempt, output, exitCode, evidence, context, startedAt, heldAt, endedAt, skipped, lease, error } = stepState;
  const { note, baseline, checks, changes } = stepState;
  return {
    ...{ type: "step_copied", step, attempt, status },
    ...(output !== undefined && { output }),
    ...(exitCode !== undefined && { exitCode }),
    ...(evidence && { evidence }),
    ...(note !== undefined && { note }),
    ...(baseline && { baseline }),
    ...(checks && { checks: [...checks] }),
    ...(changes && { changes }),
    ...(lease && { assignment: lease.token, agent: lease.agent }),
    ...(lease?.worker !== undefined && { worker: lease.worker }),
    ...(context && { context }),
    ...(startedAt !== undefined && { startedAt }),
    ...(heldAt !== undefined && { heldAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(skipped !== undefined && { message: skipped }),
    ...(error && { reason: error.reason, message: error.message }),
  };
}
