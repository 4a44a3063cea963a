import type { ToolFace } from "./tool.ts";

export const executeWorkflow: ToolFace = {
  name: "execute_workflow",
  title: "Execute a workflow",
  description: `Run shell and agent steps durably: in dependency order, parallel where possible. \
For work that must survive a crash or a context reset, or that agents share. \
Answers with workflowId and ready[], the agent steps for handoff; monitor_workflow follows it. \
Steps: {id, command, dependsOn: [ids], timeout (ms or 5m), retries, environment, condition, outputKey, optional} or \
{id, agent | skill | needs: [..], prompt, input, output (JSON Schema), verify: [commands], fallback}. \
dependencies: [{from, to, condition}]; condition: "always", "on_success(a, b)", "on_failure(a)" or CEL. \
{{steps.a.output}}, {{parameters.x}} are safe in commands.`,
  alwaysLoad: true,
  openWorld: true,
};
