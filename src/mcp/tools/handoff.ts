import type { ToolFace } from "./tool.ts";

export const handoff: ToolFace = {
  name: "handoff",
  title: "Take and deliver agent steps",
  description: `Do agent steps of a run. accept leases ready steps: assignments[].text tells all, the token is for the other actions; with count: n, start n subagents. \
complete delivers ("reported": Baton's checks still run); progress keeps the lease; transfer: to another agent; \
amend corrects a delivery; ask puts questions to the person and ends the assignment; read shows a part whole. \
Report what is so: Baton checks.`,
  defaultAction: "accept",
  alwaysLoad: true,
};
