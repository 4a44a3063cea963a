import type { Edge } from "../model/plan.ts";
import type { Draft, DraftStep } from "./draft.ts";
import type { Names } from "./expression.ts";
import { findCycles, type Graph, graphOf } from "./graph.ts";
import { pathBetween, pathWithin } from "./independence.ts";
import type { Mistakes, Path } from "./mistakes.ts";
import { didYouMean } from "./nearest.ts";
import { edgesOf } from "./wiring.ts";

/** Each of these walks the whole graph. */
const MOST_ASSERTIONS = 1000;
/** Of a longer path only the ends are shown. */
const MOST_SHOWN = 12;

/** Checks what can be said only about the whole: that nothing waits for itself, and what is asserted to be independent. */
export function stepOrder(draft: Draft, names: Names, mistakes: Mistakes): void {
  const { steps } = draft;
  const edges = edgesOf(steps, draft.dependencies, names).filter(({ from, to }) => from !== to);
  const graph = graphOf(steps.length, edges);
  const cycles = findCycles(graph);
  for (const cycle of cycles)
    reportCycle(
      cycle.map((number) => edges[number]!),
      draft,
      mistakes,
    );
  if (cycles.length === 0) checkGroups(steps, edges, mistakes);
  checkAssertions(draft, names, cycles.length === 0 ? graph : undefined, mistakes);
}

function reportCycle(cycle: readonly Edge[], draft: Draft, mistakes: Mistakes): void {
  const { steps } = draft;
  const id = (index: number) => steps[index]!.id;
  const written = new Map(draft.dependencies.map((each) => [`${each.from}\n${each.to}`, each]));
  const dependencyOf = (edge: Edge) => written.get(`${id(edge.from)}\n${id(edge.to)}`)!;
  const dependencyPath = (edge: Edge): Path => ["dependencies", dependencyOf(edge).at];
  const reason = (edge: Edge): string => {
    const arrow = `${id(edge.from)} → ${id(edge.to)}`;
    if (edge.origin === "dependency") {
      const { reason } = dependencyOf(edge);
      return reason === undefined ? `${arrow} is ${mistakes.written(dependencyPath(edge))}` : `${arrow}: ${reason}`;
    }
    if (edge.origin === "condition") return `${arrow} is the condition of "${id(edge.to)}"`;
    return `${arrow}: "${id(edge.to)}" reads the result of "${id(edge.from)}"`;
  };
  const last = cycle[cycle.length - 1]!;
  const path: Path =
    last.origin === "dependency"
      ? dependencyPath(last)
      : ["steps", steps[last.to]!.at, ...(last.origin === "condition" ? ["condition"] : [])];
  const drawn = arrows([...cycle.map(({ from }) => id(from)), id(cycle[0]!.from)]);
  const reasons = cycle.slice(0, MOST_SHOWN).map(reason);
  mistakes.report("cycle", path, `steps wait for each other: ${drawn}`, {
    hint: `Remove one of these: ${reasons.join("; ")}${cycle.length > MOST_SHOWN ? "; …" : ""}.`,
  });
}

/** Neighbours that were declared to run together: whatever leads from one to the other by way of a third is found as a cycle. */
function checkGroups(steps: readonly DraftStep[], edges: readonly Edge[], mistakes: Mistakes): void {
  for (const edge of edges) {
    const [from, to] = [steps[edge.from]!, steps[edge.to]!];
    if (from.group === undefined || from.group !== to.group) continue;
    const message = `"${from.id}" and "${to.id}" are declared parallel, but "${to.id}" waits for "${from.id}"`;
    mistakes.report("not_independent", ["steps", to.at], message, { hint: 'Take one of them out of "parallel".' });
  }
}

function checkAssertions(draft: Draft, { indexOf }: Names, graph: Graph | undefined, mistakes: Mistakes): void {
  const { steps } = draft;
  const resolve = (ids: readonly string[], path: Path): Set<number> => {
    const members = new Set<number>();
    for (const [i, id] of ids.entries()) {
      const index = indexOf.get(id);
      if (index !== undefined) members.add(index);
      else {
        const hint = () => didYouMean(id, indexOf.keys());
        mistakes.report("unknown_step", [...path, i], `there is no step "${id}"`, { hint });
      }
    }
    return members;
  };
  const violated = (found: readonly number[] | undefined, path: Path) => {
    if (found === undefined) return;
    const ids = found.map((index) => steps[index]!.id);
    const [first, last] = [ids[0], ids[ids.length - 1]];
    const message = `"${first}" and "${last}" are declared parallel, but "${last}" waits for "${first}": ${arrows(ids)}`;
    mistakes.report("not_independent", path, message, {
      hint: 'Take one of them out of "parallel", or remove the path.',
    });
  };

  if (draft.parallel !== undefined) {
    const members = draft.parallel === true ? new Set(steps.keys()) : resolve(draft.parallel, ["parallel"]);
    if (graph) violated(pathWithin(graph, members), ["parallel"]);
  }
  const marked = new Set<number>();
  let lists = 0;
  steps.forEach((step: DraftStep, index) => {
    if (step.parallel === true) marked.add(index);
    if (step.parallel === undefined || step.parallel === true) return;
    const path = ["steps", step.at, "parallel"];
    const others = resolve(step.parallel, path);
    others.delete(index);
    if (++lists === MOST_ASSERTIONS + 1) {
      const message = `more than ${MOST_ASSERTIONS.toLocaleString("en")} steps have a list under "parallel"`;
      mistakes.report("too_large", path, message, { hint: 'Write one list under the workflow\'s "parallel".' });
    }
    if (graph && lists <= MOST_ASSERTIONS) violated(pathBetween(graph, index, others), path);
  });
  const found = graph && pathWithin(graph, marked);
  if (found) violated(found, ["steps", steps[found[found.length - 1]!]!.at, "parallel"]);
}

/** `a → b → c`, with the middle left out where it is long. */
function arrows(ids: readonly string[]): string {
  if (ids.length <= MOST_SHOWN) return ids.join(" → ");
  const half = MOST_SHOWN / 2;
  const left = (ids.length - MOST_SHOWN).toLocaleString("en");
  return [...ids.slice(0, half), `(${left} more)`, ...ids.slice(-half)].join(" → ");
}
