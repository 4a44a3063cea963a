import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { err, ok, type Result } from "../../model/data/result.ts";
import { sessionIdFrom } from "../../model/ids.ts";
import type { Assessment, Routing } from "../../model/routing.ts";
import type { SESSION_MODES, SessionEventOf } from "../../model/session.ts";
import type { JsonObject } from "../../model/workflow.ts";
import type { App } from "../app.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import {
  findSession,
  type KnownSession,
  latestSessions,
  MAX_REMEMBERED_SESSIONS,
  sessionNotFound,
} from "./known-sessions.ts";
import { learningsFor } from "./routing-history.ts";

/** What a caller says when it opens or continues a session. */
interface SessionRequest {
  readonly goal?: string | undefined;
  readonly mode?: (typeof SESSION_MODES)[number] | undefined;
  /** What the goal becomes, whatever the routing says. */
  readonly workflow?: string | undefined;
  readonly parameters?: JsonObject | undefined;
  readonly assessment?: Assessment | undefined;
  readonly tasks?: readonly string[] | undefined;
  readonly backlog?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly cwd?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** @param routing the routing of the goal; absent if the caller gave no goal */
export async function openSession(
  given: SessionRequest,
  routing: Routing | undefined,
  app: App,
): Promise<Result<KnownSession, Failure>> {
  const { goal, mode = "implicit", workflow, parameters = {}, assessment } = given;
  if (goal === undefined || !routing) {
    const hint =
      'Give goal: what the user wants, in the user\'s words. orchestrate {action: "menu"} shows the operations and recent sessions.';
    const message = "there is no goal and no session";
    return err(badInput([{ severity: "error", code: "missing_field", message, hint, at: { field: "goal" } }]));
  }
  const cwd = resolve(app.cwd, given.cwd ?? ".");
  const key = given.idempotencyKey;
  const sessionId =
    key === undefined
      ? sessionIdFrom(app.scheduler.random(10))
      : sessionIdFrom(createHash("sha256").update(key).digest());
  const isSame = ({ session }: KnownSession) =>
    session.goal === goal && (workflow === undefined || workflow === session.label);
  const before = key === undefined ? undefined : await findSession(sessionId, app);
  if (before) return isSame(before) ? ok(before) : keyConflict(key!, before);
  const past = await latestSessions(app, MAX_REMEMBERED_SESSIONS);
  const opened: SessionEventOf<"session_opened"> = {
    type: "session_opened",
    at: app.scheduler.now(),
    ...{ sessionId, goal, cwd, mode, parameters },
    routing,
    ...(assessment && { assessment }),
    ...(workflow !== undefined && { chosen: workflow }),
    checks: app.detectChecks(cwd).map(({ command }) => command),
    learnings: learningsFor(goal, past, cwd),
  };
  const isNew = app.sessions.open(opened);
  const known = (await findSession(sessionId, app))!;
  // Another call with the same key may have opened the session meanwhile.
  return isNew || isSame(known) ? ok(known) : keyConflict(key!, known);
}

function keyConflict(key: string, { session }: KnownSession): Result<never, Failure> {
  return failure({
    reason: "key_conflict",
    message: `idempotencyKey "${key}" already belongs to the session ${session.sessionId}, which has another goal or workflow`,
    hint: `Use another key, or orchestrate {sessionId: "${session.sessionId}"}.`,
  });
}

/** Continues a waiting session with what the caller says now. */
export async function continueSession(
  sessionId: string,
  given: SessionRequest,
  app: App,
): Promise<Result<KnownSession, Failure>> {
  const known = await findSession(sessionId, app);
  if (!known) return failure(sessionNotFound(sessionId));
  if (known.run) return ok(known);
  if (known.session.finishedAt !== undefined) {
    return failure({
      reason: "illegal_transition",
      message: `the session ${sessionId} was abandoned before it was started`,
      hint: "Start a new one: orchestrate {goal}.",
    });
  }
  // These belong to the goal. Given later, they would change nothing.
  const late = (["assessment", "tasks", "backlog"] as const).filter((name) => given[name] !== undefined);
  if (late.length > 0) {
    const message = `can be given only together with a goal; the session ${sessionId} is already routed`;
    const hint = "Give workflow or parameters instead, or leave out sessionId and give the goal again.";
    return err(
      badInput(late.map((field) => ({ severity: "error", code: "invalid_value", message, hint, at: { field } }))),
    );
  }
  const { workflow, parameters, reason, goal } = given;
  if (goal !== undefined && goal !== known.session.goal) {
    return failure({
      reason: "illegal_transition",
      message: `the session ${sessionId} is for another goal`,
      hint: "Leave out sessionId: orchestrate {goal} opens a session for this one.",
    });
  }
  if (workflow !== undefined || parameters) {
    app.sessions.append(sessionId, {
      type: "session_corrected",
      at: app.scheduler.now(),
      parameters: parameters ?? {},
      ...(workflow !== undefined && { label: workflow }),
      ...(reason !== undefined && { reason }),
    });
  }
  return ok((await findSession(sessionId, app))!);
}
