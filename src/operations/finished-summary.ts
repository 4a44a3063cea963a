import { recordWorkTree, workSince } from "../git/work-since.ts";
import type { ObservedRun } from "../model/contracts/engine.ts";
import type { SessionEventOf } from "../model/session.ts";
import { foldSession, type Session } from "../session/fold.ts";
import { type SessionSummary, summarise } from "../session/summary.ts";
import { summaryText } from "../session/summary-text.ts";
import type { SummedCheck } from "../session/summed-checks.ts";
import type { App } from "./app.ts";

/** What the user is told at the end of a session, as text and as data. */
export interface FinishedSummary {
  readonly text: string;
  readonly structured: SessionSummary;
}

/** Git must not hold up the start or the end of a session for longer. */
const GIT_TIMEOUT_MS = 10_000;
/** Files of a summary that the session's journal keeps. */
const MAX_FILES_KEPT = 50;

/** Records how the work tree is at the start of a session's run, so that its end can tell what changed. */
export async function recordStart({ sessionId, cwd }: Session, app: App): Promise<void> {
  const tree = await recordWorkTree(cwd, { ...app.git, timeout: GIT_TIMEOUT_MS });
  const outside = !tree.ok && tree.error.reason === "not-a-repository";
  app.sessions.append(sessionId, {
    type: "session_started",
    at: app.scheduler.now(),
    ...(tree.ok && { code: tree.value }),
    ...(!tree.ok && !outside && { problem: tree.error.message.slice(0, 500) }),
  });
}

/**
 * Ends a session whose run has ended, and returns what the user is to be told. The session keeps what has changed in
 * the work tree, so the same call later says the same; only a run that went on meanwhile is told anew.
 */
export async function finishedSummary(session: Session, run: ObservedRun, app: App): Promise<FinishedSummary> {
  const { sessionId, finished } = session;
  const isNew = finished === undefined || (run.state.endedAt ?? 0) > finished.at;
  if (isNew) app.sessions.append(sessionId, await finish(session, app));
  const ended = foldSession(app.sessions.read(sessionId)!)!;
  const structured = summarise(ended, run, await gateChecks(run, app));
  return { text: summaryText(structured), structured };
}

/** The commands of gates: of steps that run one command for each text of a list. */
async function gateChecks({ plan, state }: ObservedRun, app: App): Promise<SummedCheck[]> {
  const checks: SummedCheck[] = [];
  for (const [index, { child }] of state.steps.entries()) {
    const { id, type } = plan.workflow.steps[index]!;
    const inside = type === "foreach" && child !== undefined ? await app.engine.observe(child) : undefined;
    for (const [at, { status, exitCode }] of inside?.state.steps.entries() ?? []) {
      const step = inside!.plan.workflow.steps[at]!;
      const item = step.id.startsWith(`${id}.`) && step.type === "command" ? step.bindings?.item : undefined;
      if (typeof item !== "string" || (status !== "completed" && status !== "failed")) continue;
      const outcome = status === "completed" ? "passed" : "failed";
      checks.push({ check: item, outcome, ...(exitCode !== undefined && { exitCode }) });
    }
  }
  return checks;
}

/** The end of a session without a run, or with one that has ended. */
async function finish({ start }: Session, app: App): Promise<SessionEventOf<"session_finished">> {
  const work = start?.code && (await workSince(start.code, { ...app.git, timeout: GIT_TIMEOUT_MS }));
  return {
    type: "session_finished",
    at: app.scheduler.now(),
    ...(work?.ok && { work: { ...work.value, files: work.value.files.slice(0, MAX_FILES_KEPT) } }),
    ...(work && !work.ok && { problem: work.error.message.slice(0, 500) }),
  };
}

/**
 * The summary of a run that is completed, if it is that of an implicit session: nobody has to ask for it. The session
 * is finished with it.
 */
export async function implicitSummary(workflowId: string, app: App): Promise<FinishedSummary | undefined> {
  const run = await app.engine.observe(workflowId);
  if (run?.state.status !== "completed") return undefined;
  const { session: sessionId } = run.state.context;
  const session = typeof sessionId === "string" ? foldSession(app.sessions.read(sessionId) ?? []) : undefined;
  if (session?.mode !== "implicit") return undefined;
  // Any caller may write the id of a session into the context of a run.
  if ((await app.engine.findByKey(runKeyOf(session.sessionId))) !== workflowId) return undefined;
  return finishedSummary(session, run, app);
}

/** The idempotency key of a session's run. It ties the two together. */
export const runKeyOf = (sessionId: string): string => `session:${sessionId}`;
