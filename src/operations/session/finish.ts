import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import { stateOf } from "../../session/states.ts";
import type { App, Call } from "../app.ts";
import { waitSeconds } from "../fields.ts";
import { finishedSummary } from "../finished-summary.ts";
import { defineOperation } from "../operation.ts";
import { type Failure, failure } from "../refusal.ts";
import { progressText } from "../run/progress-text.ts";
import { describe, waitFor } from "../run/runs.ts";
import { conciseSession } from "./concise-session.ts";
import { findSession, findSessionOrLatest, type KnownSession } from "./known-sessions.ts";
import type { SessionAnswer } from "./session-answers.ts";
import { sessionId } from "./session-fields.ts";
import { printSession } from "./session-print.ts";
import { sessionLines } from "./session-text.ts";
import { viewSession } from "./session-view.ts";

/** Ends a session with a summary. A session whose work goes on is not finished, whatever the caller says. */
export const finishSession = defineOperation({
  name: "session.finish",
  summary: "end a session and show its summary",
  effect: "change",
  input: z.object({ sessionId, waitSeconds }),
  tool: { name: "orchestrate", action: "finish" },
  async handle({ sessionId: id, waitSeconds: wait }, app, call): Promise<Result<SessionAnswer, Failure>> {
    const found = await findSessionOrLatest(id, app);
    if (!found.ok) return found;
    const { session, damaged } = found.value;
    if (damaged) {
      const hint = "Nothing of its run can be read. Start the goal again with orchestrate {goal}.";
      return failure({ reason: "damaged", message: damaged.message, hint, workflowId: damaged.workflowId });
    }
    if (wait !== undefined && found.value.run) {
      await waitFor(found.value.run.state.workflowId, app, call, { seconds: wait, final: true });
    }
    await waitUntilRecorded(found.value, app, call);
    const { run } = (await findSession(session.sessionId, app))!;
    const view = run && (await describe(run, app));
    const state = stateOf(session, view?.status);
    if (run && !FINAL_RUN_STATUSES.has(view!.status)) {
      const { workflowId } = run.state;
      const { next } = await viewSession(found.value, app);
      return failure({
        reason: "illegal_transition",
        message: `the session ${session.sessionId} is ${state}: ` + `${progressText(view!.progress)} in ${workflowId}`,
        hint: `${next} monitor_workflow {workflowId: "${workflowId}", action: "cancel"} abandons it.`,
        workflowId,
      });
    }
    const summary = run && (await finishedSummary(session, run, app)).structured;
    if (!run && session.finishedAt === undefined)
      app.sessions.append(session.sessionId, { type: "session_finished", at: app.scheduler.now() });
    const ended = await viewSession((await findSession(session.sessionId, app))!, app);
    return ok(summary ? { ...ended, summary } : { ...ended, note: "Abandoned before it was started." });
  },
  command: {
    usage: "session finish [sessionId]",
    print: (session, { colors }) => printSession(session, colors),
  },
  concise: conciseSession,
  text: sessionLines,
});

/** Seconds to wait for what is almost over: the code of the last checkpoint is still being recorded. */
const MAX_SETTLE_SECONDS = 10;

async function waitUntilRecorded({ run }: KnownSession, app: App, call: Call): Promise<void> {
  if (!run || run.state.unsettled > 0) return;
  await waitFor(run.state.workflowId, app, call, { seconds: MAX_SETTLE_SECONDS, final: true });
}
