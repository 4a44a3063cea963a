import type { Edge } from "../../model/plan.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { DependencyType } from "../../model/workflow.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Names } from "../expression/expression.ts";
import { contradictions } from "../graph/contradictory-edges.ts";
import type { Draft, DraftDependency, DraftStep } from "../graph/draft.ts";
import { findCycles, graphOf } from "../graph/graph.ts";
import { pathBetween, pathWithin } from "../graph/independence.ts";
import { edgeAt, endpointOf, type StartFinishGraph, startFinishGraphOf, stepOf } from "../graph/start-finish-graph.ts";
import { edgesOf } from "../graph/step-references.ts";

/** How many cycles are reported: finding each walks the whole graph. */
const MAX_PARALLEL_LISTS = 1000;
/** Longer paths show only their ends. */
const MAX_SHOWN_STEPS = 12;

const DEFAULT_EDGE_TYPE: DependencyType = "finish_to_start";

/**
 * Checks what only the whole graph shows: that nothing waits for itself, and that steps asserted to be independent
 * are.
 */
export function checkStepOrder(draft: Draft, names: Names, diagnostics: Diagnostics): void {
  const { steps } = draft;
  const edges = edgesOf(steps, draft.dependencies, names).filter(({ from, to }) => from !== to);
  const endpoints = startFinishGraphOf(graphOf(steps.length, edges));
  const cycles = findCycles(endpoints);
  for (const cycle of cycles) reportCycle(cycle, endpoints, edges, draft, diagnostics);
  if (cycles.length === 0) checkGroups(steps, edges, diagnostics);
  reportContradictions(edges, draft, diagnostics);
  checkAssertions(draft, names, cycles.length === 0 ? endpoints : undefined, diagnostics);
}

/** @param arcs numbers of the arcs from endpoint to endpoint, the last leading to the first */
function reportCycle(
  arcs: readonly number[],
  endpoints: StartFinishGraph,
  edges: readonly Edge[],
  draft: Draft,
  diagnostics: Diagnostics,
): void {
  const cycle = arcs.flatMap((number) => edges[edgeAt(endpoints, number) ?? -1] ?? []);
  const id = (index: number) => draft.steps[index]!.id;
  // If every edge leads from a finish to a start, the steps' names say everything.
  const nodes = arcs.map((number) => endpoints.edges[number]!.from);
  const inTime = nodes.map((node) => `${endpointOf(node)} of ${id(stepOf(endpoints, node))}`);
  const stops = cycle.every(({ type }) => type === DEFAULT_EDGE_TYPE) ? cycle.map(({ from }) => id(from)) : inTime;
  const reasons = originsIn(draft, diagnostics);
  const drawn = arrows([...stops, stops[0]!]);
  const shown = cycle.slice(0, MAX_SHOWN_STEPS).map((edge) => reasons(edge).reason);
  diagnostics.report("cycle", reasons(cycle[cycle.length - 1]!).path, `these steps wait for each other: ${drawn}`, {
    hint: `Remove one of these dependencies: ${shown.join("; ")}${cycle.length > MAX_SHOWN_STEPS ? "; …" : ""}.`,
  });
}

function reportContradictions(edges: readonly Edge[], draft: Draft, diagnostics: Diagnostics): void {
  const { steps } = draft;
  const hasOwnCondition = (step: number) => steps[step]!.condition !== undefined;
  const pairs = contradictions(edges, steps.length, hasOwnCondition);
  if (pairs.length === 0) return;
  const originOf = originsIn(draft, diagnostics);
  for (const pair of pairs) {
    const [from, to] = [steps[pair[0]!.from]!.id, steps[pair[0]!.to]!.id];
    const demands = pair.map((edge) => `${originOf(edge).reason} and demands ${edge.condition ?? "success"}`);
    const message = `however "${from}" ends, "${to}" cannot complete: ${demands.join("; ")}`;
    diagnostics.report(
      "invalid_value",
      originOf(pair.findLast(({ origin }) => origin === "dependency")!).path,
      message,
      {
        hint: 'Remove one of them, or write condition: "always" where only the order matters.',
      },
    );
  }
}

