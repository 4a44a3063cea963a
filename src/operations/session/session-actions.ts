import { z } from "zod";
import { ok, type Result } from "../../model/result.ts";
import { SESSION_STATES, type SessionState } from "../../model/session.ts";
import { escapedLine, named, quotedLine } from "../../model/text/quoted.ts";
import { truncateValue } from "../../model/text/truncate.ts";
import { orchestrationState } from "../../session/orchestration.ts";
import { historyOf, illegal, stateOf } from "../../session/states.ts";
import type { App, Call } from "../app.ts";
import { detail, waitSeconds } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { failure } from "../refusal.ts";
import { cancelRun, pauseRun, resumeRun } from "../run/control.ts";
import { describe, waitFor } from "../run/runs.ts";
import { findSession, type KnownSession, latestSessions } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";
import { lessonsFromRun } from "./routing-history.ts";
import { refuseUnknownLabel, sessionNotFound, startSession } from "./session-start.ts";
import { viewSession } from "./session-view.ts";

const sessionId = z.string().optional();

/** The session: by its id, else the latest. */
async function meant(id: string | undefined, app: App): Promise<Result<KnownSession, Failure>> {
  const known = id === undefined ? (await latestSessions(app, 1))[0] : await findSession(id, app);
  if (known) return ok(known);
  if (id !== undefined) return failure(sessionNotFound(id));
  return failure({
    reason: "not_found",
    message: "there are no sessions here yet",
    hint: "orchestrate {goal} opens a session.",
  });
}

/** How a session stands: its state and history, its routing, and what its agents have done. */
export const sessionStatus = defineOperation({
  name: "session.status",
  input: z.object({ sessionId, waitSeconds, since: z.number().int().optional(), detail }),
  async handle(given, app, call) {
    const found = await meant(given.sessionId, app);
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
    const view = await viewSession(known, app);
    return ok({
      ...view,
      history: historyOf(session, await journalOf(known, app)).map(({ at, ...rest }) => ({ ...rest, at: iso(at) })),
      ...(given.detail === "full" && { orchestration_state: await orchestrationOf(known, app) }),
    });
  },
});

export async function orchestrationOf(known: KnownSession, app: App) {
  const { session, run } = known;
  const state = stateOf(session, run && (await describe(run, app)).status);
  const whole = orchestrationState(session, state, templateNameOf(session.label), run);
  const states = whole.agent_states.slice(-MAX_AGENTS_LISTED);
  return {
    ...whole,
    agent_states: states.map((one) => ({
      ...one,
      ...("output" in one && { output: truncateValue(one.output!, MAX_OUTPUT_CHARACTERS, noted) }),
    })),
  };
}

/** Bounds of a session's view, in characters and in entries. The run itself has everything. */
const MAX_OUTPUT_CHARACTERS = 400;
const MAX_RESULT_CHARACTERS = 2_000;
const MAX_AGENTS_LISTED = 50;
const MAX_LESSONS_LISTED = 10;

const noted = (length: number): string => `(${length} characters in all)`;

const journalOf = async ({ run }: KnownSession, app: App) => (run ? await app.engine.events(run.state.workflowId) : []);

const iso = (at: number): string => new Date(at).toISOString();

/**
 * Records what a goal should have become: a lasting rule for goals like it. A session that has not started becomes that
 * too; a run goes on as it is.
 */
export const correctSession = defineOperation({
  name: "session.correct",
  input: z.object({ sessionId, workflow: z.string(), reason: z.string().max(2_000).optional() }),
  async handle({ sessionId: id, workflow, reason }, app): Promise<Result<object, Failure>> {
    const found = await meant(id, app);
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
    const next = `${view.next} To start over as ${workflow}: cancel it, then orchestrate {goal, workflow: "${workflow}"}.`;
    return ok({ ...view, note, next });
  },
});

