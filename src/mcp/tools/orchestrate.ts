import { canonical } from "../../operations/check-input.ts";
import { HOW_TO_ANSWER } from "../../operations/fields.ts";
import type { ToolFace } from "./tool.ts";

export const orchestrate: ToolFace = {
  name: "orchestrate",
  title: "From a goal to a running, checked job",
  description: `Take a goal in the user's words ("add OAuth login") to a durable run: chooses build_only, plan_then_build, multi_task, decompose_first or a library template, \
finds the project's own checks, starts it, and answers with workflowId and ready[], the steps to take with handoff. \
Use it for /build and /orchestrate, and whenever something of several steps is to be built or changed. Your assessment decides; rules and corrections can only make Baton ask. \
mode explicit shows the routing and waits for {sessionId, confirm: true}; correct is a lasting rule for goals like it, while workflow counts once; finish gives the summary. \
Without action: goal or confirm starts, sessionId alone is status, nothing is the menu.`,
  defaultAction: impliedAction,
  mainAction: "start",
  alwaysLoad: true,
  openWorld: true,
};

/** Infers the action of a call without one. What only says how to answer is no wish. */
function impliedAction({ cwd: _, sessionId, ...rest }: Record<string, unknown>): string {
  const wishes = Object.keys(rest).filter((name) => !HOW_TO_ANSWER.has(canonical(name)));
  if (wishes.length > 0) return "start";
  return sessionId === undefined ? "menu" : "status";
}
