import { z } from "zod";
import { STEP_ID } from "../model/ids.ts";
import type { StepSyntax } from "../model/step.ts";
import { VERSION, VERSION_RULE } from "../model/version.ts";
import { DEPENDENCY_TYPES, EDGE_CONDITIONS, ON_CRASH, PARAMETER_TYPES } from "../model/workflow.ts";

/** The type of a step that names none. */
export const DEFAULT_TYPE = "command";

/** A year; longer limits are mistakes in the unit. */
const MOST_MILLISECONDS = 31_536_000_000;
const duration = z.number().int().min(0).max(MOST_MILLISECONDS);
/** A limit of 0 would end everything at once. */
const limit = z.number().int().min(1).max(MOST_MILLISECONDS);
const retries = z.number().int().min(0).max(1000);

const retryPolicy = z.strictObject({
  maxRetries: retries.optional(),
  retryDelay: duration.optional(),
  backoffMultiplier: z.number().min(1).max(100).optional(),
  maxDelay: duration.optional(),
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

const id = z.string().regex(STEP_ID);
const parallel = z.union([z.boolean(), z.array(id)]);

/** The fields that every step has, whatever its type. */
const stepFields = {
  id,
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  timeout: limit.optional(),
  retries: retries.optional(),
  retryDelay: duration.optional(),
  retryPolicy: retryPolicy.optional(),
  condition: z.string().optional(),
  onCrash: z.enum(ON_CRASH).optional(),
  outputKey: z.string().min(1).max(128).optional(),
  optional: z.boolean().optional(),
  risky: z.boolean().optional(),
  parallel: parallel.optional(),
};

const dependency = z.strictObject({
  from: id,
  to: id,
  type: z.enum(DEPENDENCY_TYPES).optional(),
  condition: z.enum(EDGE_CONDITIONS).optional(),
  reason: z.string().min(1).max(1000).optional(),
});

const bound = z.strictObject({ steps: z.array(id).min(1), max: z.number().int().min(1).max(100_000) });

/** Plain data was checked before; a record schema would lose a key named `__proto__`. */
const context = z.custom<Record<string, unknown>>(isRecord, "record");

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One entry of `parameters`. Of its values, only what they are for is checked here; `declare.ts` does the rest. */
export const declaration = z.strictObject({
  type: z.enum(PARAMETER_TYPES).optional(),
  description: z.string().optional(),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).min(1).optional(),
  pattern: z.string().optional(),
});

const workflowFields = {
  name: z.string().min(1).optional(),
  version: z.string().regex(VERSION, VERSION_RULE).optional(),
  description: z.string().optional(),
  parameters: context.optional(),
  dependencies: z.array(dependency).optional(),
  limits: z.array(bound).max(1000).optional(),
  timeout: limit.optional(),
  context: context.optional(),
  errorHandling: z.strictObject({ retryPolicy: retryPolicy.optional() }).optional(),
  parallel: parallel.optional(),
};

/** The whole dialect as one schema; a step type in the table joins by itself. */
export function workflowShape(stepTypes: readonly StepSyntax[]) {
  const [first, ...others] = stepTypes.map(stepShape);
  if (first === undefined) throw new Error("a workflow needs at least one step type");
  const step = z.discriminatedUnion("type", [first, ...others]);
  return z.strictObject({ ...workflowFields, steps: z.array(step).min(1) });
}
export type WorkflowShape = ReturnType<typeof workflowShape>;
export type Shaped = z.infer<WorkflowShape>;

function stepShape({ type, fields }: StepSyntax) {
  const literal = z.literal(type);
  return z.strictObject({
    ...fields,
    ...stepFields,
    type: type === DEFAULT_TYPE ? literal.optional() : literal,
  });
}

/** Which fields there are at a place, for "did you mean". `place`: the keys on the way, without indices. */
export function fieldsAt(place: string, syntax: StepSyntax | undefined): string[] {
  switch (place) {
    case "":
      return [...Object.keys(workflowFields), "steps"];
    case "steps":
      return [...Object.keys(stepFields), "type", ...Object.keys(syntax?.fields ?? {})];
    case "dependencies":
      return Object.keys(dependency.shape);
    case "limits":
      return Object.keys(bound.shape);
    case "errorHandling":
      return Object.keys(workflowFields.errorHandling.unwrap().shape);
    case "errorHandling.retryPolicy":
    case "steps.retryPolicy":
      return Object.keys(retryPolicy.shape);
    default:
      return place.startsWith("parameters.") ? Object.keys(declaration.shape) : [];
  }
}
