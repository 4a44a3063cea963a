import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { historyOf } from "../../session/states.ts";
import { detail, waitSeconds } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { waitFor } from "../run/runs.ts";
import { conciseSession } from "./concise-session.ts";
import { findSession, findSessionOrLatest } from "./known-sessions.ts";
import { orchestrationOf } from "./orchestration.ts";
import type { SessionAnswer } from "./session-answers.ts";
import { sessionId } from "./session-fields.ts";
import { printSession } from "./session-print.ts";
import { sessionLines } from "./session-text.ts";
import { viewSession } from "./session-view.ts";

export const sessionStatus = defineOperation({
  name: "session.status",
  summary: "show the state, history, routing and agents of a session (default: the latest)",
  effect: "read",
  input: z.object({
    sessionId,
    waitSeconds,
    since: z.number().int().describe("the last rev").optional(),
    detail,
  }),
  tool: { name: "orchestrate", action: "status", unlisted: ["since"] },
  async handle(given, app, call): Promise<Result<SessionAnswer, Failure>> {
    const found = await findSessionOrLatest(given.sessionId, app);
    if (!found.ok) return found;
    const { session, run } = found.value;
    if (run) {
      const { since } = given;
      await waitFor(run.state.workflowId, app, call, {
        seconds: given.waitSeconds ?? 0,
        ...(since !== undefined && { since }),
      });
    }
    const known = (await findSession(session.sessionId, app))!;
    const view = await viewSession(known, app, given.detail === "full");
    const journal = known.run ? await app.engine.events(known.run.state.workflowId) : [];
    return ok({
      ...view,
      history: historyOf(session, journal).map(({ at, ...rest }) => ({ ...rest, at: new Date(at).toISOString() })),
      ...(given.detail === "full" && { orchestration_state: await orchestrationOf(known, app) }),
    });
  },
  command: {
    usage: "session show [sessionId]",
    options: { waitSeconds: { flags: "--wait <seconds>", about: "wait until the session ends or needs input" } },
    toInput: ({ sessionId, waitSeconds, json }) => ({ sessionId, waitSeconds, detail: json ? "full" : "concise" }),
    print: (session, { colors }) => printSession(session, colors),
  },
  concise: conciseSession,
  text: sessionLines,
});
