import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { visible } from "../model/text/escape-control.ts";
import { inLine } from "../model/text/quoted.ts";
import type { App } from "../operations/app.ts";
import { findSession, latestSessions, MAX_REMEMBERED_SESSIONS } from "../operations/session/known-sessions.ts";
import { orchestrationOf } from "../operations/session/session-actions.ts";
import { sessionView } from "../operations/session/session-view.ts";

/**
 * Registers sessions as resources: the list, and the `orchestration_state` of each. Each read computes them.
 */
export function registerResources(server: McpServer, app: App): void {
  const json = (uri: URL, value: unknown) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: visible(JSON.stringify(value, undefined, 1)) }],
  });
  server.registerResource(
    "sessions",
    "baton://sessions",
    { title: "Sessions", description: "The latest sessions and their states", mimeType: "application/json" },
    (uri) =>
      json(
        uri,
        latestSessions(app, MAX_REMEMBERED_SESSIONS).map((known) => {
          const { sessionId, goal, state, workflowId } = sessionView(known, app);
          return { sessionId, goal, state, ...(workflowId !== undefined && { workflowId }) };
        }),
      ),
  );
  server.registerResource(
    "session",
    new ResourceTemplate("baton://sessions/{sessionId}", {
      list: () => ({
        resources: latestSessions(app, 20).map(({ session: { sessionId, goal } }) => ({
          uri: `baton://sessions/${sessionId}`,
          name: sessionId,
          description: inLine(goal.slice(0, 200)),
          mimeType: "application/json",
        })),
      }),
    }),
    { title: "A session", description: "Its orchestration_state: routing, agents, checkpoints, failures" },
    (uri, { sessionId }) => {
      const known = findSession(String(sessionId), app);
      if (!known)
        throw new Error(
          `there is no session "${String(sessionId).slice(0, 100)}"; baton://sessions lists the sessions`,
        );
      return json(uri, { orchestration_state: orchestrationOf(known, app) });
    },
  );
}
