import type { Edge } from "../model/plan.ts";
import type { DependencyType } from "../model/workflow.ts";
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
  const { steps } = draft;
  const id = (index: number) => steps[index]!.id;
  const cycle = passages.flatMap((number) => edges[moments.edges[number]!.edge ?? -1] ?? []);
  const keyOf = (from: string, to: string, type: string | undefined) => `${from}\n${to}\n${type ?? PLAIN}`;
  const written = new Map(draft.dependencies.map(({ from, to, type, at }) => [keyOf(from, to, type), at]));
  const dependencyOf = ({ from, to, type }: Edge) => written.get(keyOf(id(from), id(to), type))!;
  const reason = (edge: Edge): string => {
    const arrow = `${id(edge.from)} → ${id(edge.to)}`;
    const type = edge.type === PLAIN ? "" : ` (${edge.type})`;
    if (edge.origin === "dependency") return `${arrow} is dependencies[${dependencyOf(edge)}]${type}`;
    if (edge.origin === "condition") return `${arrow} is the condition of "${id(edge.to)}"`;
    return `${arrow}: "${id(edge.to)}" reads the result of "${id(edge.from)}"`;
  };
  const last = cycle[cycle.length - 1]!;
  const path: Path =
    last.origin === "dependency"
      ? ["dependencies", dependencyOf(last)]
      : ["steps", steps[last.to]!.at, ...(last.origin === "condition" ? ["condition"] : [])];
  // Where every edge leads from a finish to a start, to name the steps says it all.
  const nodes = passages.map((number) => moments.edges[number]!.from);
  const inTime = nodes.map((node) => `${momentOf(node)} of ${id(stepOf(node))}`);
  const stops = cycle.every(({ type }) => type === PLAIN) ? cycle.map(({ from }) => id(from)) : inTime;
  const drawn = arrows([...stops, stops[0]!]);
  const reasons = cycle.slice(0, MOST_SHOWN).map(reason);
  mistakes.report("cycle", path, `steps wait for each other: ${drawn}`, {
    hint: `Remove one of these: ${reasons.join("; ")}${cycle.length > MOST_SHOWN ? "; …" : ""}.`,
  });
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
