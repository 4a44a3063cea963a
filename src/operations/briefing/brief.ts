import { z } from "zod";
import { listUncommitted } from "../../git/uncommitted.ts";
import type { ObservedRun } from "../../model/contracts/engine.ts";
import { ok } from "../../model/data/result.ts";
import { SESSION_ID } from "../../model/ids.ts";
import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { RunView } from "../../model/view.ts";
import type { UncommittedFiles } from "../../model/work-tree.ts";
import { notFound } from "../../run/run-failure.ts";
import { type Briefed, type BriefedRun, briefing, type WaitingSession } from "../../run/view/briefing/briefing.ts";
import type { App } from "../app.ts";
import { nextAbout } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { describe } from "../run/runs.ts";
import { runTree } from "../run-tree.ts";
import { findSession, type KnownSession, sessionNotFound } from "../session/known-sessions.ts";
import { viewSession } from "../session/session-view.ts";
import { openWork } from "./open-work.ts";

/** Runs that a briefing describes one by one; it counts the others. */
const MAX_RUNS_TOLD = 40;
/** Sessions that a briefing describes one by one. */
const MAX_SESSIONS_TOLD = 10;
/** Work trees that git is asked about, and for how long. A briefing must come at once. */
const MAX_WORK_TREES = 3;
const GIT_TIMEOUT_MS = 4_000;

/** All that is open here, for someone who joins late. */
export const briefRun = defineOperation({
  name: "run.brief",
  summary: "tell someone who joins late all that is open here, or how one run stands",
  effect: "read",
  input: z.object({
    workflowId: z.string().describe("the run (or a session; default: all that is open)").optional(),
  }),
  tool: { name: "monitor_workflow", action: "briefing" },
  async handle({ workflowId: id }, app) {
    app.reader.lostContextAt = app.scheduler.now();
    if (id === undefined) return ok(await briefAll(app));
    const session = SESSION_ID.test(id) ? await findSession(id, app) : undefined;
    if (session && !session.run) {
      const waiting = await waitingSession(session, app);
      return ok(answer({ runs: [], sessions: [waiting], next: waiting.next }, session.session.finishedAt ? 0 : 1));
    }
    const seen = session?.run ?? (await app.engine.observe(id));
    if (!seen) return failure(SESSION_ID.test(id) ? sessionNotFound(id) : notFound(id));
    const { workflowId } = seen.state;
    const tree = await runTree(workflowId, app);
    const runs = await toldOf(
      tree.map(({ seen }) => seen),
      app,
    );
    const { next } = runs[0]!;
    return ok(answer({ runs, sessions: [], next }, FINAL_RUN_STATUSES.has(seen.state.status) ? 0 : 1));
  },
  command: {
    usage: "brief [workflowId]",
    options: { ifOpen: { flags: "--if-open", about: "print nothing if nothing is open, as for a hook" } },
    toInput: ({ workflowId }) => ({ workflowId }),
    print({ briefing, open }, _, { ifOpen }) {
      if (!ifOpen) return briefing;
      return open === 0 ? "" : `${FOR_A_HOOK}\n${briefing}`;
    },
  },
  /** Omits the last line of a briefing: it says what to do next, and so does the ending of every answer. */
  text: ({ briefing }) => briefing.split("\n").slice(0, -1),
});

/** A session that starts has a wish of its own: the briefing informs it and orders nothing. */
const FOR_A_HOOK =
  "Baton keeps this open work in the project (tools monitor_workflow, handoff, orchestrate). Go on with it only if the user wants that.";

async function briefAll(app: App) {
  const work = await openWork(app);
  const runs = await toldOf(work.runs.slice(0, MAX_RUNS_TOLD), app);
  const waiting = await Promise.all(
    work.waiting.slice(0, MAX_SESSIONS_TOLD).map((known) => waitingSession(known, app)),
  );
  const { damaged, foreign, latest } = work;
  const beside = {
    sessions: waiting,
    damaged,
    foreign,
    unfinished: work.unfinished.map(({ session: { sessionId, goal } }) => ({ sessionId, goal })),
    untold: {
      runs: work.runs.length - runs.length,
      sessions: work.waiting.length - waiting.length,
    },
  };
  const open = work.runs.length + work.waiting.length + damaged.length;
  const [first] = runs;
  if (open > 0) {
    const next =
      first?.next ??
      waiting[0]?.next ??
      'monitor_workflow {action: "list"} names the damaged runs; tell the user of them.';
    return answer({ ...beside, runs, next }, open);
  }
  if (!latest) {
    const next = "orchestrate {goal} takes a goal to its end; execute_workflow starts a workflow.";
    return answer({ ...beside, runs: [], above: ["Nothing is open here, and there has been no run yet."], next }, 0);
  }
  const last = await toldOf([latest], app);
  return answer({ ...beside, runs: last, above: ["Nothing is open here. The last run:"], next: last[0]!.next }, 0);
}

async function waitingSession(known: KnownSession, app: App): Promise<WaitingSession> {
  const { sessionId, goal, next } = await viewSession(known, app);
  return { sessionId, goal, next, openedAt: known.session.openedAt };
}

/** @param open how much is open, so that a caller can tell without reading */
function answer(briefed: Omit<Briefed, "runs"> & { readonly runs: readonly ToldRun[] }, open: number) {
  const { runs, next } = briefed;
  const [first] = runs;
  const views = runs.map(({ view }) => view);
  return {
    briefing: briefing(briefed),
    open,
    ...(runs.length === 1 && {
      workflowId: first!.view.workflowId,
      ...(first!.sessionId !== undefined && { sessionId: first!.sessionId }),
      status: first!.status,
      rev: first!.view.rev,
    }),
    ...(runs.length > 1 && {
      runs: runs.slice(0, 10).map(({ view: { workflowId, rev }, status, sessionId }) => ({
        ...{ workflowId, status, rev },
        ...(sessionId !== undefined && { sessionId }),
      })),
    }),
    // Those of child runs stand in the view of their parent, too.
    ready: unique(views.flatMap(({ ready }) => ready)).slice(0, 5),
    questions: unique(views.flatMap(({ questions }) => questions)).slice(0, 5),
    next,
  };
}

function unique<T extends { readonly workflowId: string; readonly stepId: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [`${one.workflowId} ${one.stepId}`, one])).values()];
}

type ToldRun = BriefedRun & { readonly view: RunView };

async function toldOf(runs: readonly ObservedRun[], app: App): Promise<ToldRun[]> {
  const directories = [...new Set(runs.map(({ state }) => state.cwd))].slice(0, MAX_WORK_TREES);
  const trees = new Map<string, UncommittedFiles>();
  for (const cwd of directories) {
    const listed = await listUncommitted(cwd, { ...app.git, timeout: GIT_TIMEOUT_MS });
    // Outside of git there is nothing to tell; and a tree that is too large holds up no briefing.
    if (listed.ok) trees.set(cwd, listed.value);
  }
  const told: ToldRun[] = [];
  for (const seen of runs) {
    const { plan, state, now } = seen;
    const view = await describe(seen, app);
    await app.engine.durable(view.workflowId);
    const { status, note, sessionId } = view;
    const uncommitted = trees.get(state.cwd);
    trees.delete(state.cwd);
    told.push({ ...{ plan, state, now, status, note, sessionId, uncommitted, view }, next: nextAbout(view) });
  }
  return told;
}
