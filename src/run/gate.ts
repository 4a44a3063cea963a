import type { Fact } from "../model/event.ts";
import type { Facts, Plan, StepFacts } from "../model/plan.ts";
import type { RunState } from "./state.ts";

/** The view that expressions have of a run. */
export function factsOf(state: RunState): Facts {
  return {
    parameters: state.parameters,
    context: state.context,
    step(index): StepFacts {
      const step = state.steps[index]!;
      const duration =
        step.startedAt !== undefined && step.endedAt !== undefined ? step.endedAt - step.startedAt : undefined;
      return {
        status: step.status,
        attempt: step.attempt,
        ...(step.output !== undefined && { output: step.output }),
        ...(step.exitCode !== undefined && { exitCode: step.exitCode }),
        ...(duration !== undefined && { duration }),
      };
    },
  };
}

/**
 * Whether a step whose predecessors are all settled may run (SEMANTICS §3). `undefined`: it may; otherwise the fact that
 * settles it: skipped by an edge or its condition, or failed because its condition cannot be evaluated.
 *
 * Explicit edge conditions always hold or fail on their own. An edge without one demands success, unless the step has a
 * condition, which turns such edges into pure ordering.
 */
export function gate(plan: Plan, state: RunState, index: number): Fact | undefined {
  const { id, condition } = plan.workflow.steps[index]!;
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const edge = plan.edges[list[at]!]!;
    const demanded = edge.condition ?? (condition === undefined ? "success" : "always");
    if (demanded === "always") continue;
    const { status } = state.steps[edge.from]!;
    if (status === (demanded === "success" ? "completed" : "failed")) continue;
    const message = `needs ${demanded} of "${plan.workflow.steps[edge.from]!.id}", which is ${status}`;
    return { type: "step_skipped", step: id, reason: "dependency", message };
  }
  const { attempt } = state.steps[index]!;
  const verdict = condition === undefined ? undefined : plan.condition(index, factsOf(state));
  if (verdict && !verdict.ok) return { type: "step_failed", step: id, attempt, ...verdict.error };
  if (!verdict || verdict.value) {
    // Nobody should accept a step only to find that its input cannot be made.
    const rendered = plan.byWorker[index] ? plan.render(index, factsOf(state)) : undefined;
    return rendered && !rendered.ok ? { type: "step_failed", step: id, attempt, ...rendered.error } : undefined;
  }
  return { type: "step_skipped", step: id, reason: "condition", message: `condition is false: ${condition}` };
}
