import type { Edge } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { type Arc, type Graph, graphOf } from "./graph.ts";

/**
 * Steps in time. In general a step's start and finish are two nodes (`perStep` 2). The arcs are first each step's own
 * course, in step order, then each edge between its two endpoints. If all edges lead from a finish to a start, nothing
 * comes between the endpoints of a step. Then a step is one node (`perStep` 1), and only the edges are arcs.
 */
export interface StartFinishGraph extends Graph {
  readonly perStep: 1 | 2;
}

type NodeLayout = Pick<StartFinishGraph, "perStep">;

export const startOf = ({ perStep }: NodeLayout, step: number): number => perStep * step;
export const finishOf = ({ perStep }: NodeLayout, step: number): number => perStep * step + perStep - 1;
export const stepOf = ({ perStep }: NodeLayout, node: number): number => (perStep === 1 ? node : node >> 1);
/** Which endpoint a node is, if a step has two nodes. */
export const endpointOf = (node: number): Endpoint => (node & 1 ? "finish" : "start");
/** Whether going from a node to the next takes the whole step of the first; otherwise it takes no time. */
export const spansStep = (endpoints: NodeLayout, from: number, to: number): boolean =>
  endpoints.perStep === 1 || stepOf(endpoints, from) === stepOf(endpoints, to);
/** The number of the edge that an arc stands for; `undefined` for a step's own course. */
export function edgeAt({ perStep, size }: StartFinishGraph, arc: number): number | undefined {
  const courses = perStep === 1 ? 0 : size / 2;
  return arc < courses ? undefined : arc - courses;
}

/**
 * The graph of the steps' endpoints. Whatever the dependency types, a run can end exactly if this graph has no cycle:
 * nothing else holds back an endpoint for good.
 */
export function startFinishGraphOf({ size, edges, successors, predecessors }: Graph<Edge>): StartFinishGraph {
  if (edges.every(({ type }) => type === "finish_to_start"))
    return { size, edges, successors, predecessors, perStep: 1 };
  const about: NodeLayout = { perStep: 2 };
  const nodeOf = (step: number, moment: Endpoint) => (moment === "start" ? startOf : finishOf)(about, step);
  const arcs: Arc[] = Array.from({ length: size }, (_, step) => ({
    from: startOf(about, step),
    to: finishOf(about, step),
  }));
  for (const { from, to, type } of edges) {
    const { after, holds } = EDGE_ENDPOINTS[type];
    arcs.push({ from: nodeOf(from, after), to: nodeOf(to, holds) });
  }
  return { ...graphOf(2 * size, arcs), ...about };
}
