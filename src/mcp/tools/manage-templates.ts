import type { ToolFace } from "./tool.ts";

export const manageTemplates: ToolFace = {
  name: "manage_templates",
  title: "The library of workflows",
  description: `Use and keep workflows that are written already: templates, each with versions and declared parameters. \
list names them (shipped, the user's, the project's, saved ones); show tells one's parameters and steps; preview checks parameters and shows the plan; \
execute_workflow {template, parameters} runs it. save keeps a workflow as a new version: without confirm it shows the difference to the version before, with confirm: true it saves; \
a saved version never changes. versions lists all of one; delete removes a saved one.`,
  defaultAction: "list",
  idempotent: true,
};
