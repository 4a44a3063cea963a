import type { CapabilityOperation, CapabilityRecord } from "../../model/capability.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { JsonSchema, Performer, PerformerOperation, WorkerConfig } from "../../model/worker.ts";
import type { JsonValue, Workflow } from "../../model/workflow.ts";
import { constantFindings } from "../../run/schema/constant-input.ts";
import { operationNamed, performerKey } from "../../run/state/performer.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { keywordErrors } from "../../workflow/schema/json-schema.ts";
import { findInSteps, type StepDiagnostic } from "./find-in-steps.ts";

/** How many mistakes of one input are listed. */
const MAX_LISTED = 8;
const SCHEMAS = ["inputSchema", "outputSchema"] as const;

/** The operations that a file declares, with the schemas that Baton can apply. */
export const enforcedOperations = ({ operations }: CapabilityRecord): PerformerOperation[] =>
  operations.map((operation) => {
    const { id, name } = operation;
    const schemas = SCHEMAS.flatMap((key) => {
      const schema = operation[key];
      return schema && schemaFault(schema) === undefined ? [[key, asObject(schema)]] : [];
    });
    return { id, name, ...Object.fromEntries(schemas) };
  });

function schemaFault(schema: JsonSchema): string | undefined {
  const [first] = keywordErrors(schema);
  return first && [first.path.join("."), first.message].filter((part) => part !== "").join(" ");
}

/** A schema that speaks of properties means an object, even if its author did not write so. */
function asObject(schema: JsonSchema): JsonSchema {
  const speaks = schema.required !== undefined || schema.properties !== undefined;
  return speaks && schema.type === undefined ? { type: "object", ...schema } : schema;
}

/**
 * What is wrong with the steps that use an operation of a skill or agent, as far as that is known before the run: a
 * required input that is missing, or a constant that does not fit.
 */
export function operationMistakes(
  workflow: Workflow,
  performers: Readonly<Record<string, readonly Performer[]>>,
  stepTypes: readonly StepSyntax[],
): Diagnostic[] {
  return findInSteps(workflow, stepTypes, ({ config }) => {
    const { input, fallback = [], ...own } = config as Partial<WorkerConfig>;
    const requests: readonly (Request | object)[] = [own, ...fallback];
    return requests.flatMap((request: Request) => {
      if (request.agent === undefined && request.skill === undefined) return [];
      const performer = performers[performerKey(request)]?.[0];
      const operation = operationNamed(performer?.operations, request.action);
      if (!performer || !operation?.inputSchema) return [];
      const of = `operation "${operation.id}" of ${request === own ? "" : "the fallback, "}${performer.kind} "${performer.name}"`;
      return inputMistakes(operation.inputSchema, input as JsonValue | undefined, of);
    });
  });
}

interface Request {
  readonly agent?: string;
  readonly skill?: string;
  readonly action?: string | undefined;
}

/** @param of whose schema it is, in words */
function inputMistakes(schema: JsonSchema, input: JsonValue | undefined, of: string): StepDiagnostic[] {
  const { missing, others } = constantFindings(schema, input);
  const mistakes = [
    ...missing.map((field): StepDiagnostic => {
      const hint = `Write input: {${field}: …}, or let an earlier step give a result called "${field}".`;
      const message = `is missing: ${of} requires it`;
      return { severity: "error", code: "missing_field", message, hint, field: `input.${field}` };
    }),
    ...others.map(({ place, message }): StepDiagnostic => {
      const field = ["input", ...place].join(".");
      return { severity: "error", code: "invalid_value", message: `does not fit ${of}: ${message}`, field };
    }),
  ];
  return mistakes.slice(0, MAX_LISTED);
}

/** What a step's author may not expect: an operation that nobody declares, and a schema that Baton cannot apply. */
export function operationWarnings(
  workflow: Workflow,
  recordOf: (kind: Performer["kind"], name: string) => CapabilityRecord | undefined,
  stepTypes: readonly StepSyntax[],
): Diagnostic[] {
  return findInSteps(workflow, stepTypes, ({ config }) => {
    const { agent, skill, action } = config as Partial<WorkerConfig>;
    const name = agent ?? skill;
    const record = name === undefined ? undefined : recordOf(agent === undefined ? "skill" : "agent", name);
    if (!record || record.operations.length === 0) return [];
    const operation = operationNamed(record.operations, action);
    if (operation) return unenforced(operation, record);
    if (typeof action !== "string" || action.includes("{{")) return [];
    const ids = record.operations.map(({ id }) => id);
    const message = `${record.kind} "${name}" declares no operation "${action}", so no schema is checked`;
    const hint = didYouMean(action, ids) ?? `It declares: ${ids.join(", ")}.`;
    return [{ severity: "warning", code: "unknown_name", message, hint, field: "action" }];
  });
}

function unenforced(operation: CapabilityOperation, { kind, slug, path }: CapabilityRecord): StepDiagnostic[] {
  return SCHEMAS.flatMap((key): StepDiagnostic[] => {
    const schema = operation[key];
    const fault = schema && schemaFault(schema);
    if (fault === undefined) return [];
    const message = `the ${key} of operation "${operation.id}" of ${kind} "${slug}" is not checked: ${fault}`;
    const field = kind === "agent" ? "agent" : "skill";
    return [{ severity: "warning", code: "invalid_value", message, hint: `Correct it in ${path}.`, field }];
  });
}
