import { resolve } from "node:path";
import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import { latestSessions } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";
import { cwd } from "./session-fields.ts";
import { menuLines } from "./session-text.ts";
import { lineOf, viewSessions } from "./session-view.ts";

/** Recent sessions in the menu. */
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

export const sessionMenu = defineOperation({
  name: "session.menu",
  summary: "show what a caller can do here, and the latest sessions",
  effect: "read",
  input: z.object({ cwd }),
  tool: { name: "orchestrate", action: "menu" },
  async handle({ cwd }, app) {
    const directory = resolve(app.cwd, cwd ?? ".");
    const known = await viewSessions(await latestSessions(app, MAX_RECENT_SESSIONS, directory), app);
    const underWay = known.find(({ state }) => state === "EXECUTING" || state === "PAUSED" || state === "PLANNING");
    return ok({
      recent: known.map(lineOf),
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
  text: menuLines,
});
