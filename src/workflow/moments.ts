import type { Edge } from "../model/plan.ts";
import { MOMENTS, type Moment } from "../model/workflow.ts";
import { type Arc, type Graph, graphOf } from "./graph.ts";

/** What leads from one moment to another: a step's own course, from its start to its finish, or an edge, by its number. */
export interface Passage extends Arc {
  readonly edge?: number;
}

/** Steps as they are in time: each has its start and its finish as nodes of their own, and every edge joins the two it speaks of. */
export type Moments = Graph<Passage>;

export const startOf = (step: number): number => 2 * step;
export const finishOf = (step: number): number => 2 * step + 1;
export const stepOf = (node: number): number => node >> 1;
export const momentOf = (node: number): Moment => (node & 1 ? "finish" : "start");
const nodeOf = (step: number, moment: Moment) => (moment === "start" ? startOf(step) : finishOf(step));

/**
 * The moments of steps. Whatever the kinds of their edges, a run can come to its end exactly where this graph has no cycle: nothing else ever
 * holds back a moment for good.
 */
export function momentsOf({ size, edges }: Pick<Graph<Edge>, "size" | "edges">): Moments {
  const passages: Passage[] = Array.from({ length: size }, (_, step) => ({ from: startOf(step), to: finishOf(step) }));
  edges.forEach(({ from, to, type }, edge) => {
    const { after, holds } = MOMENTS[type];
    passages.push({ from: nodeOf(from, after), to: nodeOf(to, holds), edge });
  });
  return graphOf(2 * size, passages);
}
