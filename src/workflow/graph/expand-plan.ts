import type { Edge, Expansion } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type Workflow } from "../../model/workflow.ts";

/** A definition together with its expansions. */
export interface ExpandedWorkflow {
  readonly workflow: Workflow;
  readonly withdrawn: Uint8Array;
  readonly living: number;
}

/** A limit that names a step also holds for the steps expanded from it: the step itself takes no time. */
export function expandWorkflow(base: Workflow, growths: readonly Expansion[]): ExpandedWorkflow {
  const { steps, dependencies, limits } = base;
  if (growths.length === 0) return { workflow: base, withdrawn: new Uint8Array(steps.length), living: steps.length };
  const present = growths.filter((growth) => !growth.withdrawn);
  const workflow: Workflow = {
    ...base,
    steps: [...steps, ...growths.flatMap((growth) => growth.steps)],
    dependencies: [...dependencies, ...present.flatMap((growth) => growth.dependencies)],
    ...(limits && {
      limits: limits.map((limit) => ({
        ...limit,
        steps: [
          ...limit.steps,
          ...present.flatMap((growth) => (limit.steps.includes(growth.step) ? growth.steps.map(({ id }) => id) : [])),
        ],
      })),
    }),
  };
  const withdrawn = new Uint8Array(workflow.steps.length);
  let living = workflow.steps.length;
  for (const growth of growths) {
    if (!growth.withdrawn) continue;
    withdrawn.fill(1, growth.first, growth.first + growth.steps.length);
    living -= growth.steps.length;
  }
  return { workflow, withdrawn, living };
}

/**
 * A step that waits for the finish of a parent also waits for all steps expanded from it, in the same way. Applies to
 * steps of the definition only. Expanded steps already run after their parent.
 */
export function inheritEdges(
  edges: readonly Edge[],
  growths: readonly Expansion[],
  indexOf: ReadonlyMap<string, number>,
  size: number,
): Edge[] {
  const by = new Map(growths.flatMap((growth) => (growth.withdrawn ? [] : [[indexOf.get(growth.step)!, growth]])));
  return edges.flatMap((edge) => {
    const growth = by.get(edge.from);
    if (!growth || edge.to >= size || EDGE_ENDPOINTS[edge.type].after !== "finish") return [];
    return growth.steps.map((_, at): Edge => ({ ...edge, from: growth.first + at }));
  });
}
