import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { explainEdges } from "../../workflow/check/explain-edges.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { renderExplanation, renderPlan } from "./plan-print.ts";
import { workflowArgument } from "./workflow-argument.ts";
import { compile, type Explanation, origin, type PlanView, planView } from "./workflows.ts";

export const validateWorkflow = defineOperation({
  name: "workflow.validate",
  summary: "check a workflow file or template and list every mistake with its place",
  effect: "read",
  input: z.object({
    ...origin,
    explain: z.boolean().describe("show the parsed workflow, and the reason for each edge").optional(),
  }),
  async handle(input, app): Promise<Result<PlanView & Partial<Explanation>, Failure>> {
    const compiled = compile(input, app);
    if (!compiled.ok) return compiled;
    const view = planView(compiled.value);
    if (!input.explain) return ok(view);
    const { workflow } = compiled.value.plan;
    return ok({ ...view, workflow, edges: explainEdges(workflow, app.stepSyntax, compiled.value.inferred) });
  },
  command: {
    usage: "validate <workflow>",
    options: { explain: "--explain" },
    toInput: ({ workflow, explain }) => ({ ...workflowArgument(String(workflow)), explain }),
    print: (plan, { colors }) => [renderPlan(plan, colors), ...renderExplanation(plan, colors)].join("\n"),
  },
});
