import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import type { Plan } from "../../model/plan.ts";
import { escapedLine, named } from "../../model/text/quoted.ts";
import { drawText, mermaid } from "../../workflow/draw/drawing.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { workflowArgument } from "./workflow-argument.ts";
import { compile, origin } from "./workflows.ts";

export const drawWorkflow = defineOperation({
  name: "workflow.graph",
  summary: "draw a workflow file or template",
  effect: "read",
  input: z.object(origin),
  async handle(input, app) {
    const compiled = compile(input, app);
    if (!compiled.ok) return compiled;
    const plan = drawablePlan(compiled.value.plan);
    const chart = mermaid(plan);
    const drawing = drawText(plan);
    if (!chart.ok) return failure(chart.error);
    if (!drawing.ok) return failure(drawing.error);
    return ok({ name: compiled.value.plan.workflow.name, mermaid: chart.value, drawing: drawing.value });
  },
  command: {
    usage: "graph <workflow>",
    options: { asMermaid: { flags: "--mermaid", about: "as a Mermaid flowchart" } },
    toInput: ({ workflow }) => workflowArgument(String(workflow)),
    print: ({ mermaid, drawing }, _, { asMermaid }) => (asMermaid ? mermaid : drawing),
  },
});

/** A name stays in the line that draws it. */
function drawablePlan(plan: Plan): Plan {
  const { workflow } = plan;
  const steps = workflow.steps.map((step) => ({ ...step, name: escapedLine(step.name) }));
  return { ...plan, workflow: { ...workflow, name: named(workflow.name), steps } };
}
