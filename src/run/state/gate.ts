import type { Fact } from "../../model/event.ts";
import type { Edge, Facts, Plan, StepFacts } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { isSettled, type RunState } from "./state.ts";

/** The view that expressions have of a run. */
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

/** Whether what an edge waits for has happened: a step starts once, or, being settled, never will. */
export function hasCome(state: RunState, { from, type }: Edge): boolean {
  const before = state.steps[from]!;
  return isSettled(before) || (EDGE_ENDPOINTS[type].after === "start" && before.startedAt !== undefined);
}

/**
 * Why the edges that hold back a moment of a step do not allow it, now that all they wait for has happened; `undefined`: they do.
 *
 * Explicit edge conditions always hold or fail on their own. An edge without one demands success, unless the step has a
 * condition, which turns such edges into pure ordering. Of a start success is that it came, and failure that it never will.
 */
function objection(plan: Plan, state: RunState, index: number, moment: Endpoint): string | undefined {
  const { steps } = plan.workflow;
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { from, type, condition } = plan.edges[list[at]!]!;
    const { after, holds } = EDGE_ENDPOINTS[type];
    const demanded = condition ?? (steps[index]!.condition === undefined ? "success" : "always");
    if (holds !== moment || demanded === "always") continue;
    const { status, startedAt } = state.steps[from]!;
    const { id } = steps[from]!;
    if (after === "start") {
      const started = startedAt !== undefined;
      if (started === (demanded === "success")) continue;
      return started ? `needs "${id}" never to start, and it did` : `needs the start of "${id}", which is ${status}`;
    }
    if (status !== (demanded === "success" ? "completed" : "failed")) {
      return `needs ${demanded} of "${id}", which is ${status}`;
    }
  }
  return undefined;
}

/** Whether the gate of a step has an expression to compute: a condition, or the input of a step that workers perform. */
export const asksGate = (plan: Plan, index: number): boolean =>
  plan.workflow.steps[index]!.condition !== undefined || plan.byWorker[index] === 1;

/**
 * Whether a step whose start waits for nothing any more may run (SEMANTICS §3). `undefined`: it may; otherwise the fact that
 * settles it: skipped by an edge or its condition, or failed because its condition cannot be evaluated.
 */
export function gate(plan: Plan, state: RunState, index: number): Fact | undefined {
  const { id, condition } = plan.workflow.steps[index]!;
  const message = objection(plan, state, index, "start");
  if (message !== undefined) return { type: "step_skipped", step: id, reason: "dependency", message };
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

type Completed = Extract<Fact, { type: "step_completed" }>;

/**
 * What it means that the work of a step is done: it is completed, or it has to wait before it may finish. If it waited for something that
 * then did not happen as demanded, its work counts for nothing.
 */
export function finishing(plan: Plan, state: RunState, index: number, completed: Completed): Fact {
  const { unfinishedEdges } = state.steps[index]!;
  if (unfinishedEdges === undefined) return completed;
  const { step, attempt } = completed;
  if (unfinishedEdges > 0) {
    // Of a run that is being stopped, what it waits for is not going to happen any more.
    return state.stopping ? { type: "step_cancelled", step, attempt } : { ...completed, type: "step_held" };
  }
  const problem = objection(plan, state, index, "finish");
  if (problem === undefined) return completed;
  const { evidence: _, context: __, ...kept } = completed;
  const hint = 'With condition: "always" the dependency only says when the step finishes.';
  const message = `its own work is done, but it ${problem}`;
  return { ...kept, type: "step_failed", reason: "dependency_failed", message, hint };
}

/** What a held step waits for, in words. */
export function waitsFor(plan: Plan, state: RunState, index: number): string {
  const { offsets, list } = plan.predecessors;
  const waits: string[] = [];
  for (const number of list.subarray(offsets[index]!, offsets[index + 1]!)) {
    const edge = plan.edges[number]!;
    const { after, holds } = EDGE_ENDPOINTS[edge.type];
    if (holds !== "finish" || hasCome(state, edge)) continue;
    waits.push(`${after} of "${plan.workflow.steps[edge.from]!.id}"`);
  }
  const more = waits.length - MOST_NAMED;
  return `its work is done; waits for the ${waits.slice(0, MOST_NAMED).join(", the ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** How many of the steps that one waits for are named. */
const MOST_NAMED = 5;
