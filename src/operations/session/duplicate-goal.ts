import type { Session } from "../../session/fold.ts";
import type { App } from "../app.ts";
import { latestSessions, MAX_REMEMBERED_SESSIONS } from "./known-sessions.ts";
import { viewSessions } from "./session-view.ts";

/** A session that is executing a goal now. */
export interface ExecutingSession {
  readonly sessionId: string;
  readonly workflowId: string;
}

/** Sessions named in one answer. */
const MAX_SESSIONS_NAMED = 5;

/**
 * The other sessions that execute the same goal in the same project, the newest first. Blanks and case do not make
 * another goal.
 */
export async function findSameGoal({ sessionId, goal, cwd }: Session, app: App): Promise<ExecutingSession[]> {
  const same = (await latestSessions(app, MAX_REMEMBERED_SESSIONS, cwd)).filter(
    ({ session, run }) => run && session.sessionId !== sessionId && normalized(session.goal) === normalized(goal),
  );
  return (await viewSessions(same, app))
    .flatMap(({ sessionId, state, workflowId }) =>
      state === "EXECUTING" && workflowId !== undefined ? [{ sessionId, workflowId }] : [],
    )
    .slice(0, MAX_SESSIONS_NAMED);
}

const normalized = (goal: string): string => goal.replaceAll(/\s+/g, " ").trim().toLowerCase();

/**
 * Adds to an answer that other sessions execute the same goal. Baton starts it all the same: the caller asked, and
 * only the person knows whether two are meant. But the caller learns of the first.
 */
export function warnOfSameGoal<T extends { readonly next: string }>(answer: T, others: readonly ExecutingSession[]): T {
  const [first] = others;
  if (!first) return answer;
  const rest = others.length - 1;
  const more =
    rest === 0
      ? ""
      : rest === 1
        ? " Another session is executing it too."
        : ` ${rest} other sessions are executing it too.`;
  const note = `Session ${first.sessionId} is already executing this goal, in run ${first.workflowId}; this is a second one.${more}`;
  const next = `${answer.next} Tell the user about the earlier session; orchestrate {sessionId: "${first.sessionId}"} shows it.`;
  const { note: own } = answer as { note?: string };
  return { ...answer, alreadyExecuting: others, note: own === undefined ? note : `${note} ${own}`, next };
}
