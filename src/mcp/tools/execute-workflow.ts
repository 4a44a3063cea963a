import { z } from "zod";
import { type ToolByHand, wait } from "./by-hand.ts";

export const executeWorkflow: ToolByHand = {
  name: "execute_workflow",
  title: "Execute a workflow",
  description: `Run a workflow of shell steps and agent steps durably: in dependency order, in parallel where possible, with retries and conditions. \
Use it for work of several steps that must survive a crash, a closed window or a context reset, or that several agents share. \
Give workflow inline, a file, or a template with parameters. Answers at once with workflowId and ready[], the agent steps to take with handoff; follow it with monitor_workflow. \
Steps: {id, command, timeout (ms), retries, environment, condition, outputKey, optional} or \
{id, agent | skill | needs: [..], prompt, input, output (JSON Schema), verify: [commands], fallback, leaseSeconds}. \
dependencies: [{from, to, condition: success|failure|always}]; condition: "always", "on_success(a, b)", "on_failure(a)", or CEL. \
{{steps.a.output}}, {{parameters.x}} and {{context.y}} pass values safely into commands. dryRun shows the plan and every mistake.`,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  alwaysLoad: true,
  input: z.object({
    workflow: z
      .unknown()
      .describe(
        "Inline object: {name, steps: [{id, command, …}], dependencies: [{from, to}], timeout, context, errorHandling}, or with skills: [{skill, input, output_key}] or phases: [{name, agents, depends_on}] instead of steps, or its YAML or JSON text",
      )
      .optional(),
    file: z
      .string()
      .describe(
        "Instead of workflow: path of a YAML or JSON file, relative to cwd; file#intent for one of several intents",
      )
      .optional(),
    template: z.string().describe("Instead of workflow: name or name@version from manage_templates").optional(),
    cwd: z.string().describe("Directory the commands run in (default: the server's)").optional(),
    parameters: z.record(z.string(), z.unknown()).describe("Values for {{parameters.x}}").optional(),
    context: z.record(z.string(), z.unknown()).describe("Values for {{context.x}}, over the workflow's own").optional(),
    mode: z.enum(["parallel", "sequential"]).optional(),
    maxParallel: z.number().int().describe("Steps at a time").optional(),
    dryRun: z.boolean().describe("Only show the plan: order, levels, critical path, mistakes").optional(),
    detach: z.boolean().describe("Give the run to a process of its own, which outlives this session").optional(),
    waitSeconds: z.number().describe(wait).optional(),
    idempotencyKey: z.string().describe("The same key never starts a second run").optional(),
    detail: z.enum(["concise", "full"]).optional(),
  }),
  route: (args) => ({ operation: "run.execute", args }),
};
