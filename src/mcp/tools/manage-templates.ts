import { z } from "zod";
import type { ToolByHand } from "./by-hand.ts";

const TEMPLATES = {
  list: "templates.list",
  show: "templates.show",
  save: "templates.save",
  delete: "templates.delete",
  versions: "templates.versions",
  preview: "templates.preview",
} as const;

export const manageTemplates: ToolByHand = {
  name: "manage_templates",
  title: "The library of workflows",
  description: `Use and keep workflows that are written already: templates, each with versions and declared parameters. \
list names them (shipped, the user's, the project's, saved ones); show tells one's parameters and steps; preview checks parameters and shows the plan; \
execute_workflow {template, parameters} runs it. save keeps a workflow as a new version: without confirm it shows the difference to the version before, with confirm: true it saves; \
a saved version never changes. versions lists all of one; delete removes a saved one.`,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.object({
    action: z
      .enum(Object.keys(TEMPLATES) as [keyof typeof TEMPLATES])
      .describe("Default: list")
      .optional(),
    name: z.string().describe("name, name@1 (the highest 1.x) or name@1.2.0; for save the name alone").optional(),
    version: z.string().describe("For save: 1.2.0, major, minor or patch (default: the next)").optional(),
    workflow: z
      .unknown()
      .describe("For save: object or YAML text; declares parameters: {x: {type, default, description}}")
      .optional(),
    file: z.string().describe("For save, instead of workflow").optional(),
    parameters: z.record(z.string(), z.unknown()).describe("For preview").optional(),
    context: z.record(z.string(), z.unknown()).describe("For preview").optional(),
    cwd: z.string().describe("A directory in the project (default: the server's)").optional(),
    confirm: z.boolean().describe("For save: really save").optional(),
    limit: z.number().int().describe("For list").optional(),
    detail: z.enum(["concise", "full"]).describe("For show: full, with its text").optional(),
  }),
  route: ({ action, ...args }) => ({ actions: TEMPLATES, action: action ?? "list", args }),
};
