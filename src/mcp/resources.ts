import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { escapeControl } from "../model/text/escape-control.ts";
import { escapedLine } from "../model/text/quoted.ts";
import type { App } from "../operations/app.ts";
import { findSession, latestSessions, MAX_REMEMBERED_SESSIONS } from "../operations/session/known-sessions.ts";
import { orchestrationOf } from "../operations/session/orchestration.ts";
import { viewSessions } from "../operations/session/session-view.ts";

/**
 * Registers sessions as resources: the list, and the `orchestration_state` of each. Each read computes them.
 */
export function registerResources(server: McpServer, app: App): void {
  const json = (uri: URL, value: unknown) => ({
    contents: [
      { uri: uri.href, mimeType: "application/json", text: escapeControl(JSON.stringify(value, undefined, 1)) },
    ],
  });
  server.registerResource(
    "sessions",
    "baton://sessions",
    { title: "Sessions", description: "The latest sessions and their states", mimeType: "application/json" },
    async (uri) => {
      const views = await viewSessions(await latestSessions(app, MAX_REMEMBERED_SESSIONS), app);
      return json(
        uri,
        views.map(({ sessionId, goal, state, workflowId }) => ({
          ...{ sessionId, goal, state },
          ...(workflowId !== undefined && { workflowId }),
        })),
      );
    },
  );
  server.registerResource(
    "session",
    new ResourceTemplate("baton://sessions/{sessionId}", {
      list: async () => ({
        resources: (await latestSessions(app, 20)).map(({ session: { sessionId, goal } }) => ({
          uri: `baton://sessions/${sessionId}`,
          name: sessionId,
          description: escapedLine(goal.slice(0, 200)),
          mimeType: "application/json",
        })),
      }),
    }),
    { title: "A session", description: "Its orchestration_state: routing, agents, checkpoints, failures" },
    async (uri, { sessionId }) => {
      const known = await findSession(String(sessionId), app);
      if (!known)
        throw new Error(
          `there is no session "${String(sessionId).slice(0, 100)}"; baton://sessions lists the sessions`,
        );
      return json(uri, { orchestration_state: await orchestrationOf(known, app) });
    },
  );
}
