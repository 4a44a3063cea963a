import { z } from "zod";
import type { FieldMistake, NewSteps, StepSyntax, StepType } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import { type ExpansionSource, expandPattern } from "../../workflow/expand-pattern.ts";
import { itemName, NAME } from "./foreach.ts";

/** Elements that grow unless the step says how many may. */
const USUAL = 100;
/** Bytes of all that grows: it is one event, and the line of a journal that holds it must stay readable in one go. */
const LARGEST = 16 * 1024 * 1024;

/**
 * Steps grow into the run: one for each element of a list, made after a pattern. They are steps like any other, and whatever waits for this one to
 * finish waits for all of them.
 */
export const growSyntax = {
  type: "grow",
  summary:
    "Steps grow into the run, one for each element of a list. Its output is the list of their ids; what waits for it waits for them, too.",
  fields: {
    from: z
      .union([z.string().min(1), z.array(z.json())])
      .describe("A list of objects, or an expression that gives one."),
    as: z
      .string()
      .regex(NAME)
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
      .meta({ description: "More elements than this fail the step.", default: USUAL }),
  },
  templates: { from: "expression" },
  nested: { field: "step", kind: "step", names: (step) => [itemName(step), "index"], pattern: true },
  mistakes({ step }): FieldMistake[] {
    const pattern = isRecord(step) ? step : {};
    const mistakes = ["condition", "outputKey", "parallel"]
      .filter((field) => pattern[field] !== undefined)
      .map((field): FieldMistake => ({ field: ["step", field], message: `a step that grows has no ${field}` }));
    if (pattern.type === "grow") {
      const hint = "Let one list hold all of them, or grow workflows that have such a step.";
      mistakes.push({ field: ["step", "type"], message: "what grows cannot let anything grow", hint });
    }
    if (pattern.file !== undefined && (pattern.type ?? "workflow") === "workflow") {
      mistakes.push({
        field: ["step", "file"],
        message: "no file is read when a step grows",
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
    perform(job, report, surroundings) {
      const { from, written, as = "item", inOrder = false, max = USUAL } = job.config as unknown as Config;
      const { parameters, context, workflow } = surroundings().definition;
      const declared = workflow.parameters?.map(({ name }) => name);
      const scope = { definitionSteps: workflow.steps, parameters, declared, context, stepTypes, maxSteps };
      const shoots = bounded(expandPattern(from, { id: job.stepId, written, as, inOrder, max }, scope));
      report({ kind: "ended", end: { outcome: "completed", shoots } });
      return { stop() {}, abandon() {} };
    },
  };
}

function bounded(shoots: NewSteps): NewSteps {
  let room = LARGEST;
  for (const part of [...shoots.steps, ...shoots.dependencies]) {
    room -= Buffer.byteLength(JSON.stringify(part));
    if (room < 0) return { ...shoots, problems: [`what grows is larger than ${LARGEST} bytes, as one event`] };
  }
  return shoots;
}
