import type { Adjacency, Edge, Plan } from "../model/plan.ts";

/** The part of a plan that walks need. All walks are iterative: a chain of 100,000 steps must not overflow the stack. */
export type Graph = Pick<Plan, "size" | "edges" | "successors" | "predecessors">;

/** Compresses edges into rows by one of their ends, keeping their order within a row. */
export function adjacency(size: number, edges: readonly Edge[], end: "from" | "to"): Adjacency {
  const offsets = new Int32Array(size + 1);
  for (const edge of edges) offsets[edge[end] + 1]!++;
  for (let i = 0; i < size; i++) offsets[i + 1]! += offsets[i]!;
  const next = offsets.slice(0, size);
  const list = new Int32Array(edges.length);
  edges.forEach((edge, number) => {
    list[next[edge[end]]!++] = number;
  });
  return { offsets, list };
}

/** The graph of some edges over steps 0 … size − 1. */
export function graphOf(size: number, edges: readonly Edge[]): Graph {
  return { size, edges, successors: adjacency(size, edges, "from"), predecessors: adjacency(size, edges, "to") };
}

/** The steps directly after (`to`) or before (`from`) a step; a step linked by several edges appears several times. */
export function neighbours(graph: Graph, index: number, end: "from" | "to"): number[] {
  const { offsets, list } = end === "to" ? graph.successors : graph.predecessors;
  const found: number[] = [];
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) found.push(graph.edges[list[at]!]![end]);
  return found;
}

/**
 * Cycles as lists of edge numbers, each leading to the next and the last to the first. Every knot of steps that wait for
 * each other gives at least one; cycles sharing a step with an earlier one are left out.
 */
export function findCycles(graph: Graph, most = 20): number[][] {
  const { offsets, list } = graph.successors;
  const cycles: number[][] = [];
  const state = new Uint8Array(graph.size); // 0 unseen, 1 on the path, 2 done
  const reported = new Uint8Array(graph.size);
  const depth = new Int32Array(graph.size); // place on the path
  let patience = 50 * most; // looking at a closed path costs its length
  const next = offsets.slice(0, graph.size);
  for (let root = 0; root < graph.size; root++) {
    if (state[root] !== 0) continue;
    const path = [root];
    const edges: number[] = []; // edges[i] leads from path[i] to path[i + 1]
    state[root] = 1;
    while (path.length > 0) {
      const step = path[path.length - 1]!;
      if (next[step]! === offsets[step + 1]!) {
        state[step] = 2;
        path.pop();
        edges.pop();
        continue;
      }
      const edge = list[next[step]!++]!;
      const to = graph.edges[edge]!.to;
      if (state[to] === 0) {
        state[to] = 1;
        depth[to] = path.push(to) - 1;
        edges.push(edge);
      } else if (state[to] === 1 && reported[to] === 0) {
        const members = path.slice(depth[to]!);
        if (!members.some((member) => reported[member] === 1)) {
          for (const member of members) reported[member] = 1;
          cycles.push([...edges.slice(depth[to]!), edge]);
        }
        if (cycles.length === most || --patience === 0) return cycles;
      }
    }
  }
  return cycles;
}

/** Some cycle as edge numbers, if there is one. */
export function findCycle(graph: Graph): number[] | undefined {
  return findCycles(graph, 1)[0];
}

/** Steps by distance from the start: level 0 waits for nothing, each other one for something on the level before it. */
export function levels(graph: Graph): number[][] {
  const { offsets, list } = graph.successors;
  const waiting = new Int32Array(graph.size);
  for (const edge of graph.edges) waiting[edge.to]!++;
  let level: number[] = [];
  for (let i = 0; i < graph.size; i++) if (waiting[i] === 0) level.push(i);
  const found: number[][] = [];
  while (level.length > 0) {
    found.push(level);
    const after: number[] = [];
    for (const step of level) {
      for (let at = offsets[step]!; at < offsets[step + 1]!; at++) {
        const { to } = graph.edges[list[at]!]!;
        if (--waiting[to]! === 0) after.push(to);
      }
    }
    level = after.sort((a, b) => a - b);
  }
  return found;
}

/** An order in which sequential mode may run the steps: always the earliest defined one among those that may go next. */
export function topologicalOrder(graph: Graph): number[] {
  const { offsets, list } = graph.successors;
  const waiting = new Int32Array(graph.size);
  for (const edge of graph.edges) waiting[edge.to]!++;
  const order: number[] = [];
  const early: number[] = []; // a heap of steps defined before the sweep's position
  let sweep = 0;
  while (order.length < graph.size) {
    let step: number;
    if (early.length > 0) step = popSmallest(early);
    else {
      while (sweep < graph.size && waiting[sweep] !== 0) sweep++;
      if (sweep === graph.size) break; // the rest is a cycle
      step = sweep++;
    }
    order.push(step);
    for (let at = offsets[step]!; at < offsets[step + 1]!; at++) {
      const { to } = graph.edges[list[at]!]!;
      if (--waiting[to]! === 0 && to < sweep) pushHeap(early, to);
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

/** The heaviest path from start to end: by number of steps, or by the weights given. Of equals, the earliest defined. */
export function criticalPath(graph: Graph, weight: (index: number) => number = () => 1): number[] {
  const total = new Float64Array(graph.size);
  const before = new Int32Array(graph.size).fill(-1);
  let last = -1;
  for (const level of levels(graph)) {
    for (const step of level) {
      for (const from of neighbours(graph, step, "from")) {
        const better = before[step] === -1 || total[from]! > total[before[step]!]!;
        if (better) before[step] = from;
      }
      total[step] = weight(step) + (before[step] === -1 ? 0 : total[before[step]!]!);
      if (last === -1 || total[step]! > total[last]!) last = step;
    }
  }
  const path: number[] = [];
  for (let step = last; step !== -1; step = before[step]!) path.push(step);
  return path.reverse();
}

/** Every step that waits for this one, directly or not; in definition order, without the step itself. */
export function descendants(graph: Graph, index: number): number[] {
  return reachable(graph, index, "to");
}

/** Every step that this one waits for, directly or not; in definition order, without the step itself. */
export function ancestors(graph: Graph, index: number): number[] {
  return reachable(graph, index, "from");
}

function reachable(graph: Graph, index: number, end: "from" | "to"): number[] {
  const seen = new Uint8Array(graph.size);
  const stack = [index];
  const found: number[] = [];
  seen[index] = 1;
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    for (const other of neighbours(graph, step, end)) {
      if (seen[other] === 1) continue;
      seen[other] = 1;
      found.push(other);
      stack.push(other);
    }
  }
  return found.sort((a, b) => a - b);
}
