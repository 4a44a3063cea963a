import type { ToolFace } from "./tool.ts";

export const handoff: ToolFace = {
  name: "handoff",
  title: "Take and deliver agent steps",
  description: `Do the agent steps of a workflow run: accept leases ready steps and returns assignments[] with prompt, input, the capability's file to follow, \
what earlier agents handed over, and the token "assignment", which is all that the other actions need. With count: n, start n subagents at once. \
complete delivers output (checked against outputSchema, then by the step's own checks: "reported" means that these still run); fail gives the reason why it cannot be done; \
progress keeps the lease and shows percent and task; transfer passes the step to another agent with context; release gives it back untouched; amend corrects what you delivered until it is used. \
What others must know goes into notes, beside any of these or alone with note. \
ask puts questions to the person and ends the assignment; answer brings what the person said, and the step is ready again. Report what is so: Baton checks.`,
  defaultAction: "accept",
  alwaysLoad: true,
};
