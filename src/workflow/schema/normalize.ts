import type { StepSyntax } from "../../model/contracts/step.ts";
import { defined, isRecord } from "../../model/json.ts";
import type { JsonObject, Parameter, Retry, Step, Workflow } from "../../model/workflow.ts";
import { AS_WRITTEN } from "./pattern.ts";
import { DEFAULT_TYPE, RETRY_DEFAULTS, type RetryPolicy, type ShapedWorkflow } from "./workflow-schema.ts";

/** Makes the model from a shaped workflow: fills in defaults, and resolves the retry policy of each step. */
export function normalize(
  shaped: ShapedWorkflow,
  outer: JsonObject,
  stepTypes: readonly StepSyntax[],
  file: string | undefined,
  nested: ReadonlyMap<number, { readonly workflow: Workflow }>,
  parameters: readonly Parameter[] | undefined,
): Workflow {
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const policy = shaped.errorHandling?.retryPolicy;
  return {
    name: shaped.name ?? nameFromFile(file),
    ...defined({ description: shaped.description, timeout: shaped.timeout }),
    steps: shaped.steps.map((step, index) =>
      normalizeStep(step, types.get(step.type ?? DEFAULT_TYPE)!, policy, nested.get(index)?.workflow),
    ),
    dependencies: (shaped.dependencies ?? []).map(({ from, to, type, condition, reason }) => ({
      from,
      to,
      ...defined({ type: type === "finish_to_start" ? undefined : type, condition, reason }),
    })),
    ...(shaped.limits?.length && { limits: shaped.limits }),
    context: Object.fromEntries([...Object.entries((shaped.context ?? {}) as JsonObject), ...Object.entries(outer)]),
    ...defined({ parameters: parameters && [...parameters], version: shaped.version }),
  };
}

/** The name of a workflow without `name`: that of its file. */
function nameFromFile(file: string | undefined): string {
  return /([^/]+?)(?:\.[A-Za-z]+)?$/.exec(file ?? "")?.[1] ?? "workflow";
}

function normalizeStep(
  step: ShapedWorkflow["steps"][number],
  syntax: StepSyntax,
  policy: RetryPolicy | undefined,
  inside: Workflow | undefined,
): Step {
  const { id, description, timeout, condition, outputKey } = step;
  const fields = step as Readonly<Record<string, unknown>>;
  const config: [string, unknown][] = [];
  for (const field of Object.keys(syntax.fields)) {
    const value = fields[field];
    if (inside && field === syntax.nested?.field) {
      config.push([field, syntax.nested.kind === "step" ? inside.steps[inside.steps.length - 1] : inside]);
      if (syntax.nested.pattern) config.push([AS_WRITTEN, value]);
    } else if (value !== undefined) config.push([field, syntax.templates[field] === "text" ? toText(value) : value]);
  }
  return {
    id,
    name: step.name ?? id,
    ...defined({ description }),
    type: syntax.type,
    config: Object.fromEntries(config),
    ...defined({ timeout }),
    retry: retryOf(step, policy),
    ...defined({ condition }),
    onCrash: step.onCrash ?? "retry",
    ...defined({ outputKey }),
    optional: step.optional ?? false,
    ...defined({ risky: step.risky }),
  };
}

/** Turns numbers and booleans into text, for fields of text such as `environment: { PORT: 8080 }`. */
function toText(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toText(member)]));
}

/**
 * A step's own fields override its policy, which overrides the workflow's. Without any policy, the delay stays the same
 * for every attempt.
 */
function retryOf(
  step: Pick<ShapedWorkflow["steps"][number], "retries" | "retryDelay" | "retryPolicy">,
  policy: RetryPolicy | undefined,
): Retry {
  const own = step.retryPolicy;
  const retry = {
    retries: step.retries ?? own?.maxRetries ?? policy?.maxRetries ?? 0,
    delay: step.retryDelay ?? own?.retryDelay ?? policy?.retryDelay ?? RETRY_DEFAULTS.delay,
  };
  if (own === undefined && policy === undefined) return { ...retry, multiplier: 1 };
  return {
    ...retry,
    multiplier: own?.backoffMultiplier ?? policy?.backoffMultiplier ?? RETRY_DEFAULTS.multiplier,
    maxDelay: own?.maxDelay ?? policy?.maxDelay ?? RETRY_DEFAULTS.maxDelay,
  };
}
