import type { ObservedRun } from "../../model/contracts/engine.ts";
import { DamagedRun } from "../../model/contracts/store.ts";
import { ok, type Result } from "../../model/data/result.ts";
import { foldSession, type Session } from "../../session/fold.ts";
import type { App } from "../app.ts";
import { runKeyOf } from "../finished-summary.ts";
import { type Failure, failure } from "../refusal.ts";

/** How many of the newest sessions Baton learns from. */
export const MAX_REMEMBERED_SESSIONS = 100;

/** A session with its run, if it has started. */
export interface KnownSession {
  readonly session: Session;
  readonly run?: ObservedRun;
  /** Its run has started, and nothing of it can be read. */
  readonly damaged?: { readonly workflowId: string; readonly message: string };
}

export async function findSession(sessionId: string, app: App): Promise<KnownSession | undefined> {
  const session = foldSession(app.sessions.read(sessionId) ?? []);
  if (!session) return undefined;
  const workflowId = await app.engine.findByKey(runKeyOf(sessionId));
  if (workflowId === undefined) return { session };
  try {
    const run = await app.engine.observe(workflowId);
    return { session, ...(run && { run }) };
  } catch (error) {
    if (!(error instanceof DamagedRun)) throw error;
    return { session, damaged: { workflowId, message: error.message } };
  }
}

/**
 * The latest sessions, the newest first; with `directory`, those of that project. A session with a foreign run teaches
 * nothing.
 */
export async function latestSessions(app: App, most: number, directory?: string): Promise<KnownSession[]> {
  const found: KnownSession[] = [];
  for (const id of app.sessions.list()) {
    if (found.length >= most) break;
    const known = await findSession(id, app);
    if (!known || known.run?.problem?.kind === "foreign") continue;
    if (directory === undefined || known.session.cwd === directory) found.push(known);
  }
  return found;
}

/** The session of an id, or the latest. */
export async function findSessionOrLatest(
  sessionId: string | undefined,
  app: App,
): Promise<Result<KnownSession, Failure>> {
  const known = sessionId === undefined ? (await latestSessions(app, 1))[0] : await findSession(sessionId, app);
  if (known) return ok(known);
  if (sessionId !== undefined) return failure(sessionNotFound(sessionId));
  return failure({
    reason: "not_found",
    message: "there are no sessions here yet",
    hint: "orchestrate {goal} opens a session.",
  });
}

export const sessionNotFound = (sessionId: string) => ({
  reason: "not_found" as const,
  message: `there is no session "${sessionId.slice(0, 100)}"`,
  hint: 'orchestrate {action: "list"} shows the sessions here.',
});
