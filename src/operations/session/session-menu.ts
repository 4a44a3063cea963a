import { resolve } from "node:path";
import { z } from "zod";
import { ok } from "../../model/result.ts";
import { defineOperation } from "../operation.ts";
import { latestSessions } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";
import { viewSessions } from "./session-view.ts";

/** Sessions in one answer. */
const MAX_SESSIONS_LISTED = 20;
const MAX_RECENT_SESSIONS = 5;

/** The standard operations of seed 001, with how each is done here. */
const OPERATIONS = [
  { name: "analyze", label: "analyze", about: "Review the code for security, quality and speed" },
  { name: "build", label: "plan_then_build", about: "Plan a change, build it, check it" },
  { name: "research", label: "research", about: "Research how something can be done, and write it down" },
  { name: "document", label: "document", about: "Write or improve documentation" },
  { name: "fix", label: "build_only", about: "Fix a bug or make a small change" },
  { name: "improve", label: "improve", about: "Measure, make faster or simpler, measure again" },
  { name: "deploy", label: "ci-cd-pipeline", about: "Build, test and deploy" },
  { name: "report", label: "report", about: "Report the state of the project: checks, changes, open points" },
] as const;

/** What a caller can do here, and what was done last. */
export const sessionMenu = defineOperation({
  name: "session.menu",
  input: z.object({ cwd: z.string().optional() }),
  async handle({ cwd }, app) {
    const directory = resolve(app.cwd, cwd ?? ".");
    const known = await viewSessions(await latestSessions(app, MAX_RECENT_SESSIONS, directory), app);
    const underWay = known.find(({ state }) => state === "EXECUTING" || state === "PAUSED" || state === "PLANNING");
    return ok({
      recent: known.map(({ sessionId, goal, state, routing, workflowId }) => ({
        ...{ sessionId, goal: goal.slice(0, 120), state, workflow: routing.label },
        ...(workflowId !== undefined && { workflowId }),
      })),
      operations: OPERATIONS.map(({ name, label, about }) => ({
        name,
        workflow: label,
        template: templateNameOf(label),
        about,
      })),
      next: underWay
        ? `continue with the latest: orchestrate {sessionId: "${underWay.sessionId}"}; or ask the user for a goal, then orchestrate {goal}.`
        : "ask the user for a goal, then orchestrate {goal}; workflow: “…” chooses the workflow of an operation.",
    });
  },
});

export const listSessions = defineOperation({
  name: "session.list",
  input: z.object({ cwd: z.string().optional() }),
  async handle({ cwd }, app) {
    const all = app.sessions.list().length;
    const directory = cwd === undefined ? undefined : resolve(app.cwd, cwd);
    const known = await latestSessions(app, MAX_SESSIONS_LISTED, directory);
    const views = await viewSessions(known, app);
    const sessions = views.map(({ sessionId, goal, state, routing, workflowId, finished }, index) => {
      const openedAt = new Date(known[index]!.session.openedAt).toISOString();
      return {
        ...{ sessionId, goal: goal.slice(0, 120), state, workflow: routing.label, openedAt, finished },
        ...(workflowId !== undefined && { workflowId }),
      };
    });
    return ok({
      sessions,
      ...(all > MAX_SESSIONS_LISTED &&
        cwd === undefined && { truncated: `the latest ${MAX_SESSIONS_LISTED} of ${all} sessions` }),
      next: sessions[0]
        ? `orchestrate {sessionId: "${sessions[0].sessionId}"} shows one of them.`
        : "orchestrate {goal} opens a session.",
    });
  },
});
