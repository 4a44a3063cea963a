import type { Evidence } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";

/** What one agent gave the next: when it delivered an earlier step, or transferred this step. */
export interface Handoff {
  readonly from: string;
  readonly to: string;
  /** The step that was delivered, or passed on. */
  readonly step: string;
  /** ISO 8601. Absent for a step copied without its instant. */
  readonly at?: string;
  readonly context?: JsonObject;
  /** What the earlier step delivered. */
  readonly output?: JsonValue;
  readonly evidence?: Evidence;
  readonly reason?: string;
}

const iso = (at: number): string => new Date(at).toISOString();

/**
 * The handoffs that lead to a step: what the nearest agents before it delivered and said, however many commands lie
 * between, and how the step itself was transferred.
 */
export function handoffsTo(plan: Plan, state: RunState, index: number, agent: string): Handoff[] {
  const { steps } = plan.workflow;
  const handoffs: Handoff[] = [];
  for (const from of nearestAgents(plan, state, index)) {
    const { lease, context, output, evidence, endedAt } = state.steps[from]!;
    handoffs.push({
      from: lease!.agent,
      to: agent,
      step: steps[from]!.id,
      ...(endedAt !== undefined && { at: iso(endedAt) }),
      ...(context && { context }),
      ...(output !== undefined && { output }),
      ...(evidence && { evidence }),
    });
  }
  const transfers = (state.steps[index]!.handoffs ?? []).map(
    ({ from, to, at, context, reason }): Handoff => ({
      ...{ from, to, step: steps[index]!.id, at: iso(at) },
      ...(context && { context }),
      ...(reason !== undefined && { reason }),
    }),
  );
  return [...handoffs, ...transfers];
}

/** The nearest completed steps of agents before a step, the first in the workflow first. */
export function nearestAgents(plan: Plan, state: RunState, index: number): number[] {
  const nearest: number[] = [];
  const seen = new Set([index]);
  const queue = [index];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { offsets, list } = plan.predecessors;
    for (let at = offsets[next]!; at < offsets[next + 1]!; at++) {
      const { from } = plan.edges[list[at]!]!;
      if (seen.has(from)) continue;
      seen.add(from);
      const { status, lease } = state.steps[from]!;
      // A failed step delivered nothing. The nearest agents before it did.
      if (lease && status === "completed") nearest.push(from);
      else queue.push(from);
    }
  }
  return nearest.reverse();
}
