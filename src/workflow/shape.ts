import { z } from "zod";
import { STEP_ID } from "../model/ids.ts";
import type { StepSyntax } from "../model/step.ts";
import { DEPENDENCY_TYPES, EDGE_CONDITIONS, ON_CRASH } from "../model/workflow.ts";

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
});

/** Plain data was checked before; a record schema would lose a key named `__proto__`. */
const context = z.custom<Record<string, unknown>>(isRecord, "record");

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const workflowFields = {
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  dependencies: z.array(dependency).optional(),
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
    case "errorHandling":
      return Object.keys(workflowFields.errorHandling.unwrap().shape);
    case "errorHandling.retryPolicy":
    case "steps.retryPolicy":
      return Object.keys(retryPolicy.shape);
    default:
      return [];
  }
}
