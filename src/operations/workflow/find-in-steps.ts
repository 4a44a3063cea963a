import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Diagnostic, Place } from "../../model/diagnostic.ts";
import type { Step, Workflow } from "../../model/workflow.ts";

/** Something about one step. `field` is the place inside it. */
export type StepDiagnostic = Omit<Diagnostic, "at"> & { readonly field: string };

/** What is to be said of the steps of a workflow, steps inside steps included, each with its place. */
export function findInSteps(
  { steps }: Workflow,
  stepTypes: readonly StepSyntax[],
  find: (step: Step) => readonly StepDiagnostic[],
): Diagnostic[] {
  const visit = (step: Step, at: Place): Diagnostic[] => {
    const inner = (field: string): Place => ({ ...at, field: [at.field, field].filter(Boolean).join(".") });
    const own = find(step).map(({ field, ...rest }): Diagnostic => ({ ...rest, at: inner(field) }));
    const nested = stepTypes.find((syntax) => syntax.type === step.type)?.nested;
    if (!nested) return own;
    const inside = step.config[nested.field];
    if (nested.kind === "step") return [...own, ...visit(inside as Step, inner(nested.field))];
    // Its steps may lie in another file, so they are named.
    const found = (inside as Workflow).steps.flatMap((one) =>
      visit(one, {}).map(
        (each): Diagnostic => ({
          ...each,
          message: `step "${one.id}"${each.at.field === undefined ? "" : `, field "${each.at.field}"`}: ${each.message}`,
          at: inner(nested.field),
        }),
      ),
    );
    return [...own, ...found];
  };
  return steps.flatMap((step) => visit(step, { step: step.id }));
}
