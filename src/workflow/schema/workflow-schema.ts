import { z } from "zod";
import type { StepSyntax } from "../../model/contracts/step.ts";
import { STEP_ID, STEP_ID_RULE } from "../../model/ids.ts";
import { isRecord } from "../../model/json.ts";
import { duration } from "../../model/text/duration.ts";
import { VERSION, VERSION_RULE } from "../../model/version.ts";
import { DEPENDENCY_TYPES, EDGE_CONDITIONS, ON_CRASH, PARAMETER_TYPES } from "../../model/workflow.ts";

/** The type of a step without `type`. */
export const DEFAULT_TYPE = "command";

/** At least 1, since a limit of 0 would end the step at once. */
const limit = duration(1);
const retries = z.number().int().min(0).max(1000);

/** Delays in milliseconds. */
export const RETRY_DEFAULTS = { delay: 1_000, multiplier: 2, maxDelay: 300_000 } as const;

export const retryPolicy = z.strictObject({
  maxRetries: retries.optional().meta({ description: "Further attempts after the first.", default: 0 }),
  retryDelay: duration()
    .optional()
    .meta({ description: "Milliseconds before the next attempt.", default: RETRY_DEFAULTS.delay }),
  backoffMultiplier: z.number().min(1).max(100).optional().meta({
    description: "What each waiting time is multiplied by to give the next one.",
    default: RETRY_DEFAULTS.multiplier,
  }),
  maxDelay: duration()
    .optional()
    .meta({ description: "Upper bound of one waiting time, in milliseconds.", default: RETRY_DEFAULTS.maxDelay }),
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

const id = z.string().regex(STEP_ID).meta({ allowed: STEP_ID_RULE });
const parallel = z.union([z.boolean(), z.array(id)]).meta({ allowed: "ids in a list" });

/** The fields that steps of every type have. */
export const stepFields = {
  id: id.describe("What the step is known by; unique regardless of case."),
  name: z.string().min(1).optional().meta({ description: "For people.", otherwise: "the `id`" }),
  description: z.string().optional().describe("For people; the worker sees it too."),
  timeout: limit.optional().meta({
    description: "Milliseconds for each attempt; then it is ended, and counts as failed.",
    otherwise: "none",
  }),
  retries: retries.optional().meta({ description: "Further attempts after a failure or a timeout.", default: 0 }),
  retryDelay: duration()
    .optional()
    .meta({ description: "Milliseconds before the next attempt.", default: RETRY_DEFAULTS.delay }),
  retryPolicy: retryPolicy.optional().meta({
    description: "The same and more in one object; it beats the workflow's, and `retries` and `retryDelay` beat it.",
    otherwise: "the workflow's",
  }),
  condition: z.string().optional().meta({
    description:
      "An expression; looked at once, when all that the step comes after is settled. If false, the step is skipped.",
    otherwise: "all that it comes after succeeded",
  }),
  onCrash: z
    .enum(ON_CRASH)
    .optional()
    .meta({ description: "What becomes of it if Baton dies while it runs; `ask` pauses the run.", default: "retry" }),
  outputKey: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("A name for its output, in expressions and in the `results` of the run."),
  optional: z.boolean().optional().meta({ description: "Its failure does not fail the run.", default: false }),
  risky: z.boolean().optional().meta({ description: "A checkpoint is made before its first attempt.", default: false }),
  parallel: parallel.optional().meta({
    description: "An assertion: `true`, it is independent of all steps so marked; a list, of these.",
    otherwise: "nothing is asserted",
  }),
};

export const dependency = z.strictObject({
  from: id.describe("The step that is waited for."),
  to: id.describe("The step that waits."),
  type: z
    .enum(DEPENDENCY_TYPES)
    .optional()
    .meta({ description: "Which moment of `from` comes before which moment of `to`.", default: "finish_to_start" }),
  condition: z.enum(EDGE_CONDITIONS).optional().meta({
    description: "What is demanded of `from`.",
    otherwise: "`success`; mere order if `to` has a `condition` of its own",
  }),
  reason: z.string().min(1).max(1000).optional().describe("For people; shown by `baton validate --explain`."),
});

export const concurrencyLimit = z.strictObject({
  steps: z.array(id).min(1).describe("The steps it is about."),
  max: z.number().int().min(1).max(100_000).describe("How many of them may be under way at once."),
});

/** `source/to-json.ts` checks the values. A zod record would lose a key named `__proto__`. */
const context = z.custom<Record<string, unknown>>(isRecord, "record");

/** One entry of `parameters`. `parameter-declarations.ts` checks its values against each other. */
export const parameterDeclaration = z.strictObject({
  type: z.enum(PARAMETER_TYPES).optional().meta({
    description: "What its value must be. Text that is given is read as it.",
    otherwise: "that of `default`, or of the first in `enum`; else `string`",
  }),
  description: z.string().optional().describe("Shown to a caller that gives a wrong value."),
  required: z
    .boolean()
    .optional()
    .meta({ description: "Whether it must be given.", otherwise: "`true` without a `default`" }),
  default: z.unknown().optional().describe("Taken when it is not given. A required parameter has none."),
  enum: z.array(z.unknown()).min(1).optional().describe("The values it may have; of a list: what it may hold."),
  pattern: z
    .string()
    .optional()
    .describe("A regular expression that its text must match somewhere; of a list: each text in it."),
  confirm: z
    .array(z.unknown())
    .min(1)
    .optional()
    .describe(
      "Values with which a goal's words alone do not start it: the user is asked first. Of a list: what it may not hold then.",
    ),
});

export const workflowFields = {
  name: z.string().min(1).optional().meta({ description: "What it is called.", otherwise: "the name of its file" }),
  version: z.string().regex(VERSION, VERSION_RULE).optional().meta({
    description: "What templates of one name are told apart by.",
    allowed: "as `1.2.0` or `1.2.0-rc.1`",
  }),
  description: z.string().optional().describe("For people."),
  parameters: context.optional().meta({
    type: "object",
    description: "What it may be called with: [parameters](#parameter) by name, or `name: type`.",
    otherwise: "whatever its expressions read",
  }),
  dependencies: z
    .array(dependency)
    .optional()
    .describe("What comes after what, besides what follows from data and conditions."),
  limits: z.array(concurrencyLimit).max(1000).optional().describe("How many of some steps may be under way at once."),
  timeout: limit.optional().meta({
    description:
      "Milliseconds of active time; pauses do not count. Then all that is left is ended or cancelled, and the run has failed.",
    otherwise: "none",
  }),
  context: context.optional().meta({
    type: "object",
    description: "Plain data, read as `context.x`. What a caller gives goes over it.",
  }),
  errorHandling: z
    .strictObject({
      retryPolicy: retryPolicy.optional().describe("For every step that does not say otherwise."),
    })
    .optional()
    .describe("What holds for all steps when something fails."),
  parallel: parallel.optional().meta({
    description: "An assertion: `true`, all steps are independent; a list, these are.",
    otherwise: "nothing is asserted",
  }),
};

/** The schema of a workflow in the form with `steps`, with all the given step types. */
export function workflowSchema(stepTypes: readonly StepSyntax[]) {
  const [first, ...others] = stepTypes.map(stepSchema);
  if (first === undefined) throw new Error("a workflow needs at least one step type");
  const step = z.discriminatedUnion("type", [first, ...others]);
  return z.strictObject({ ...workflowFields, steps: z.array(step).min(1) });
}
export type WorkflowSchema = ReturnType<typeof workflowSchema>;
export type ShapedWorkflow = z.infer<WorkflowSchema>;

function stepSchema({ type, fields }: StepSyntax) {
  const literal = z.literal(type);
  return z.strictObject({
    ...fields,
    ...stepFields,
    type: type === DEFAULT_TYPE ? literal.optional() : literal,
  });
}

/** The known fields at a place, for "did you mean". `place`: the keys of its path without indices, joined by dots. */
export function fieldsAt(place: string, syntax: StepSyntax | undefined): string[] {
  switch (place) {
    case "":
      return [...Object.keys(workflowFields), "steps"];
    case "steps":
      return [...Object.keys(stepFields), "type", "dependsOn", ...Object.keys(syntax?.fields ?? {})];
    case "dependencies":
      return Object.keys(dependency.shape);
    case "limits":
      return Object.keys(concurrencyLimit.shape);
    case "errorHandling":
      return Object.keys(workflowFields.errorHandling.unwrap().shape);
    case "errorHandling.retryPolicy":
    case "steps.retryPolicy":
      return Object.keys(retryPolicy.shape);
    default:
      return place.startsWith("parameters.") ? Object.keys(parameterDeclaration.shape) : [];
  }
}
