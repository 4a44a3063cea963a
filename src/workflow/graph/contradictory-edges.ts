import type { Edge } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type EdgeCondition, type Endpoint } from "../../model/workflow.ts";

/** What an edge requires of an endpoint of the earlier step. */
type Demand = `${Endpoint} ${Exclude<EdgeCondition, "always">}`;

/** What cannot both be: a failed step has not completed, and neither has one that never starts. */
const CONTRADICTIONS: Readonly<Record<Demand, readonly Demand[]>> = {
  "finish success": ["finish failure", "start failure"],
  "finish failure": ["finish success"],
  "start success": ["start failure"],
  "start failure": ["start success", "finish success"],
};

/**
 * Pairs of edges between the same two steps that cannot both hold, so that the later step can never complete: the
 * first such pair of each two steps.
 * @param hasOwnCondition whether a step has a condition of its own, so that edges without one require nothing
 */
export function contradictions(
  edges: readonly Edge[],
  size: number,
  hasOwnCondition: (step: number) => boolean,
): Edge[][] {
  // Without a failure edge, all requirements can hold. That is nearly always so.
  if (!edges.some(({ condition }) => condition === "failure")) return [];
  const demands = new Map<number, Map<Demand, Edge>>();
  const found = new Map<number, Edge[]>();
  for (const edge of edges) {
    const demanded = edge.condition ?? (hasOwnCondition(edge.to) ? "always" : "success");
    if (demanded === "always") continue;
    const pair = edge.from * size + edge.to;
    const before = demands.get(pair) ?? new Map<Demand, Edge>();
    demands.set(pair, before);
    const demand: Demand = `${EDGE_ENDPOINTS[edge.type].after} ${demanded}`;
    const against = CONTRADICTIONS[demand].find((other) => before.has(other));
    if (against && !found.has(pair)) found.set(pair, [before.get(against)!, edge]);
    before.set(demand, edge);
  }
  return [...found.values()];
}
