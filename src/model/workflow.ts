import { z } from "zod";
import { StepId } from "./ids.ts";
import { Json, JsonRecord } from "./json.ts";

export { Json, type JsonObject, JsonRecord, type JsonValue } from "./json.ts";

export const EDGE_CONDITIONS = ["success", "failure", "always"] as const;
export type EdgeCondition = (typeof EDGE_CONDITIONS)[number];

/** A step has two endpoints: its start, and its finish, when it is settled. */
export type Endpoint = "start" | "finish";

/** For each type of dependency: which endpoint of one step must come before which endpoint of the other. */
export const DEPENDENCY_TYPES = ["finish_to_start", "start_to_start", "finish_to_finish", "start_to_finish"] as const;
export type DependencyType = (typeof DEPENDENCY_TYPES)[number];
export const EDGE_ENDPOINTS: Readonly<Record<DependencyType, { readonly after: Endpoint; readonly holds: Endpoint }>> =
  {
    finish_to_start: { after: "finish", holds: "start" },
    start_to_start: { after: "start", holds: "start" },
    finish_to_finish: { after: "finish", holds: "finish" },
    start_to_finish: { after: "start", holds: "finish" },
  };

export const ON_CRASH = ["retry", "fail", "ask"] as const;

export const MODES = ["parallel", "sequential"] as const;
export type Mode = (typeof MODES)[number];

const milliseconds = z.number().int().nonnegative();

/** How a failed attempt is retried. All times in milliseconds. `retries` n allows n attempts after the first. */
export const Retry = z.object({
  retries: z.number().int().nonnegative(),
  delay: milliseconds,
  multiplier: z.number().min(1),
  /** The longest delay. Absent: unbounded. */
  maxDelay: milliseconds.optional(),
});
export type Retry = z.infer<typeof Retry>;

/**
 * A step of the normalised model. `config` holds the fields of its type (`command`, `environment`, … for `command`
 * steps). Templates in them are still text.
 */
export const Step = z.object({
  id: StepId,
  name: z.string(),
  description: z.string().optional(),
  type: z.string(),
  config: z.record(z.string(), z.unknown()),
  /** Limit for one attempt, in milliseconds. */
  timeout: milliseconds.optional(),
  retry: Retry,
  /** Source text of the condition, e.g. `on_success(test) && parameters.deploy`. */
  condition: z.string().optional(),
  onCrash: z.enum(ON_CRASH),
  outputKey: z.string().optional(),
  optional: z.boolean(),
  /** Names that only its templates know, and their values: the item of a list, for example. */
  bindings: JsonRecord.optional(),
  /** Baton makes a checkpoint before it starts. */
  risky: z.boolean().optional(),
});
export type Step = z.infer<typeof Step>;

/**
 * An explicit edge. By default `to` starts only after `from` is settled. Without `condition` see `Edge.condition` in
 * plan.ts.
 */
export const Dependency = z.object({
  from: StepId,
  to: StepId,
  /** Absent: `finish_to_start`. */
  type: z.enum(DEPENDENCY_TYPES).optional(),
  condition: z.enum(EDGE_CONDITIONS).optional(),
  /** Where it comes from, in words. */
  reason: z.string().optional(),
});
export type Dependency = z.infer<typeof Dependency>;

/** At most so many of these steps run at once, whether Baton or workers perform them. */
export const Limit = z.object({ steps: z.array(StepId), max: z.number().int().positive() });
export const PARAMETER_TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** What a workflow declares about one parameter. */
export const Parameter = z.object({
  name: z.string(),
  type: z.enum(PARAMETER_TYPES),
  description: z.string().optional(),
  /** The caller must give it. Never together with `default`. */
  required: z.boolean(),
  default: Json.optional(),
  enum: z.array(Json).optional(),
  /** Source of a regular expression that some part of the text must match. */
  pattern: z.string().optional(),
  /** Values that need a yes before a goal's words alone start the workflow. */
  confirm: z.array(Json).optional(),
});
export type Parameter = z.infer<typeof Parameter>;

/** A workflow in the model that every dialect is translated into. Plain JSON, stored with each run. */
export const Workflow = z.object({
  name: z.string(),
  description: z.string().optional(),
  steps: z.array(Step),
  dependencies: z.array(Dependency),
  limits: z.array(Limit).optional(),
  /** Limit for the whole run, in milliseconds of active time. */
  timeout: milliseconds.optional(),
  context: JsonRecord,
  /** The declared parameters. Absent: whatever its expressions read. */
  parameters: z.array(Parameter).optional(),
  version: z.string().optional(),
});
export type Workflow = z.infer<typeof Workflow>;
