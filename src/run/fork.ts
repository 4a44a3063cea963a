import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { stepsAt } from "./checkpoint.ts";
import type { RunState, StepState } from "./state.ts";

type Copy = Extract<Fact, { type: "step_copied" }>;

/**
 * The finished steps of a run, as events of a new one: of now, or of a checkpoint. A step is copied only if all that it waited for is, so that
 * nothing that runs again can come before something that does not. What failed, was cancelled or was in flight is to be done again.
 */
export function copiesOf(plan: Plan, state: RunState, checkpoint: string | undefined): Copy[] {
  const were = checkpoint === undefined ? new Map<number, StepState>() : stepsAt(state, checkpoint);
  const waiting = new Int32Array(plan.size);
  const queue: number[] = [];
  for (let index = 0; index < plan.size; index++) {
    const { offsets } = plan.predecessors;
    waiting[index] = offsets[index + 1]! - offsets[index]!;
    if (waiting[index] === 0) queue.push(index);
  }
  const copies: Copy[] = [];
  for (let at = 0; at < queue.length; at++) {
    const index = queue[at]!;
    const step = were.get(index) ?? state.steps[index]!;
    if (step.status !== "completed" && step.status !== "skipped") continue;
    copies.push(copyOf(plan.workflow.steps[index]!.id, step, step.status));
    const { offsets, list } = plan.successors;
    for (let edge = offsets[index]!; edge < offsets[index + 1]!; edge++) {
      const { to } = plan.edges[list[edge]!]!;
      if (--waiting[to]! === 0) queue.push(to);
    }
  }
  return copies;
}

/** A settled step, as an event of another run. */
export function copyOf(step: string, state: StepState, status: Copy["status"]): Copy {
  const { attempt, output, exitCode, evidence, context, startedAt, endedAt, skipped, lease, error } = state;
  return {
    ...{ type: "step_copied", step, attempt, status },
    ...(output !== undefined && { output }),
    ...(exitCode !== undefined && { exitCode }),
    ...(evidence && { evidence }),
    ...(lease && { assignment: lease.token, agent: lease.agent }),
    ...(lease?.worker !== undefined && { worker: lease.worker }),
    ...(context && { context }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(skipped !== undefined && { message: skipped }),
    ...(error && { reason: error.reason, message: error.message }),
  };
}
