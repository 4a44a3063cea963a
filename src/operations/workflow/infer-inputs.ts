import type { Catalog } from "../../model/contracts/catalog.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Step } from "../../model/workflow.ts";
import { operationNamed } from "../../run/state/performer.ts";
import { type DeclaredSchemas, type InferredInputs, inferInputs } from "../../workflow/check/infer-inputs.ts";
import { parseFieldPath } from "../../workflow/nested-workflows.ts";
import type { Parsed } from "../../workflow/parsed-workflow.ts";

/** A parsed workflow with the inputs that follow from what its steps' capabilities declare. */
export interface Fitted extends Pick<InferredInputs, "workflow" | "inferred"> {
  readonly warnings: readonly Diagnostic[];
}

export function fedBy(
  catalog: Catalog,
  project: string,
  parsed: Parsed,
  stepTypes: readonly StepSyntax[],
): Result<Fitted, Diagnostic[]> {
  const inferred = inferInputs(parsed.workflow, (step) => declaredBy(step, catalog, project), stepTypes);
  const inFile = ({ step, ...rest }: InferredInputs["warnings"][number]): Diagnostic => ({
    ...rest,
    at: placeOf(parsed, { step, field: "input" }),
  });
  if (!inferred.ok) return err(inferred.error.map(inFile));
  return ok({ ...inferred.value, warnings: inferred.value.warnings.map(inFile) });
}

/** Where the author wrote a step, or a field of it. */
export function placeOf({ workflow, place }: Parsed, at: Diagnostic["at"]): Diagnostic["at"] {
  const { step, field } = at;
  const index = workflow.steps.findIndex(({ id }) => id === step);
  if (index === -1) return at;
  return place(["steps", index, ...parseFieldPath(field)]);
}

/** The schemas of the operation that a step asks for: the one that its action names, or the only one. */
function declaredBy({ config }: Step, catalog: Catalog, project: string): DeclaredSchemas | undefined {
  const { agent, skill, action } = config;
  const name = agent ?? skill;
  if (typeof name !== "string") return undefined;
  const record = catalog.find(agent === undefined ? "skill" : "agent", name, project);
  if (!record) return undefined;
  const { operations, outputSchema } = record;
  const operation = operationNamed(operations, action);
  return { input: operation?.inputSchema, outputs: [operation?.outputSchema, outputSchema] };
}
