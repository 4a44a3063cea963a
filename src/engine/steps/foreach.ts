import { z } from "zod";
import type { FieldError, Job, StepContext, StepSyntax, StepType } from "../../model/contracts/step.ts";
import type { Result } from "../../model/data/result.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { JsonValue, Step, Workflow } from "../../model/workflow.ts";
import {
  type ChildFailure,
  type ChildHost,
  type ChildRun,
  childAccepted,
  childRefused,
  performChild,
} from "./child.ts";

/** The largest list of items. A longer one needs a program of its own that processes it. */
const MAX_ITEMS = 10_000;
export const ITEM_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export const itemName = (step: Readonly<Record<string, unknown>>): string =>
  typeof step.as === "string" ? step.as : "item";

/**
 * One step for each item of a list, in a run of its own. `onFailure`: `stop` cancels the other items; `continue` does
 * the others and then fails; `ignore` takes `null` as the output of a failed item. The output is the list of the items'
 * outputs, in order.
 */
export const foreachSyntax = {
  type: "foreach",
  summary:
    "One step for each item of a list, in a run of its own. Its output is the list of outputs, in the order of the items.",
  fields: {
    items: z
      .union([z.string().min(1), z.array(z.json())])
      .describe(`A list of at most ${groupDigits(MAX_ITEMS)}, or an expression that gives one.`),
    as: z
      .string()
      .regex(ITEM_NAME)
      .optional()
      .meta({ description: "What the item is called inside; its place is `index`, from 0.", default: "item" }),
    step: z
      .custom<Record<string, unknown>>((value) => typeof value === "object" && value !== null, "record")
      .meta({
        type: "object",
        description: "The step, of any type, without `id`, `condition` and `outputKey`: those belong to the foreach.",
      }),
    maxParallel: z
      .number()
      .int()
      .min(1)
      .max(1024)
      .optional()
      .meta({ description: "How many items may be worked on at once.", otherwise: "as in the run around it" }),
    onFailure: z.enum(["stop", "continue", "ignore"]).optional().meta({
      description:
        "When an item has failed: `stop` cancels what is left; `continue` does the others and then fails; `ignore` takes its output for `null`.",
      default: "stop",
    }),
  },
  templates: { items: "expression" },
  knownBy: ["items"],
  passive: true,
  nested: { field: "step", kind: "step", names: (step) => [itemName(step), "index"] },
  fieldErrors({ step }): FieldError[] {
    const inner = typeof step === "object" && step !== null ? (step as Record<string, unknown>) : {};
    const grows = {
      field: ["step", "type"],
      message: "a foreach cannot contain a grow step",
      hint: "Put both into a workflow.",
    };
    return ["id", "condition", "outputKey"]
      .filter((field) => inner[field] !== undefined)
      .map(
        (field): FieldError => ({
          field: ["step", field],
          message: `the step of a foreach has no ${field} of its own`,
          hint: "Write it on the foreach step.",
        }),
      )
      .concat(inner.type === "grow" ? [grows] : []);
  },
} satisfies StepSyntax;

interface Config {
  readonly items: unknown;
  readonly as?: string;
  readonly step: Step;
  readonly maxParallel?: number;
  readonly onFailure?: "stop" | "continue" | "ignore";
}

/** @param host called when a step starts: the engine does not exist yet when its step types are created */
export function foreachStep(host: () => ChildHost): StepType {
  return {
    ...foreachSyntax,
    perform(job, report, contextOf) {
      const context = contextOf();
      return performChild(host(), job, context, childOf(job, context), report);
    },
  };
}

function childOf(job: Job, context: StepContext): Result<ChildRun, ChildFailure> {
  const { items, as, step, maxParallel, onFailure = "stop" } = job.config as unknown as Config;
  if (!Array.isArray(items)) {
    return childRefused(
      `items is ${items === null ? "null" : `of type ${typeof items}`}, not a list`,
      "Write a list, or an expression that gives one.",
    );
  }
  if (items.length > MAX_ITEMS)
    return childRefused(`items has ${items.length} elements; at most ${MAX_ITEMS} are allowed`);
  const steps = (items as JsonValue[]).map(
    (item, index): Step => ({
      ...step,
      id: `${job.stepId.slice(0, 120)}.${index}`,
      name: `${step.name} ${index}`,
      optional: onFailure === "ignore",
      bindings: { [as ?? "item"]: item, index },
    }),
  );
  const { definition, before } = context;
  const workflow: Workflow = {
    name: job.stepId,
    // A predecessor that failed must not fail this run: the foreach started in spite of it.
    steps: [...before.map(({ step }) => ({ ...step, optional: true })), ...steps],
    dependencies: [],
    context: definition.workflow.context,
  };
  const own = before.length;
  return childAccepted({
    definition: { ...definition, workflow },
    maxParallel: maxParallel ?? context.maxParallel,
    copies: before.map((one) => one.copy),
    first: own,
    output: ({ state }) =>
      state.steps.slice(own).map(({ status, output }) => (status === "completed" ? (output ?? null) : null)),
    ...(onFailure === "stop" && {
      enough: ({ state }) => state.steps.some((one, index) => index >= own && one.status === "failed"),
    }),
  });
}
