import type { ToolFace } from "./tool.ts";

export const orchestrate: ToolFace = {
  name: "orchestrate",
  title: "From a goal to a running, checked job",
  description: `Take a goal in the user's words ("add OAuth login") to a durable run: chooses build_only, plan_then_build, multi_task, decompose_first or a library template, \
finds the project's own checks, starts it, and answers with workflowId and ready[], the steps to take with handoff. \
Use it for /build and /orchestrate, and whenever something of several steps is to be built or changed. Your assessment decides; rules and corrections can only make Baton ask. \
mode explicit shows what will happen and waits for {sessionId, confirm: true}; a goal that needs no run is answered with "just do it"; correct is a lasting rule for goals like it, while workflow counts once; finish gives the summary. \
Without action: goal or confirm starts, sessionId alone is status, nothing is the menu.`,
  defaultAction: impliedAction,
  mainAction: "start",
  alwaysLoad: true,
  openWorld: true,
};

/** Infers the action of a call without one. */
function impliedAction({ cwd: _, sessionId, ...rest }: Record<string, unknown>): string {
  const onlyLooks = Object.keys(rest).every((name) => ["detail", "waitSeconds", "since"].includes(name));
  if (sessionId !== undefined && onlyLooks) return "status";
  return Object.keys(rest).length === 0 ? "menu" : "start";
}
