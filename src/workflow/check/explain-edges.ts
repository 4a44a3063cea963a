import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Workflow } from "../../model/workflow.ts";
import { namesOf } from "../graph/plan.ts";
import { edgesOf, referencesOf } from "../graph/step-references.ts";
import type { InferredInput } from "./infer-inputs.ts";

/** One reason why a step comes after another. */
export interface EdgeReason {
  readonly step: string;
  readonly after: string;
  readonly because: string;
}

/**
 * Where each edge of a workflow comes from: every reason, even if another one says the same. By step, in definition
 * order.
 */
export function explainEdges(
  { steps, dependencies }: Workflow,
  stepTypes: readonly StepSyntax[],
  inferred: readonly InferredInput[] = [],
): EdgeReason[] {
  const reasonOf = new Map(
    inferred.map(({ step, from, template, reason }) => [`${from}\n${step}\nreads ${template}`, reason]),
  );
  const reasons: Set<string>[] = steps.map(() => new Set());
  const found: EdgeReason[][] = steps.map(() => []);
  edgesOf(referencesOf(steps, stepTypes), dependencies, namesOf(steps), (from, to, text) => {
    const [after, step] = [steps[from]!.id, steps[to]!.id];
    const because = reasonOf.get(`${after}\n${step}\n${text}`) ?? text.replaceAll(/\s+/g, " ");
    const before = reasons[to]!.size;
    if (reasons[to]!.add(`${after}\n${because}`).size > before) found[to]!.push({ step, after, because });
  });
  return found.flat();
}
