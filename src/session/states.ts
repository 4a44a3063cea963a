import type { JournalEvent } from "../model/event.ts";
import type { RunStatus } from "../model/run.ts";
import type { SessionState } from "../model/session.ts";
import type { Session } from "./fold.ts";

/**
 * Which state may follow which (seed 001: IDLE → PLANNING → EXECUTING ⇄ PAUSED → COMPLETED | FAILED). A session whose
 * run was cancelled is CANCELLED. Only restarting its run continues a session that has ended. A restored run is paused.
 */
const LEGAL: Readonly<Record<SessionState, readonly SessionState[]>> = {
  IDLE: ["PLANNING"],
  PLANNING: ["EXECUTING", "FAILED"],
  EXECUTING: ["PAUSED", "COMPLETED", "FAILED", "CANCELLED"],
  PAUSED: ["EXECUTING", "COMPLETED", "FAILED", "CANCELLED"],
  COMPLETED: ["EXECUTING", "PAUSED"],
  FAILED: ["EXECUTING", "PAUSED"],
  CANCELLED: ["EXECUTING", "PAUSED"],
};
/** The states in which nothing of a session goes on. */
export const ENDED_SESSION_STATES: ReadonlySet<SessionState> = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** Why a transition is not allowed, as a sentence; `undefined` if it is. */
export function illegal(from: SessionState, to: SessionState): string | undefined {
  if (ENDED_SESSION_STATES.has(from)) {
    return `a session that is ${from} does not become ${to} on request: restart its run, or put it back to a checkpoint`;
  }
  if (to === "COMPLETED" && LEGAL[from].includes(to)) {
    return "a session is COMPLETED once Baton has seen the last step of its run end well, not because a caller says so";
  }
  if (LEGAL[from].includes(to)) return undefined;
  return `${from} does not become ${to}; from ${from} it can become ${LEGAL[from].join(" or ")}`;
}

/** The state of a session whose run has this status. */
const STATE_OF: Readonly<Record<RunStatus, SessionState>> = {
  running: "EXECUTING",
  waiting: "EXECUTING",
  rolling_back: "EXECUTING",
  paused: "PAUSED",
  interrupted: "PAUSED",
  foreign: "PAUSED",
  damaged: "PAUSED",
  completed: "COMPLETED",
  failed: "FAILED",
  cancelled: "CANCELLED",
  rolled_back: "FAILED",
  rollback_failed: "FAILED",
};

/** @param run the observed status of the session's run; absent if it has none */
export function stateOf(session: Session, run: RunStatus | undefined): SessionState {
  if (run !== undefined) return STATE_OF[run];
  return session.finishedAt === undefined ? "PLANNING" : "FAILED";
}

export interface Transition {
  readonly from: SessionState;
  readonly to: SessionState;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
}

type Mark = readonly [to: SessionState, at: number, why: string];

/** All transitions so far, from the journals of the session and of its run. */
export function historyOf(session: Session, run: readonly JournalEvent[]): Transition[] {
  const marks: Mark[] = [["PLANNING", session.openedAt, "opened"], ...run.flatMap((event) => markOf(event) ?? [])];
  if (run.length === 0 && session.finishedAt !== undefined) {
    marks.push(["FAILED", session.finishedAt, "abandoned before it was started"]);
  }
  const history: Transition[] = [];
  let from: SessionState = "IDLE";
  for (const [to, at, why] of marks) {
    if (to === from) continue;
    history.push({ from, to, at, why });
    from = to;
  }
  return history;
}

function markOf(event: JournalEvent): [Mark] | undefined {
  const mark = (to: SessionState, why: string): [Mark] => [[to, event.at, why]];
  switch (event.type) {
    case "run_created":
      return mark("EXECUTING", `started as ${event.workflowId}`);
    case "run_paused":
      return mark("PAUSED", event.message ?? (event.reason === "requested" ? "paused on request" : event.reason));
    case "run_resumed":
      return mark("EXECUTING", "resumed");
    case "run_restarted":
      return mark("EXECUTING", event.step === undefined ? "restarted" : `restarted from step ${event.step}`);
    case "run_restored":
      return mark("PAUSED", `put back to ${event.checkpoint}`);
    case "run_finished":
      return mark(STATE_OF[event.status], `the run is ${event.status}`);
    default:
      return undefined;
  }
}
