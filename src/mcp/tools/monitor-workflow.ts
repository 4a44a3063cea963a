import type { ToolFace } from "./tool.ts";

export const monitorWorkflow: ToolFace = {
  name: "monitor_workflow",
  title: "Watch and steer runs",
  description: `See how a run stands, wait for it, or steer it. \
briefing tells whoever was not there (after a compaction, in a new window) what is open in all runs and how to go on. \
status with since: <rev> returns once anything changes, else when the run ends or needs you. \
pause lets running steps finish, cancel kills them; resume also revives a run whose process died; restart runs all again, or stepId and what depends on it; \
logs: what an attempt wrote or delivered.`,
  defaultAction: "status",
  alwaysLoad: true,
  idempotent: true,
};
