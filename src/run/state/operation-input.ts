import type { FailureReason } from "../../model/run.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Performer, WorkerConfig } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { schemaErrors } from "../schema/validate-output.ts";
import { operationNamed, performerKey } from "./performer.ts";

interface InputFailure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly hint: string;
}

/**
 * Why the input of a step does not fit what the operation of its skill or agent declares; `undefined` if it fits. A
 * step that only states needs may go to several capabilities, so nothing is demanded of its input.
 * @param rendered the step's config with every template filled in
 */
export function operationInputFailure(
  { performers }: RunState,
  rendered: Readonly<Record<string, unknown>>,
): InputFailure | undefined {
  const config = rendered as Partial<WorkerConfig>;
  if (config.agent === undefined && config.skill === undefined) return undefined;
  const performer: Performer | undefined = performers[performerKey(config)]?.[0];
  const operation = operationNamed(performer?.operations, config.action);
  if (!operation?.inputSchema) return undefined;
  const errors = schemaErrors(operation.inputSchema, (config.input as JsonValue | undefined) ?? {}, "input");
  if (errors.length === 0) return undefined;
  const of = `operation "${operation.id}" of ${performer!.kind} "${performer!.name}"`;
  const message = `the input does not fit the inputSchema of ${of}: ${errors.join("; ")}`;
  return { reason: "input_invalid", message, hint: "Correct the input of the step, or what it reads." };
}
