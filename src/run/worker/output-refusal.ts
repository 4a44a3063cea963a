import { isTooDeep, TOO_DEEP } from "../../model/json.ts";
import type { Refusal } from "../../model/message.ts";
import { namedSchemaErrors } from "../../model/named-schemas.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { schemaErrors } from "../schema/validate-output.ts";
import { schemasOf } from "./delivery-schemas.ts";

/** Why an output cannot be the delivery of a step; `undefined` if it can. */
export function outputRefusal(plan: Plan, state: RunState, index: number, output: JsonValue): Refusal | undefined {
  const { id } = plan.workflow.steps[index]!;
  if (isTooDeep(output)) return { reason: "output_invalid", message: `the output of step "${id}" is ${TOO_DEEP}` };
  const schemas = schemasOf(plan, state, index, state.steps[index]!.lease!.agent);
  const errors = [...new Set(schemas.flatMap((schema) => outputErrors(schema, output)))];
  if (errors.length === 0) return undefined;
  const message = `the output of step "${id}" does not match its schema: ${errors.join("; ")}`;
  return { reason: "output_invalid", message };
}

/** For an output that Baton knows by name: what its schema cannot say. Checked once the schema fits. */
function outputErrors(schema: JsonSchema, output: JsonValue): string[] {
  const errors = schemaErrors(schema, output);
  return errors.length > 0 ? errors : namedSchemaErrors(schema, output);
}
