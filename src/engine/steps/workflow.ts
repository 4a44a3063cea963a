import { z } from "zod";
import type { FieldError, StepSyntax, StepType } from "../../model/contracts/step.ts";
import { formatDiagnostic } from "../../model/diagnostic.ts";
import { isRecord } from "../../model/json.ts";
import type { JsonObject, JsonValue, Workflow } from "../../model/workflow.ts";
import { JsonRecord } from "../../model/workflow.ts";
import { viewRun } from "../../run/view/view.ts";
import { fillParameters } from "../../workflow/schema/parameters.ts";
import { type ChildHost, childAccepted, childRefused, performChild } from "./child.ts";

/** A workflow as a step: it takes parameters and gives its results. */
export const workflowSyntax = {
  type: "workflow",
  summary: "A workflow as a step: a run of its own, which gets parameters and gives its results.",
  fields: {
    workflow: z
      .custom<Record<string, unknown>>((value) => value === undefined || isRecord(value), "record")
      .optional()
      .meta({ type: "object", description: "The workflow itself. A step has this or `file`." }),
    file: z
      .string()
      .min(1)
      .optional()
      .describe("Its file, relative to the `cwd` of the run, and read when the run is made."),
    parameters: JsonRecord.optional().meta({
      type: "object",
      description: "What it is called with. It knows nothing else of the run around it.",
      default: {},
    }),
    maxParallel: z
      .number()
      .int()
      .min(1)
      .max(1024)
      .optional()
      .meta({ description: "How many of its steps may run at once.", otherwise: "as in the run around it" }),
  },
  templates: { parameters: "data" },
  knownBy: ["workflow", "file"],
  passive: true,
  nested: { field: "workflow", kind: "workflow", names: () => [] },
  fieldErrors(step): FieldError[] {
    if ((step.workflow === undefined) !== (step.file === undefined)) return [];
    const hint = "Give workflow (an object with steps) or file (the path of one).";
    return [{ field: ["workflow"], message: "a workflow step has either workflow or file", hint }];
  },
} satisfies StepSyntax;

interface Config {
  readonly workflow: Workflow;
  readonly parameters?: JsonObject;
  readonly maxParallel?: number;
}

/** @param host called when a step starts: the engine does not exist yet when its step types are created */
export function workflowStep(host: () => ChildHost): StepType {
  return {
    ...workflowSyntax,
    perform(job, report, contextOf) {
      const { workflow, parameters = {}, maxParallel } = job.config as unknown as Config;
      const context = contextOf();
      const { performers } = context.definition;
      const declared = workflow.parameters;
      const filled = declared ? fillParameters(declared, parameters) : { values: parameters, mistakes: [] };
      if (filled.mistakes.length > 0) {
        const child = childRefused(filled.mistakes.map(formatDiagnostic).join("; "), "Correct the step's parameters.");
        return performChild(host(), job, context, child, report);
      }
      const definition = {
        ...{ workflow, parameters: filled.values, context: workflow.context },
        ...(performers && { performers }),
      };
      const child = childAccepted({
        definition,
        maxParallel: maxParallel ?? context.maxParallel,
        output: ({ plan, state, now }) => viewRun(plan, state, now).results as Record<string, JsonValue>,
      });
      return performChild(host(), job, context, child, report);
    },
  };
}
