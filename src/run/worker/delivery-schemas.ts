import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { JsonSchema, WorkerConfig } from "../../model/worker.ts";
import { mergeSchemas } from "../schema/merge-schemas.ts";
import { factsOf } from "../state/gate.ts";
import { matchPerformer, operationNamed, targetOf } from "../state/performer.ts";

/**
 * The schemas that a delivery must fit: the step's own and that of the operation. Without any of these, what the
 * capability's file declares for all of its operations.
 */
export function schemasOf(plan: Plan, state: RunState, index: number, agent: string): JsonSchema[] {
  const { output } = plan.workflow.steps[index]!.config as WorkerConfig;
  const performer = matchPerformer(targetOf(plan, state, index), agent);
  const operation = operationNamed(performer?.operations, performer && actionOf(plan, state, index));
  const schemas = [output, operation?.outputSchema].filter((schema) => schema !== undefined);
  return schemas.length > 0 || !performer?.outputSchema ? schemas : [performer.outputSchema];
}

/** What a delivery must fit, as one schema to show. */
export const schemaOf = (plan: Plan, state: RunState, index: number, agent: string): JsonSchema | undefined =>
  mergeSchemas(schemasOf(plan, state, index, agent));

/** The action that the current performer is asked for, with its templates filled in. */
function actionOf(plan: Plan, state: RunState, index: number): unknown {
  const written = plan.workflow.steps[index]!.config as WorkerConfig;
  const { fallback } = state.steps[index]!;
  const request = (config: WorkerConfig) => (fallback === undefined ? config : config.fallback?.[fallback - 1]);
  const { action } = (request(written) ?? {}) as { action?: unknown };
  if (typeof action !== "string" || !action.includes("{{")) return action;
  const rendered = plan.render(index, factsOf(state));
  return rendered.ok ? (request(rendered.value.config as WorkerConfig) as { action?: unknown }).action : action;
}
