import { z } from "zod";
import type { FieldError, NewSteps, StepSyntax, StepType } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import { type ExpansionSource, expandPattern } from "../../workflow/expand-pattern.ts";
import { ITEM_NAME, itemName } from "./foreach.ts";

/** How many elements a step without `max` may expand. */
const DEFAULT_MAX_ELEMENTS = 100;
/** The largest expansion, in bytes. It is one event, and Baton must be able to read its journal line in one piece. */
const MAX_EXPANSION_BYTES = 16 * 1024 * 1024;

/**
 * Expands a pattern into the run: one step for each element of a list. The new steps are steps like any other. A step
 * that waits for the finish of this one waits for all of them.
 */
export const growSyntax = {
  type: "grow",
  expands: true,
  summary:
    "Steps grow into the run, one for each element of a list. Its output is the list of their ids; what waits for it waits for them, too.",
  fields: {
    from: z
      .union([z.string().min(1), z.array(z.json())])
      .describe("A list of objects, or an expression that gives one."),
    as: z
      .string()
      .regex(ITEM_NAME)
      .optional()
      .meta({ description: "What the pattern calls an element; its place is `index`, from 0.", default: "item" }),
    step: z.custom<Record<string, unknown>>(isRecord, "record").meta({
      type: "object",
      description:
        "The pattern: a step of any other type, with `id` and `dependsOn` as templates, without `condition`, `outputKey` and `parallel`.",
    }),
    inOrder: z.boolean().optional().meta({
      description: "Elements that say nothing of what they depend on follow the one before.",
      default: false,
    }),
    max: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: "More elements than this fail the step.", default: DEFAULT_MAX_ELEMENTS }),
  },
  templates: { from: "expression" },
  nested: { field: "step", kind: "step", names: (step) => [itemName(step), "index"], pattern: true },
  fieldErrors({ step }): FieldError[] {
    const pattern = isRecord(step) ? step : {};
    const mistakes = ["condition", "outputKey", "parallel"]
      .filter((field) => pattern[field] !== undefined)
      .map((field): FieldError => ({ field: ["step", field], message: `the pattern of a grow step has no ${field}` }));
    if (pattern.type === "grow") {
      const hint = "Put all elements into one list, or use a pattern of type workflow that contains a grow step.";
      mistakes.push({ field: ["step", "type"], message: "the pattern of a grow step cannot be a grow step", hint });
    }
    if (pattern.file !== undefined && (pattern.type ?? "workflow") === "workflow") {
      mistakes.push({
        field: ["step", "file"],
        message: "the pattern of a grow step cannot name a workflow file",
        hint: "Give the workflow inline.",
      });
    }
    return mistakes;
  },
} satisfies StepSyntax;

type Config = Pick<ExpansionSource, "written"> & Partial<ExpansionSource> & { readonly from: unknown };

export function growStep(stepTypes: readonly StepSyntax[], maxSteps: number): StepType {
  return {
    ...growSyntax,
    perform(job, report, contextOf) {
      const {
        from,
        written,
        as = "item",
        inOrder = false,
        max = DEFAULT_MAX_ELEMENTS,
      } = job.config as unknown as Config;
      const { parameters, context, workflow } = contextOf().definition;
      const declared = workflow.parameters?.map(({ name }) => name);
      const scope = { definitionSteps: workflow.steps, parameters, declared, context, stepTypes, maxSteps };
      const newSteps = limitSize(expandPattern(from, { id: job.stepId, written, as, inOrder, max }, scope));
      report({ kind: "ended", end: { outcome: "completed", newSteps } });
      return { stop() {}, abandon() {} };
    },
  };
}

function limitSize(newSteps: NewSteps): NewSteps {
  let bytesLeft = MAX_EXPANSION_BYTES;
  for (const part of [...newSteps.steps, ...newSteps.dependencies]) {
    bytesLeft -= Buffer.byteLength(JSON.stringify(part));
    if (bytesLeft < 0)
      return { ...newSteps, problems: [`the new steps are larger than ${MAX_EXPANSION_BYTES} bytes together`] };
  }
  return newSteps;
}
