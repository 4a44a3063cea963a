import type { ToolFace } from "./tool.ts";

export const manageTemplates: ToolFace = {
  name: "manage_templates",
  title: "Workflow templates",
  description: `The library of workflows with versions and parameters. execute_workflow {template, parameters} runs one. \
show tells its parameters and steps; preview checks parameters and shows the plan; save keeps a workflow as a new version, which never changes; delete removes a saved one.`,
  defaultAction: "list",
  idempotent: true,
};
