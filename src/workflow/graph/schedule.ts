import type { Edge } from "../../model/plan.ts";
import { type Graph, layers, neighbours } from "./graph.ts";
import {
  finishOf,
  type StartFinishGraph,
  spansStep,
  startFinishGraphOf,
  startOf,
  stepOf,
} from "./start-finish-graph.ts";

type Steps = Graph<Edge>;

/**
 * By endpoint: the weight of the heaviest path to it, counting only the steps in between, and the endpoint before it
 * on that path.
 */
function heaviestPaths(endpoints: StartFinishGraph, weight: (step: number) => number) {
  const total = new Float64Array(endpoints.size);
  const before = new Int32Array(endpoints.size).fill(-1);
  for (const layer of layers(endpoints)) {
    for (const node of layer) {
      for (const from of neighbours(endpoints, node, "from")) {
        const through = total[from]! + (spansStep(endpoints, from, node) ? weight(stepOf(endpoints, from)) : 0);
        if (before[node] !== -1 && through <= total[node]!) continue;
        before[node] = from;
        total[node] = through;
      }
    }
  }
  return { total, before };
}

/** Steps by how many others must run before them. Those of level 0 may start at once. */
export function levels(steps: Steps): number[][] {
  const endpoints = startFinishGraphOf(steps);
  const { total } = heaviestPaths(endpoints, () => 1);
  const found: number[][] = [];
  for (let step = 0; step < steps.size; step++) {
    const level = total[startOf(endpoints, step)]!;
    while (found.length <= level) found.push([]);
    found[level]!.push(step);
  }
  return found;
}

/** How many steps the widest level has, without those that are discarded. Computed once, when first asked for. */
export function widthOf(steps: Steps, discarded: Uint8Array): () => number {
  let width: number | undefined;
  return () => {
    width ??= levels(steps).reduce(
      (widest, level) => Math.max(widest, level.filter((step) => discarded[step] !== 1).length),
      1,
    );
    return width;
  };
}

/**
 * The heaviest chain of steps that run one after another, by their number or by the given weights. Of equals, the
 * earliest defined.
 */
export function criticalPath(steps: Steps, weight: (index: number) => number = () => 1): number[] {
  const endpoints = startFinishGraphOf(steps);
  const { total, before } = heaviestPaths(endpoints, weight);
  // If a step is one node, what leads to it ends with its start.
  const upTo = (step: number) => total[finishOf(endpoints, step)]! + (endpoints.perStep === 1 ? weight(step) : 0);
  let last = -1;
  for (let step = 0; step < steps.size; step++) if (last === -1 || upTo(step) > upTo(last)) last = step;
  if (last === -1) return [];
  const path = endpoints.perStep === 1 ? [last] : [];
  for (let node = finishOf(endpoints, last); before[node] !== -1; node = before[node]!) {
    if (spansStep(endpoints, before[node]!, node)) path.push(stepOf(endpoints, before[node]!));
  }
  return path.reverse();
}

/** An order in which sequential mode may run the steps: always the earliest defined one that may start next. */
export function topologicalOrder(steps: Steps): number[] {
  const endpoints = startFinishGraphOf(steps);
  const { offsets, list } = endpoints.successors;
  const waiting = new Int32Array(endpoints.size);
  for (const { to } of endpoints.edges) waiting[to]!++;
  const order: number[] = [];
  const early: number[] = []; // a heap of steps defined before the sweep's position
  let sweep = 0;
  while (order.length < steps.size) {
    let step: number;
    if (early.length > 0) step = popSmallest(early);
    else {
      while (sweep < steps.size && waiting[startOf(endpoints, sweep)] !== 0) sweep++;
      if (sweep === steps.size) break; // the rest is a cycle
      step = sweep++;
    }
    order.push(step);
    // A finish follows by itself once it may.
    const reached = [startOf(endpoints, step)];
    for (let node = reached.pop(); node !== undefined; node = reached.pop()) {
      for (let at = offsets[node]!; at < offsets[node + 1]!; at++) {
        const { to } = endpoints.edges[list[at]!]!;
        if (--waiting[to]! !== 0) continue;
        const next = stepOf(endpoints, to);
        if (to !== startOf(endpoints, next)) reached.push(to);
        else if (next < sweep) pushHeap(early, next);
      }
    }
  }
  return order;
}

function pushHeap(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function popSmallest(heap: number[]): number {
  const smallest = heap[0]!;
  const value = heap.pop()!;
  if (heap.length === 0) return smallest;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = value;
  return smallest;
}
