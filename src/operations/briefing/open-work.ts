import type { ObservedRun } from "../../model/contracts/engine.ts";
import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { App } from "../app.ts";
import { type KnownSession, latestSessions, MAX_REMEMBERED_SESSIONS } from "../session/known-sessions.ts";

/** What is open in a state directory, and what ended last. */
export interface OpenWork {
  /** Runs that have not ended, the most urgent first. */
  readonly runs: readonly ObservedRun[];
  /** Sessions that wait for the person before they start, the newest first. */
  readonly waiting: readonly KnownSession[];
  /** Sessions whose run is completed and whose summary nobody has asked for, the newest first. */
  readonly unfinished: readonly KnownSession[];
  /** Runs whose journal cannot be read, with the reason. */
  readonly damaged: readonly { readonly workflowId: string; readonly note: string }[];
  /** How many runs this user's Baton did not make. Nothing of what they say is told. */
  readonly foreign: number;
  /** The newest run of this user that is no part of another run. */
  readonly latest: ObservedRun | undefined;
}

export async function openWork(app: App): Promise<OpenWork> {
  const runs: ObservedRun[] = [];
  const damaged: { workflowId: string; note: string }[] = [];
  let foreign = 0;
  let latest: ObservedRun | undefined;
  for (const workflowId of await app.engine.list()) {
    try {
      const seen = await app.engine.observe(workflowId);
      if (!seen) continue;
      if (seen.problem?.kind === "foreign") {
        foreign++;
        continue;
      }
      const { status, parent } = seen.state;
      if (!FINAL_RUN_STATUSES.has(status)) runs.push(seen);
      if (!parent && (!latest || seen.state.lastAt > latest.state.lastAt)) latest = seen;
    } catch (error) {
      damaged.push({ workflowId, note: error instanceof Error ? error.message : String(error) });
    }
  }
  // A repository can ship sessions. Without this user's mark they are somebody else's words.
  const sessions = app.trust.marked() ? await latestSessions(app, MAX_REMEMBERED_SESSIONS) : [];
  const open = sessions.filter(({ session }) => session.finishedAt === undefined);
  return {
    runs: runs.sort((a, b) => urgencyOf(b) - urgencyOf(a) || (isNewer(a, b) ? -1 : 1)),
    waiting: open.filter(({ run }) => !run),
    unfinished: open.filter(({ run }) => run?.state.status === "completed"),
    ...{ damaged, foreign, latest },
  };
}

const isNewer = (a: ObservedRun, b: ObservedRun): boolean =>
  a.state.createdAt > b.state.createdAt ||
  (a.state.createdAt === b.state.createdAt && a.state.workflowId < b.state.workflowId);

/** The person comes first, then what somebody has in work, then what anybody may take. */
function urgencyOf({ state, problem }: ObservedRun): number {
  if (problem || state.awaitingAnswers.size > 0 || state.status === "paused") return 3;
  if (state.claimed.size > 0) return 2;
  return state.offered.size > 0 ? 1 : 0;
}
