import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { conciseSession } from "./concise-session.ts";
import { findSession, findSessionOrLatest } from "./known-sessions.ts";
import { refuseUnknownLabel } from "./routable-templates.ts";
import type { SessionAnswer } from "./session-answers.ts";
import { reason, sessionId } from "./session-fields.ts";
import { printSession } from "./session-print.ts";
import { sessionLines } from "./session-text.ts";
import { viewSession } from "./session-view.ts";

/**
 * Records what a goal should have become: a lasting rule for goals like it. A session that has not started becomes that
 * too; a run goes on as it is.
 */
export const correctSession = defineOperation({
  name: "session.correct",
  summary: "correct the chosen workflow; similar goals will use it in future",
  effect: "change",
  input: z.object({ sessionId, workflow: z.string().describe("type or template the user wants"), reason }),
  tool: { name: "orchestrate", action: "correct" },
  async handle({ sessionId: id, workflow, reason }, app): Promise<Result<SessionAnswer, Failure>> {
    const found = await findSessionOrLatest(id, app);
    if (!found.ok) return found;
    const { session, run } = found.value;
    const unknown = refuseUnknownLabel(workflow, app, session.cwd);
    if (unknown) return unknown;
    const said = { at: app.scheduler.now(), label: workflow, ...(reason !== undefined && { reason }) };
    app.sessions.append(
      session.sessionId,
      run ? { type: "session_judged", ...said } : { type: "session_corrected", parameters: {}, lasting: true, ...said },
    );
    const view = await viewSession((await findSession(session.sessionId, app))!, app);
    const rule =
      `From now on, Baton routes this goal and goals much like it to ${workflow}. ` +
      "If an agent's assessment differs, Baton asks. A later correction of this goal replaces this one.";
    if (!run) return ok({ ...view, note: rule });
    const note = `${rule} The present run continues as ${session.label}.`;
    const next =
      `${view.next} To start over as ${workflow}: cancel it, ` + `then orchestrate {goal, workflow: "${workflow}"}.`;
    return ok({ ...view, note, next });
  },
  command: {
    usage: "session correct <workflow> [sessionId]",
    options: { reason: "--reason <text>" },
    print: (session, { colors }) => printSession(session, colors),
  },
  concise: conciseSession,
  text: sessionLines,
});
