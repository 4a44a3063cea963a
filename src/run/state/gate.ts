import type { Fact } from "../../model/event.ts";
import type { Edge, Facts, Plan, StepFacts } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { operationInputFailure } from "./operation-input.ts";
import { isSettled } from "./state.ts";

/** What expressions see of a run. */
export function factsOf(state: RunState): Facts {
  return {
    parameters: state.parameters,
    context: state.context,
    step(index): StepFacts {
      const step = state.steps[index]!;
      const doneAt = step.heldAt ?? step.endedAt;
      const duration = step.startedAt !== undefined && doneAt !== undefined ? doneAt - step.startedAt : undefined;
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
 * Whether the endpoint that an edge waits for is reached. It also counts as reached if a settled step never started.
 */
export function isEdgeReached(state: RunState, { from, type }: Edge): boolean {
  const before = state.steps[from]!;
  return isSettled(before) || (EDGE_ENDPOINTS[type].after === "start" && before.startedAt !== undefined);
}

/**
 * Why the edges of one endpoint of a step do not allow it, now that everything they wait for has happened; `undefined`
 * if they allow it.
 *
 * An explicit edge condition holds or fails on its own. An edge without one requires success, unless the step has a
 * condition: then such edges only order. The start of a step is a success once it has come, and a failure once it can
 * never come.
 */
function unmetDependency(plan: Plan, state: RunState, index: number, endpoint: Endpoint): string | undefined {
  const { steps } = plan.workflow;
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { from, type, condition } = plan.edges[list[at]!]!;
    const { after, holds } = EDGE_ENDPOINTS[type];
    const required = condition ?? (steps[index]!.condition === undefined ? "success" : "always");
    if (holds !== endpoint || required === "always") continue;
    const { status, startedAt } = state.steps[from]!;
    const { id } = steps[from]!;
    if (after === "start") {
      const started = startedAt !== undefined;
      if (started === (required === "success")) continue;
      return started ? `needs "${id}" never to start, and it did` : `needs the start of "${id}", which is ${status}`;
    }
    if (status !== (required === "success" ? "completed" : "failed")) {
      return `needs ${required} of "${id}", which is ${status}`;
    }
  }
  return undefined;
}

/** Whether a step's gate has an expression to evaluate: a condition, or the input of a worker's step. */
export const hasGateExpression = (plan: Plan, index: number): boolean =>
  plan.workflow.steps[index]!.condition !== undefined || plan.byWorker[index] === 1;

/**
 * Whether a step whose start waits for nothing may run (SEMANTICS §3). `undefined` if it may. Otherwise the fact that
 * settles it: skipped by an edge or its condition, or failed because its condition cannot be evaluated.
 */
export function gateVerdict(plan: Plan, state: RunState, index: number): Fact | undefined {
  const { id, condition } = plan.workflow.steps[index]!;
  const message = unmetDependency(plan, state, index, "start");
  if (message !== undefined) return { type: "step_skipped", step: id, reason: "dependency", message };
  const { attempt } = state.steps[index]!;
  const verdict = condition === undefined ? undefined : plan.condition(index, factsOf(state));
  if (verdict && !verdict.ok) return { type: "step_failed", step: id, attempt, ...verdict.error };
  if (!verdict || verdict.value) {
    // No worker should accept a step and only then learn that its input cannot be made, or is wrong.
    const rendered = plan.byWorker[index] ? plan.render(index, factsOf(state)) : undefined;
    if (rendered === undefined) return undefined;
    const failure = rendered.ok ? operationInputFailure(state, rendered.value.config) : rendered.error;
    return failure && { type: "step_failed", step: id, attempt, ...failure };
  }
  return { type: "step_skipped", step: id, reason: "condition", message: `condition is false: ${condition}` };
}

type Completed = Extract<Fact, { type: "step_completed" }>;

/**
 * What follows when the work of a step is done: the step completes, or it is held until it may finish. If what it
 * waits for did not happen as required, its work does not count.
 */
export function finishFact(plan: Plan, state: RunState, index: number, completed: Completed): Fact {
  const { unfinishedEdges } = state.steps[index]!;
  if (unfinishedEdges === undefined) return completed;
  const { step, attempt } = completed;
  if (unfinishedEdges > 0) {
    // In a run that is being stopped, what the step waits for will not happen.
    return state.stopping ? { type: "step_cancelled", step, attempt } : { ...completed, type: "step_held" };
  }
  const problem = unmetDependency(plan, state, index, "finish");
  if (problem === undefined) return completed;
  const { evidence: _, note: _n, context: _c, ...kept } = completed;
  const hint = 'With condition: "always" the dependency only says when the step finishes.';
  const message = `its own work is done, but it ${problem}`;
  return { ...kept, type: "step_failed", reason: "dependency_failed", message, hint };
}

/** What a held step waits for, in words. */
export function describeHeld(plan: Plan, state: RunState, index: number): string {
  const { offsets, list } = plan.predecessors;
  const waits: string[] = [];
  for (const number of list.subarray(offsets[index]!, offsets[index + 1]!)) {
    const edge = plan.edges[number]!;
    const { after, holds } = EDGE_ENDPOINTS[edge.type];
    if (holds !== "finish" || isEdgeReached(state, edge)) continue;
    waits.push(`${after} of "${plan.workflow.steps[edge.from]!.id}"`);
  }
  const more = waits.length - MAX_NAMED_STEPS;
  return `its work is done; waits for the ${waits.slice(0, MAX_NAMED_STEPS).join(", the ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** How many of those steps are named. */
const MAX_NAMED_STEPS = 5;
