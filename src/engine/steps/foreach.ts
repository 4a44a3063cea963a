import { z } from "zod";
import type { FieldMistake, Job, StepContext, StepSyntax, StepType } from "../../model/contracts/step.ts";
import type { Result } from "../../model/result.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { JsonValue, Step, Workflow } from "../../model/workflow.ts";
import type { LocalEngine } from "../local-engine.ts";
import { type Child, type ChildFailure, performChild, unusable, usable } from "./child.ts";

/** Items beyond this belong into a program that works through them. */
const MOST_ITEMS = 10_000;
export const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export const itemName = (step: Readonly<Record<string, unknown>>): string =>
  typeof step.as === "string" ? step.as : "item";

/**
 * One step for each item of a list, in a run of its own. `onFailure`: `stop` cancels what is left, `continue` does the others and then
 * fails, `ignore` takes the failed ones for nothing. The output is the list of outputs, in the order of the items.
 */
export const foreachSyntax = {
  type: "foreach",
  summary:
    "One step for each item of a list, in a run of its own. Its output is the list of outputs, in the order of the items.",
  fields: {
    items: z
      .union([z.string().min(1), z.array(z.json())])
      .describe(`A list of at most ${groupDigits(MOST_ITEMS)}, or an expression that gives one.`),
    as: z
      .string()
      .regex(NAME)
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
  mistakes({ step }): FieldMistake[] {
    const inner = typeof step === "object" && step !== null ? (step as Record<string, unknown>) : {};
    const grows = {
      field: ["step", "type"],
      message: "in a foreach nothing can grow",
      hint: "Put both into a workflow.",
    };
    return ["id", "condition", "outputKey"]
      .filter((field) => inner[field] !== undefined)
      .map(
        (field): FieldMistake => ({
          field: ["step", field],
          message: `the step of a foreach has no ${field} of its own`,
          hint: "Write it on the foreach.",
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

/** @param engine asked for when a step starts, since the engine is made with its steps */
export function foreachStep(engine: () => LocalEngine): StepType {
  return {
    ...foreachSyntax,
    perform(job, report, surroundings) {
      const around = surroundings();
      return performChild(engine(), job, around, childOf(job, around), report);
    },
  };
}

function childOf(job: Job, around: StepContext): Result<Child, ChildFailure> {
  const { items, as, step, maxParallel, onFailure = "stop" } = job.config as unknown as Config;
  if (!Array.isArray(items)) {
    return unusable(
      `items is ${items === null ? "null" : `of type ${typeof items}`}, not a list`,
      "Write a list, or an expression that gives one.",
    );
  }
  if (items.length > MOST_ITEMS)
    return unusable(`items has ${items.length} elements; at most ${MOST_ITEMS} are worked through`);
  const steps = (items as JsonValue[]).map(
    (item, index): Step => ({
      ...step,
      id: `${job.stepId.slice(0, 120)}.${index}`,
      name: `${step.name} ${index}`,
      optional: onFailure === "ignore",
      bindings: { [as ?? "item"]: item, index },
    }),
  );
  const { definition, before } = around;
  const workflow: Workflow = {
    name: job.stepId,
    // What failed before, and is handled here, is no failure of this run.
    steps: [...before.map(({ step }) => ({ ...step, optional: true })), ...steps],
    dependencies: [],
    context: definition.workflow.context,
  };
  const own = before.length;
  return usable({
    definition: { ...definition, workflow },
    maxParallel: maxParallel ?? around.maxParallel,
    copies: before.map((one) => one.copy),
    output: ({ state }) =>
      state.steps.slice(own).map(({ status, output }) => (status === "completed" ? (output ?? null) : null)),
    ...(onFailure === "stop" && {
      enough: ({ state }) => state.steps.some((one, index) => index >= own && one.status === "failed"),
    }),
  });
}
