import type { ToolFace } from "./tool.ts";

export const checkpoint: ToolFace = {
  name: "checkpoint",
  title: "Checkpoints of a run",
  description: `Go back to how a workflow run, its code, or both were: create (by name), list, show, restore, fork, delete. \
Checkpoints are made by themselves after each agent step, before risky steps and on pause; in a git work tree they hold the code with all uncommitted changes, too. \
restore with dryRun: true shows what would change; it kills what runs, revokes assignments, leaves the run paused, and refuses to overwrite uncommitted changes without force. \
fork makes a new run in which what was finished is finished.`,
  defaultAction: "list",
};
