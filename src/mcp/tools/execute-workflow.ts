import type { ToolFace } from "./tool.ts";

export const executeWorkflow: ToolFace = {
  name: "execute_workflow",
  title: "Execute a workflow",
  description: `Run a workflow of shell steps and agent steps durably: in dependency order, in parallel where possible, with retries and conditions. \
Use it for work of several steps that must survive a crash, a closed window or a context reset, or that several agents share. \
Give workflow inline, a file, or a template with parameters. Answers at once with workflowId and ready[], the agent steps to take with handoff; follow it with monitor_workflow. \
Steps: {id, command, dependsOn: [ids], timeout (ms or 5m), retries, environment, condition, outputKey, optional} or \
{id, agent | skill | needs: [..], prompt, input, output (JSON Schema), verify: [commands], fallback, leaseSeconds}. \
dependencies: [{from, to, condition: success|failure|always}]; condition: "always", "on_success(a, b)", "on_failure(a)", or CEL. \
{{steps.a.output}}, {{parameters.x}} and {{context.y}} pass values safely into commands. dryRun shows the plan and every mistake.`,
  alwaysLoad: true,
  openWorld: true,
};
