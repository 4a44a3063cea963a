import type { ToolFace } from "./tool.ts";

export const monitorWorkflow: ToolFace = {
  name: "monitor_workflow",
  title: "Watch and steer workflow runs",
  description: `See how a workflow run stands, wait for it, or steer it: status, briefing, pause, resume, cancel, restart, list, logs. \
briefing tells whoever was not there (after a compaction, in a new window, in another host) what is open in all runs here and how to go on. \
status with waitSeconds: 20 and since: <rev of the last answer> returns as soon as anything changes; without since, when the run ends or needs you. \
pause lets running steps finish; cancel kills them; resume also carries on a run whose process died; restart runs all again, or with stepId that step and what depends on it. \
logs shows what a step wrote; list shows all runs here, from any session. Waiting never affects the run.`,
  defaultAction: "status",
  alwaysLoad: true,
  idempotent: true,
};
