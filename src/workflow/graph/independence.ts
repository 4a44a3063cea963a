import { layers, neighbours } from "./graph.ts";
import { finishOf, type StartFinishGraph, startOf, stepOf } from "./start-finish-graph.ts";

/** That a path leads here from a member, and through which endpoint. */
interface Trace {
  readonly member: number;
  readonly via: number;
}

/**
 * A path between two of the steps that are asserted to be independent, as step indices; `undefined` if there is none.
 * One walk over the endpoints, which must have no cycle.
 */
export function pathWithin(endpoints: StartFinishGraph, members: ReadonlySet<number>): number[] | undefined {
  const traces = new Map<number, readonly Trace[]>();
  for (const layer of layers(endpoints)) {
    for (const node of layer) {
      const found = tracesTo(node, endpoints, members, traces);
      if (found.length > 0) traces.set(node, found);
      const other =
        members.has(stepOf(endpoints, node)) && found.find(({ member }) => member !== stepOf(endpoints, node));
      if (other) return stepPathTo(endpoints, node, other, traces);
    }
  }
  return undefined;
}

/** At most two members: one of them differs from the member that a path may end at, and that suffices. */
function tracesTo(
  node: number,
  endpoints: StartFinishGraph,
  members: ReadonlySet<number>,
  traces: ReadonlyMap<number, readonly Trace[]>,
): readonly Trace[] {
  const found: Trace[] = [];
  for (const via of neighbours(endpoints, node, "from")) {
    const from = stepOf(endpoints, via);
    const before = members.has(from) ? [{ member: from }] : (traces.get(via) ?? []);
    for (const { member } of before) {
      if (found.length < 2 && found[0]?.member !== member) found.push({ member, via });
    }
  }
  return found;
}

function stepPathTo(
  endpoints: StartFinishGraph,
  node: number,
  { member, via }: Trace,
  traces: ReadonlyMap<number, readonly Trace[]>,
): number[] {
  const nodes = [node];
  let at = via;
  while (stepOf(endpoints, at) !== member) {
    nodes.push(at);
    at = traces.get(at)!.find((trace) => trace.member === member)!.via;
  }
  return stepsOf(endpoints, [...nodes, at].reverse());
}

/** A path between one step and any of some others, in either direction. */
export function pathBetween(
  endpoints: StartFinishGraph,
  one: number,
  others: ReadonlySet<number>,
): number[] | undefined {
  return search(endpoints, one, others, "to") ?? search(endpoints, one, others, "from")?.reverse();
}

/** The shortest path from a step to any target, walking forwards (`to`) or backwards (`from`). */
function search(
  endpoints: StartFinishGraph,
  start: number,
  targets: ReadonlySet<number>,
  end: "to" | "from",
): number[] | undefined {
  const queue = [startOf(endpoints, start), finishOf(endpoints, start)];
  const via = new Map<number, number>(queue.map((node) => [node, -1]));
  for (const node of queue) {
    for (const next of neighbours(endpoints, node, end)) {
      if (via.has(next)) continue;
      via.set(next, node);
      if (targets.has(stepOf(endpoints, next))) {
        const nodes: number[] = [];
        for (let at = next; at !== -1; at = via.get(at)!) nodes.push(at);
        return stepsOf(endpoints, nodes.reverse());
      }
      queue.push(next);
    }
  }
  return undefined;
}

/** The steps of these endpoints. Two successive endpoints of one step are one. */
function stepsOf(endpoints: StartFinishGraph, nodes: readonly number[]): number[] {
  const steps = nodes.map((node) => stepOf(endpoints, node));
  return steps.filter((step, i) => step !== steps[i - 1]);
}
