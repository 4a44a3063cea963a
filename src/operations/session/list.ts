import { resolve } from "node:path";
import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import { latestSessions } from "./known-sessions.ts";
import { cwd } from "./session-fields.ts";
import { printSessions } from "./session-print.ts";
import { sessionListLines } from "./session-text.ts";
import { lineOf, viewSessions } from "./session-view.ts";

/** Sessions in one answer. */
const MAX_SESSIONS_LISTED = 20;

export const listSessions = defineOperation({
  name: "session.list",
  summary: "list the latest sessions, newest first",
  effect: "read",
  input: z.object({ cwd }),
  tool: { name: "orchestrate", action: "list" },
  async handle({ cwd }, app) {
    const all = app.sessions.list().length;
    const directory = cwd === undefined ? undefined : resolve(app.cwd, cwd);
    const known = await latestSessions(app, MAX_SESSIONS_LISTED, directory);
    const views = await viewSessions(known, app);
    const sessions = views.map((view, index) => {
      const { workflowId, ...line } = lineOf(view);
      const openedAt = new Date(known[index]!.session.openedAt).toISOString();
      return { ...line, openedAt, finished: view.finished, ...(workflowId !== undefined && { workflowId }) };
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
  command: { usage: "session list", isDefault: true, print: ({ sessions }) => printSessions(sessions) },
  text: ({ sessions }) => sessionListLines(sessions),
});
