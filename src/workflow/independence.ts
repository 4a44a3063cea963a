import { type Graph, levels, neighbours } from "./graph.ts";

/**
 * A path between two of the steps that are said to be independent, as step indices; `undefined` if there is none. One
 * walk over the graph, which must have no cycle.
 */
export function pathWithin(graph: Graph, members: ReadonlySet<number>): number[] | undefined {
  // For each step: the neighbour before it through which some member reaches it, or -1.
  const via = new Int32Array(graph.size).fill(-1);
  for (const level of levels(graph)) {
    for (const step of level) {
      const from = neighbours(graph, step, "from").find((before) => members.has(before) || via[before] !== -1);
      if (from === undefined) continue;
      via[step] = from;
      if (!members.has(step)) continue;
      const path = [step];
      for (let at = from; ; at = via[at]!) {
        path.push(at);
        if (members.has(at)) return path.reverse();
      }
    }
  }
  return undefined;
}

/** A path between one step and any of some others, in either direction. */
export function pathBetween(graph: Graph, one: number, others: ReadonlySet<number>): number[] | undefined {
  return search(graph, one, others, "to") ?? search(graph, one, others, "from")?.reverse();
}

/** The shortest way from a step to any target, walking forwards (`to`) or backwards (`from`). */
function search(graph: Graph, start: number, targets: ReadonlySet<number>, end: "to" | "from"): number[] | undefined {
  const via = new Map<number, number>([[start, -1]]);
  const queue = [start];
  for (const step of queue) {
    for (const next of neighbours(graph, step, end)) {
      if (via.has(next)) continue;
      via.set(next, step);
      if (targets.has(next)) {
        const path: number[] = [];
        for (let at = next; at !== -1; at = via.get(at)!) path.push(at);
        return path.reverse();
      }
      queue.push(next);
    }
  }
  return undefined;
}
