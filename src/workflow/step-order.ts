import type { Edge } from "../model/plan.ts";
import type { DependencyType } from "../model/workflow.ts";
import { contradictions } from "./demands.ts";
import type { Draft, DraftStep } from "./draft.ts";
import type { Names } from "./expression.ts";
import { findCycles } from "./graph.ts";
import { pathBetween, pathWithin } from "./independence.ts";
import type { Mistakes, Path } from "./mistakes.ts";
import { type Moments, momentOf, momentsOf, stepOf } from "./moments.ts";
import { didYouMean } from "./nearest.ts";
import { edgesOf } from "./wiring.ts";

/** Each of these walks the whole graph. */
const MOST_ASSERTIONS = 1000;
/** Of a longer path only the ends are shown. */
const MOST_SHOWN = 12;

const PLAIN: DependencyType = "finish_to_start";

/** Checks what can be said only about the whole: that nothing waits for itself, and what is asserted to be independent. */
export function stepOrder(draft: Draft, names: Names, mistakes: Mistakes): void {
  const { steps } = draft;
  const edges = edgesOf(steps, draft.dependencies, names).filter(({ from, to }) => from !== to);
  const moments = momentsOf({ size: steps.length, edges });
  const cycles = findCycles(moments);
  for (const cycle of cycles) reportCycle(cycle, moments, edges, draft, mistakes);
  reportContradictions(edges, draft, mistakes);
  checkAssertions(draft, names, cycles.length === 0 ? moments : undefined, mistakes);
}

/** @param passages numbers of those that lead from moment to moment, the last to the first */
function reportCycle(
  passages: readonly number[],
  moments: Moments,
  edges: readonly Edge[],
  draft: Draft,
  mistakes: Mistakes,
): void {
  const cycle = passages.flatMap((number) => edges[moments.edges[number]!.edge ?? -1] ?? []);
  const id = (index: number) => draft.steps[index]!.id;
  // Where every edge leads from a finish to a start, to name the steps says it all.
  const nodes = passages.map((number) => moments.edges[number]!.from);
  const inTime = nodes.map((node) => `${momentOf(node)} of ${id(stepOf(node))}`);
  const stops = cycle.every(({ type }) => type === PLAIN) ? cycle.map(({ from }) => id(from)) : inTime;
  const reasons = originsIn(draft);
  const drawn = arrows([...stops, stops[0]!]);
  const shown = cycle.slice(0, MOST_SHOWN).map((edge) => reasons(edge).reason);
  mistakes.report("cycle", reasons(cycle[cycle.length - 1]!).path, `steps wait for each other: ${drawn}`, {
    hint: `Remove one of these: ${shown.join("; ")}${cycle.length > MOST_SHOWN ? "; …" : ""}.`,
  });
}

function reportContradictions(edges: readonly Edge[], draft: Draft, mistakes: Mistakes): void {
  const { steps } = draft;
  const free = (step: number) => steps[step]!.condition !== undefined;
  const originOf = originsIn(draft);
  for (const pair of contradictions(edges, steps.length, free)) {
    const [from, to] = [steps[pair[0]!.from]!.id, steps[pair[0]!.to]!.id];
    const demands = pair.map((edge) => `${originOf(edge).reason} and demands ${edge.condition ?? "success"}`);
    const message = `however "${from}" ends, "${to}" cannot complete: ${demands.join("; ")}`;
    mistakes.report("invalid_value", originOf(pair.findLast(({ origin }) => origin === "dependency")!).path, message, {
      hint: 'Remove one of them, or write condition: "always" where only the order matters.',
    });
  }
}

/** Where an edge comes from, and in words. */
function originsIn({ steps, dependencies }: Draft): (edge: Edge) => { readonly reason: string; readonly path: Path } {
  const keyOf = (from: string, to: string, type: string, condition: string | undefined) =>
    [from, to, type, condition].join("\n");
  const written = new Map<string, number>();
  for (const { from, to, type = PLAIN, condition, at } of dependencies)
    written.set(keyOf(from, to, type, condition), at);
  return ({ from, to, type, condition, origin }) => {
    const [before, after] = [steps[from]!.id, steps[to]!];
    const arrow = `${before} → ${after.id}`;
    if (origin === "dependency") {
      const at = written.get(keyOf(before, after.id, type, condition))!;
      const kind = type === PLAIN ? "" : ` (${type})`;
      return { reason: `${arrow} is dependencies[${at}]${kind}`, path: ["dependencies", at] };
    }
    const path = ["steps", after.at];
    return origin === "condition"
      ? { reason: `${arrow} is the condition of "${after.id}"`, path: [...path, "condition"] }
      : { reason: `${arrow}: "${after.id}" reads the result of "${before}"`, path };
  };
}

function checkAssertions(draft: Draft, { indexOf }: Names, moments: Moments | undefined, mistakes: Mistakes): void {
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
    if (moments) violated(pathWithin(moments, members), ["parallel"]);
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
    if (moments && lists <= MOST_ASSERTIONS) violated(pathBetween(moments, index, others), path);
  });
  const found = moments && pathWithin(moments, marked);
  if (found) violated(found, ["steps", steps[found[found.length - 1]!]!.at, "parallel"]);
}

/** `a → b → c`, with the middle left out where it is long. */
function arrows(ids: readonly string[]): string {
  if (ids.length <= MOST_SHOWN) return ids.join(" → ");
  const half = MOST_SHOWN / 2;
  const left = (ids.length - MOST_SHOWN).toLocaleString("en");
  return [...ids.slice(0, half), `(${left} more)`, ...ids.slice(-half)].join(" → ");
}