/** Where an edge comes from, in words. */
function originsIn(
  { steps, dependencies }: Draft,
  diagnostics: Diagnostics,
): (edge: Edge) => { readonly reason: string; readonly path: Path } {
  const keyOf = (from: string, to: string, type: string, condition: string | undefined) =>
    [from, to, type, condition].join("\n");
  const written = new Map<string, DraftDependency>();
  for (const each of dependencies)
    written.set(keyOf(each.from, each.to, each.type ?? DEFAULT_EDGE_TYPE, each.condition), each);
  return ({ from, to, type, condition, origin }) => {
    const [before, after] = [steps[from]!.id, steps[to]!];
    const arrow = `${before} → ${after.id}`;
    if (origin === "dependency") {
      const { at, reason } = written.get(keyOf(before, after.id, type, condition))!;
      const path: Path = ["dependencies", at];
      const kind = type === DEFAULT_EDGE_TYPE ? "" : ` (${type})`;
      // A dialect says why the edge exists; the author's own words are named by their place.
      const why = reason === undefined ? `${arrow} is ${diagnostics.authorPath(path)}${kind}` : `${arrow}: ${reason}`;
      return { reason: why, path };
    }
    const path = ["steps", after.at];
    return origin === "condition"
      ? { reason: `${arrow} is the condition of "${after.id}"`, path: [...path, "condition"] }
      : { reason: `${arrow}: "${after.id}" reads the result of "${before}"`, path };
  };
}

/** Neighbours that the author declared parallel. A path between them through a third step is found as a cycle. */
function checkGroups(steps: readonly DraftStep[], edges: readonly Edge[], diagnostics: Diagnostics): void {
  for (const edge of edges) {
    const [from, to] = [steps[edge.from]!, steps[edge.to]!];
    if (from.group === undefined || from.group !== to.group) continue;
    const message = `"${from.id}" and "${to.id}" are declared parallel, but "${to.id}" waits for "${from.id}"`;
    diagnostics.report("not_independent", ["steps", to.at], message, { hint: 'Remove one of them from "parallel".' });
  }
}

function checkAssertions(
  draft: Draft,
  { indexOf }: Names,
  endpoints: StartFinishGraph | undefined,
  diagnostics: Diagnostics,
): void {
  const { steps } = draft;
  const resolve = (ids: readonly string[], path: Path): Set<number> => {
    const members = new Set<number>();
    for (const [i, id] of ids.entries()) {
      const index = indexOf.get(id);
      if (index !== undefined) members.add(index);
      else {
        const hint = () => didYouMean(id, indexOf.keys());
        diagnostics.report("unknown_step", [...path, i], `there is no step "${id}"`, { hint });
      }
    }
    return members;
  };
  const violated = (found: readonly number[] | undefined, path: Path) => {
    if (found === undefined) return;
    const ids = found.map((index) => steps[index]!.id);
    const [first, last] = [ids[0], ids[ids.length - 1]];
    const message = `"${first}" and "${last}" are declared parallel, but "${last}" waits for "${first}": ${arrows(ids)}`;
    diagnostics.report("not_independent", path, message, {
      hint: 'Remove one of them from "parallel", or remove the path.',
    });
  };

  if (draft.parallel !== undefined) {
    const members = draft.parallel === true ? new Set(steps.keys()) : resolve(draft.parallel, ["parallel"]);
    if (endpoints) violated(pathWithin(endpoints, members), ["parallel"]);
  }
  const marked = new Set<number>();
  let lists = 0;
  steps.forEach((step: DraftStep, index) => {
    if (step.parallel === true) marked.add(index);
    if (step.parallel === undefined || step.parallel === true) return;
    const path = ["steps", step.at, "parallel"];
    const others = resolve(step.parallel, path);
    others.delete(index);
    if (++lists === MAX_PARALLEL_LISTS + 1) {
      const message = `more than ${groupDigits(MAX_PARALLEL_LISTS)} steps have a list under "parallel"`;
      diagnostics.report("too_large", path, message, { hint: 'Write one list under the workflow\'s "parallel".' });
    }
    if (endpoints && lists <= MAX_PARALLEL_LISTS) violated(pathBetween(endpoints, index, others), path);
  });
  const found = endpoints && pathWithin(endpoints, marked);
  if (found) violated(found, ["steps", steps[found[found.length - 1]!]!.at, "parallel"]);
}

/** `a → b → c`, with the middle of a long path left out. */
function arrows(ids: readonly string[]): string {
  if (ids.length <= MAX_SHOWN_STEPS) return ids.join(" → ");
  const half = MAX_SHOWN_STEPS / 2;
  const left = groupDigits(ids.length - MAX_SHOWN_STEPS);
  return [...ids.slice(0, half), `(${left} more)`, ...ids.slice(-half)].join(" → ");
}