/** Ends a session with a summary. A session whose work goes on is not finished, whatever the caller says. */
export const finishSession = defineOperation({
  name: "session.finish",
  input: z.object({ sessionId, waitSeconds }),
  async handle({ sessionId: id, waitSeconds: wait }, app, call): Promise<Result<object, Failure>> {
    const found = await meant(id, app);
    if (!found.ok) return found;
    const { session } = found.value;
    if (wait !== undefined && found.value.run) {
      await waitFor(found.value.run.state.workflowId, app, call, { seconds: wait, final: true });
    }
    await settled(found.value, app, call);
    const { run } = (await findSession(session.sessionId, app))!;
    const view = run && (await describe(run, app));
    const state = stateOf(session, view?.status);
    if (run && state !== "COMPLETED" && state !== "FAILED") {
      const { completed, total } = view!.progress;
      return failure({
        reason: "illegal_transition",
        message: `the session ${session.sessionId} is ${state}: ${completed} of ${total} steps of ${run.state.workflowId} are settled`,
        hint: `${(await viewSession(found.value, app)).next} monitor_workflow {workflowId: "${run.state.workflowId}", action: "cancel"} abandons it.`,
        workflowId: run.state.workflowId,
      });
    }
    if (session.finishedAt === undefined)
      app.sessions.append(session.sessionId, { type: "session_finished", at: app.scheduler.now() });
    const known = (await findSession(session.sessionId, app))!;
    if (!known.run) return ok({ ...(await viewSession(known, app)), summary: "Abandoned before it was started." });
    return ok({
      ...(await viewSession(known, app)),
      summary: await summaryOf(known, app),
      results: Object.fromEntries(
        Object.entries(view!.results).map(([key, value]) => [key, truncateValue(value, MAX_RESULT_CHARACTERS, noted)]),
      ),
      learned: lessonsFromRun(known.run).slice(0, MAX_LESSONS_LISTED),
    });
  },
});

/** Seconds to wait for what is almost over: the code of the last checkpoint is still being recorded. */
const MAX_SETTLE_SECONDS = 10;

async function settled({ run }: KnownSession, app: App, call: Call): Promise<void> {
  if (!run || run.state.unsettled > 0) return;
  await waitFor(run.state.workflowId, app, call, { seconds: MAX_SETTLE_SECONDS, final: true });
}

/** What happened, in a few lines for the user; each with how Baton knows it. */
async function summaryOf({ session, run }: KnownSession, app: App): Promise<string> {
  const { steps, status, metrics } = await describe(run!, app);
  const lines = steps
    .filter(({ type, status }) =>
      type === "grow" ? status === "failed" : status === "completed" || status === "failed",
    )
    .map((step) => {
      const how =
        step.status === "failed"
          ? `failed: ${step.error ? quotedLine(step.error.message) : "no reason"}`
          : step.evidence;
      return `- ${escapedLine(step.name)}${step.agent === undefined ? "" : ` (${named(step.agent)})`}: ${how}${step.attempt > 1 ? `, at attempt ${step.attempt}` : ""}`;
    });
  const shown = lines.length > 40 ? [...lines.slice(0, 40), `- … and ${lines.length - 40} more`] : lines;
  const head = `${status}: ${session.goal.replaceAll(/\s+/g, " ").slice(0, 200)} (${session.label}, ${metrics.completedSteps} of ${metrics.totalSteps} steps)`;
  return [head, ...shown].join("\n");
}

/** Asks for a state. Baton only does what may follow the present state, and what it can bring about. */
export const transitionSession = defineOperation({
  name: "session.transition",
  input: z.object({
    sessionId,
    to: z.preprocess((value) => (typeof value === "string" ? value.toUpperCase() : value), z.enum(SESSION_STATES)),
  }),
  async handle({ sessionId: id, to }, app, call): Promise<Result<object, Failure>> {
    const found = await meant(id, app);
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
});

function bringAbout(
  to: SessionState,
  { session, run }: KnownSession,
  app: App,
  call: Call,
): Promise<Result<object, Failure>> {
  if (!run) {
    return to === "FAILED"
      ? finishSession.handle({ sessionId: session.sessionId }, app, call)
      : startSession.handle({ sessionId: session.sessionId, confirm: true }, app, call);
  }
  const given = { workflowId: run.state.workflowId };
  if (to === "PAUSED") return pauseRun.handle(given, app, call);
  return to === "EXECUTING" ? resumeRun.handle(given, app, call) : cancelRun.handle(given, app, call);
}
