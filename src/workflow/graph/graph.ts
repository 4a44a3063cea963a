import type { Adjacency } from "../../model/plan.ts";

/** From one node to another. */
export interface Arc {
  readonly from: number;
  readonly to: number;
}

/**
 * Nodes 0 … size − 1 and the arcs between them: a plan's steps and edges, or their endpoints. All walks are iterative,
 * because a chain of 100,000 steps must not overflow the stack.
 */
export interface Graph<E extends Arc = Arc> {
  readonly size: number;
  readonly edges: readonly E[];
  readonly successors: Adjacency;
  readonly predecessors: Adjacency;
}

/** Compresses edges into rows by one of their ends, in order within a row. */
function adjacency(size: number, edges: readonly Arc[], end: "from" | "to"): Adjacency {
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

/** The graph of some edges over nodes 0 … size − 1. */
export function graphOf<E extends Arc>(size: number, edges: readonly E[]): Graph<E> {
  return { size, edges, successors: adjacency(size, edges, "from"), predecessors: adjacency(size, edges, "to") };
}

/** The steps directly after (`to`) or before (`from`) a step. A step linked by several edges appears several times. */
export function neighbours(graph: Graph, index: number, end: "from" | "to"): number[] {
  const { offsets, list } = end === "to" ? graph.successors : graph.predecessors;
  const found: number[] = [];
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) found.push(graph.edges[list[at]!]![end]);
  return found;
}

/**
 * Cycles as lists of edge numbers, each leading to the next and the last to the first. Every strongly connected group
 * gives at least one. A cycle that shares a step with an earlier one is left out.
 */
export function findCycles(graph: Graph, maxCycles = 20): number[][] {
  const { offsets, list } = graph.successors;
  const cycles: number[][] = [];
  const state = new Uint8Array(graph.size); // 0 unseen, 1 on the path, 2 done
  const reported = new Uint8Array(graph.size);
  const depth = new Int32Array(graph.size); // place on the path
  let closedPathsLeft = 50 * maxCycles; // looking at a closed path costs its length
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
        if (cycles.length === maxCycles || --closedPathsLeft === 0) return cycles;
      }
    }
  }
  return cycles;
}

/** Some cycle as edge numbers, if there is one. */
export function findCycle(graph: Graph): number[] | undefined {
  return findCycles(graph, 1)[0];
}

/**
 * Nodes by distance from the start. Nothing leads to layer 0; every other node has a predecessor in the layer before.
 */
export function layers(graph: Graph): number[][] {
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

/** Every step that waits for this one, directly or not, in definition order. */
export function descendants(graph: Graph, index: number): number[] {
  return reachable(graph, index, "to");
}

/** Every step that this one waits for, directly or not, in definition order. */
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
