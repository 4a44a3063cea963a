import { canonical } from "../../operations/check-input.ts";
import { HOW_TO_ANSWER } from "../../operations/fields.ts";
import type { ToolFace } from "./tool.ts";

export const orchestrate: ToolFace = {
  name: "orchestrate",
  title: "From a goal to a checked job",
  description: `Take a goal in the user's words to a durable, checked run: picks build_only, plan_then_build, multi_task, decompose_first or a template, \
finds the project's checks, starts, and gives the first step or ready[] for handoff. For /build, /orchestrate and any job of several steps. \
Your assessment decides. explicit shows a plan and waits for {sessionId, confirm: true}; correct is for all such goals, workflow for one; finish is what to tell the user. \
sessionId alone: status; nothing: menu.`,
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
