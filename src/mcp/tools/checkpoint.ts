import type { ToolFace } from "./tool.ts";

export const checkpoint: ToolFace = {
  name: "checkpoint",
  title: "Checkpoints of a run",
  description: `Go back to how a run, its code, or both were. Made after each agent step, before risky steps, on pause, and by create. \
restore kills what runs, revokes assignments, leaves the run paused, and overwrites uncommitted changes only with force. \
fork: a new run in which what was finished is finished.`,
  defaultAction: "list",
};
