import { z } from "zod";
import { err, ok } from "../../model/data/result.ts";
import { JsonRecord } from "../../model/workflow.ts";
import { defineOperation } from "../operation.ts";
import { renderPlan } from "../workflow/plan-print.ts";
import { planLines } from "../workflow/plan-text.ts";
import { referenceOf } from "../workflow/template-reference.ts";
import { fitPlan } from "../workflow/truncate-plan.ts";
import { compile, planView } from "../workflow/workflows.ts";
import { naming } from "./naming.ts";

/** What a run with these parameters would do. */
export const previewTemplate = defineOperation({
  name: "templates.preview",
  summary: "check parameters and show the plan; runs nothing",
  effect: "read",
  input: z.object({
    ...naming,
    parameters: JsonRecord.describe("values").optional(),
    context: JsonRecord.describe("values").optional(),
  }),
  tool: { name: "manage_templates", action: "preview", unlisted: ["version", "context", "cwd"] },
  async handle({ name, version, cwd, parameters = {}, context = {} }, app, call) {
    const reference = referenceOf(name, version);
    if (!reference.ok) return reference;
    const compiled = compile({ template: reference.value, cwd }, app, { parameters, context });
    if (!compiled.ok) {
      const hint = `manage_templates {action: "show", name: "${reference.value}"} shows its parameters.`;
      return err({ hint, ...compiled.error });
    }
    const plan = fitPlan(planView(compiled.value), call.characters);
    const next = `execute_workflow {template: "${compiled.value.template}", parameters} executes it.`;
    return ok({ ...plan, given: compiled.value.parsed.parameters, next });
  },
  command: {
    usage: "templates preview <name>",
    options: {
      parameters: { flags: "--param <k=v>", about: "a parameter: k=text, or k:=json for a number, list, …" },
      context: { flags: "--context <k=v>", about: "a context value, like --param" },
    },
    print: (plan, { colors }) => renderPlan(plan, colors),
  },
  text: planLines,
});
