import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { SESSION_STATES, type SessionState } from "../../model/session.ts";
import { ENDED_SESSION_STATES, illegal, stateOf } from "../../session/states.ts";
import type { App, Call } from "../app.ts";
import { defineOperation } from "../operation.ts";
import { type Failure, failure } from "../refusal.ts";
import { cancelRun, pauseRun, resumeRun } from "../run/control.ts";
import { describe } from "../run/runs.ts";
import { conciseSession } from "./concise-session.ts";
import { finishSession } from "./finish.ts";
import { findSession, findSessionOrLatest, type KnownSession } from "./known-sessions.ts";
import type { SessionAnswer } from "./session-answers.ts";
import { sessionId } from "./session-fields.ts";
import { printSession } from "./session-print.ts";
import { sessionLines } from "./session-text.ts";
import { viewSession } from "./session-view.ts";
import { startSession } from "./start.ts";

/** Asks for a state. Baton only does what may follow the present state, and what it can bring about. */
export const transitionSession = defineOperation({
  name: "session.transition",
  summary: "request a state: EXECUTING, PAUSED or CANCELLED; refuses illegal transitions with the reason",
  effect: "destroy",
  input: z.object({
    sessionId,
    to: z.string().toUpperCase().pipe(z.enum(SESSION_STATES)).describe("EXECUTING, PAUSED or CANCELLED"),
  }),
  tool: { name: "orchestrate", action: "transition" },
  async handle({ sessionId: id, to }, app, call): Promise<Result<SessionAnswer, Failure>> {
    const found = await findSessionOrLatest(id, app);
    if (!found.ok) return found;
    const { session, run } = found.value;
    const from = stateOf(session, run && (await describe(run, app)).status);
    if (from === to) return ok({ ...(await viewSession(found.value, app)), note: `It is already ${to}.` });
    const why = illegal(from, to);
    if (why !== undefined) {
      return failure({
        reason: "illegal_transition",
        message: why,
        hint: (await viewSession(found.value, app)).next,
        ...(run && { workflowId: run.state.workflowId }),
      });
    }
    const done = await bringAbout(to, found.value, app, call);
    return done.ok ? ok(await viewSession((await findSession(session.sessionId, app))!, app)) : done;
  },
  command: {
    usage: "session transition <state> [sessionId]",
    toInput: ({ state, sessionId }) => ({ to: state, sessionId }),
    print: (session, { colors }) => printSession(session, colors),
  },
  concise: conciseSession,
  text: sessionLines,
});

function bringAbout(
  to: SessionState,
  { session, run }: KnownSession,
  app: App,
  call: Call,
): Promise<Result<object, Failure>> {
  if (!run) {
    return ENDED_SESSION_STATES.has(to)
      ? finishSession.handle({ sessionId: session.sessionId }, app, call)
      : startSession.handle({ sessionId: session.sessionId, confirm: true }, app, call);
  }
  const given = { workflowId: run.state.workflowId };
  if (to === "PAUSED") return pauseRun.handle(given, app, call);
  return to === "EXECUTING" ? resumeRun.handle(given, app, call) : cancelRun.handle(given, app, call);
}
