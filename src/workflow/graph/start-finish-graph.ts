import type { Edge } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Endpoint } from "../../model/workflow.ts";
import { type Arc, type Graph, graphOf } from "./graph.ts";

/**
 * Steps as they are in time. In general each has its start and its finish as nodes of their own, `perStep` 2: what leads from one to another is
 * first each step's own course, in the order of the steps, then each edge between the two endpoints that it speaks of. Where all edges lead
 * from a finish to a start, nothing comes between the two endpoints of a step: it is one node, `perStep` 1, and there are only the edges.
 */
export interface StartFinishGraph extends Graph {
  readonly perStep: 1 | 2;
}

type NodeLayout = Pick<StartFinishGraph, "perStep">;

export const startOf = ({ perStep }: NodeLayout, step: number): number => perStep * step;
export const finishOf = ({ perStep }: NodeLayout, step: number): number => perStep * step + perStep - 1;
export const stepOf = ({ perStep }: NodeLayout, node: number): number => (perStep === 1 ? node : node >> 1);
/** Which moment a node is, where they are two. */
export const endpointOf = (node: number): Endpoint => (node & 1 ? "finish" : "start");
/** Whether to go from a node to the next takes the whole step of the first: else no more than a moment passes. */
export const spansStep = (endpoints: NodeLayout, from: number, to: number): boolean =>
  endpoints.perStep === 1 || stepOf(endpoints, from) === stepOf(endpoints, to);
/** The number of the edge that an arc stands for; `undefined`: it is a step's own course. */
export function edgeAt({ perStep, size }: StartFinishGraph, arc: number): number | undefined {
  const courses = perStep === 1 ? 0 : size / 2;
  return arc < courses ? undefined : arc - courses;
}

/**
 * The endpoints of steps. Whatever the kinds of their edges, a run can come to its end exactly where this graph has no cycle: nothing else ever
 * holds back a moment for good.
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
