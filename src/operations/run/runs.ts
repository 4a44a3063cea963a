import type { ObservedRun } from "../../model/contracts/engine.ts";
import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { RunLine, RunView } from "../../model/view.ts";
import { isOrphaned } from "../../run/orphaned.ts";
import { truncateView } from "../../run/view/truncate-run.ts";
import { progressOf, readySteps, viewRun } from "../../run/view/view.ts";
import { restsApartFromChildren, waitsForPerson } from "../../run/view/waits-for-person.ts";
import { wouldRun } from "../../run/view/would-run.ts";
import { mayTakeOver } from "../../run/worker/take-over.ts";
import { foldSession } from "../../session/fold.ts";
import type { App, Call } from "../app.ts";
import { nextAbout, takeOverCall } from "../next-action.ts";
import { questionsIn, readyIn, runTree } from "../run-tree.ts";
import { lastLineOf } from "./last-line.ts";

export type Advised<T> = T & { next: string };

/** Milliseconds between two looks at the child runs while a caller waits. */
const CHILD_POLL_INTERVAL_MS = 500;
/** Steps of a foreign run that are shown. */
const MAX_FOREIGN_STEPS = 20;
/** Answers stay under this many characters unless the caller asks for more. */
const MAX_CONCISE_CHARACTERS = 8_000;

/** Describes a run as this process observes it now. */
export async function describe(seen: ObservedRun, app: App, inputs = false): Promise<RunView> {
  const { owner, state } = seen;
  const ownedUntil = owner === "own" || owner.state === "held" ? undefined : (owner.lastBeat ?? state.lastAt);
  const view = viewRun(seen.plan, state, seen.now, { ownedUntil, inputs });
  for (const active of view.activeSteps.slice(0, 20)) {
    const step = seen.state.steps[seen.plan.indexOf.get(active.id)!]!;
    if (mayTakeOver(step, app.takeOverAfter, seen.now)) {
      active.takeOver = takeOverCall({ workflowId: view.workflowId, stepId: active.id });
    }
    const line = lastLineOf(app, view.workflowId, active.id, active.attempt);
    if (line !== "") active.lastLine = line;
  }
  const { status, note } = standing(seen, app);
  const nested = seen.state.passive.size > 0;
  const ready = nested ? await readyIn(view.workflowId, app) : view.ready;
  const questions = nested ? await questionsIn(view.workflowId, app) : view.questions;
  const waiting = status === "running" && (await waitsForAnswers(seen, app));
  const foreign = status === "foreign" && { wouldRun: wouldRun(seen.plan, seen.state, MAX_FOREIGN_STEPS) };
  // Nobody can take a step of a run whose journal cannot be written on.
  if (status === "damaged") return { ...damaged(view), status, ...(note !== undefined && { note }) };
  const told = status === "completed" && isToldOfEnd(view, app);
  return {
    ...view,
    ...(told && { finished: true as const }),
    status: waiting ? "waiting" : status,
    ready,
    questions,
    ...(note !== undefined && { note }),
    ...foreign,
  };
}

/** Whether the user has been told how the session of a run ended. */
function isToldOfEnd({ sessionId }: RunView, app: App): boolean {
  const events = sessionId === undefined ? undefined : app.sessions.read(sessionId);
  return events !== undefined && foldSession(events)?.finishedAt !== undefined;
}

/** Whether nothing goes on in a run and the runs inside it until a person has answered. */
export async function waitsForAnswers({ state }: ObservedRun, app: App): Promise<boolean> {
  if (state.passive.size === 0) return waitsForPerson(state);
  if (!restsApartFromChildren(state)) return false;
  const family = (await runTree(state.workflowId, app)).map(({ seen }) => seen.state);
  return family.every(restsApartFromChildren) && family.some(waitsForPerson);
}

/** Of a damaged run only what was recorded is so; what would come next is not. */
function damaged({ success: _, ...view }: RunView): RunView {
  return { ...view, activeSteps: [], nextSteps: [], ready: [], questions: [] };
}

/** The status of a run that no owner will carry on. A run that only waits for disk space keeps its journal's status. */
const STANDING: Partial<Record<NonNullable<ObservedRun["problem"]>["kind"], RunView["status"]>> = {
  foreign: "foreign",
  corrupt: "damaged",
  quarantined: "damaged",
  newer_format: "interrupted",
};

/** A run's status is what its journal says, unless no process makes it true. */
function standing(seen: ObservedRun, app: App): { status: RunView["status"]; note?: string } {
  const { state, problem } = seen;
  if (problem) {
    const over = FINAL_RUN_STATUSES.has(state.status) && problem.kind === "newer_format";
    return { status: (over ? undefined : STANDING[problem.kind]) ?? state.status, note: problem.message };
  }
  switch (isOrphaned(seen, app.resumeWithin)) {
    case "long":
      return {
        status: "interrupted",
        note: "Its owner process died too long ago for an automatic resume; it waits for resume.",
      };
    case "recently":
      return {
        status: state.status,
        note: "Its owner process died; the next Baton server continues it, or resume does.",
      };
    default:
      return { status: state.status };
  }
}

/** The view in a size that the caller can take. */
export function sized(
  view: RunView,
  input: { detail?: "concise" | "full" | undefined; cursor?: string | undefined },
  call: Call,
): Advised<RunView> {
  const next = nextAbout(view);
  if (call.characters === undefined && input.cursor === undefined) return { ...view, next };
  const most = call.characters ?? Number.POSITIVE_INFINITY;
  const how = input.detail ?? "concise";
  const characters = how === "full" ? most : Math.min(most, MAX_CONCISE_CHARACTERS);
  return {
    ...truncateView(view, { detail: how, from: Number(input.cursor ?? 0), characters: characters - next.length - 20 }),
    next,
  };
}

export interface Wait {
  readonly seconds: number;
  /** Waits for anything newer than this `rev`. */
  readonly since?: number | undefined;
  /** Waits for the end, even if the run is paused meanwhile. */
  readonly final?: boolean;
}

/**
 * Waits for a run: by default until it ends or needs someone. Also resolves at the time limit, and when the caller
 * gives up; the run goes on either way.
 */
export async function waitFor(id: string, app: App, call: Call, { seconds, since, final }: Wait): Promise<void> {
  const { engine } = app;
  const until = app.scheduler.now() + seconds * 1000;
  const over = async ({ plan, state }: ObservedRun) => {
    if (FINAL_RUN_STATUSES.has(state.status)) return true;
    if (since !== undefined) return state.rev > since;
    if (final) return false;
    if (state.status !== "running" || state.awaitingAnswers.size > 0 || hasReturned(state)) return true;
    if (state.passive.size === 0) return readySteps(plan, state).length > 0;
    return (await readyIn(id, app)).length > 0 || (await questionsIn(id, app)).length > 0;
  };
  const stopReporting = seconds > 0 ? reportProgress(id, app, call) : undefined;
  for (;;) {
    const seen = await engine.observe(id);
    const left = until - app.scheduler.now();
    if (!seen || left <= 0 || call.signal?.aborted || seen.problem || (await over(seen))) break;
    // Progress in child runs is no news of the run itself.
    const inside = since === undefined && seen.state.passive.size > 0;
    await engine.changed(id, since ?? seen.rev, inside ? Math.min(left, CHILD_POLL_INTERVAL_MS) : left, call.signal);
  }
  await stopReporting?.();
  await engine.durable(id);
}

/**
 * Tells a waiting caller of each change of the run, whichever process owns it. Returns a function that stops that,
 * after a last report on the run as it is then.
 */
function reportProgress(id: string, app: App, { progress }: Call): (() => Promise<void>) | undefined {
  if (!progress) return undefined;
  const stopped = new AbortController();
  const report = async () => {
    const seen = await app.engine.observe(id);
    if (seen) progress(await describe(seen, app));
  };
  const follow = async () => {
    for await (const _ of app.engine.follow(id, stopped.signal)) if (!stopped.signal.aborted) await report();
  };
  // An unreadable run fails the wait itself, which says why.
  const following = follow().catch(() => {});
  return async () => {
    stopped.abort();
    await following;
    await report();
  };
}

/** Whether a step is back with its worker because a check failed. */
const hasReturned = ({ claimed, steps }: ObservedRun["state"]): boolean =>
  [...claimed].some((index) => steps[index]!.lease?.returned);

/** Every run, the newest first. An unreadable run is listed as such and does not affect the others. */
export async function allRuns(app: App): Promise<RunLine[]> {
  const lines: (RunLine & { at: number })[] = [];
  for (const id of await app.engine.list()) {
    try {
      const seen = await app.engine.observe(id);
      if (!seen) continue;
      const { plan, state } = seen;
      const { status: recorded, note } = standing(seen, app);
      const status = recorded === "running" && (await waitsForAnswers(seen, app)) ? "waiting" : recorded;
      lines.push({
        at: state.createdAt,
        workflowId: id,
        name: state.name,
        ...(state.template !== undefined && { template: state.template }),
        status,
        startTime: new Date(state.createdAt).toISOString(),
        ...(state.endedAt !== undefined && { endTime: new Date(state.endedAt).toISOString() }),
        progress: progressOf(plan, state),
        ...(state.parent && { parent: state.parent.workflowId }),
        ...(note !== undefined && { note }),
      });
    } catch (error) {
      const note = error instanceof Error ? error.message : String(error);
      lines.push({ at: 0, workflowId: id, name: "?", status: "damaged", note });
    }
  }
  lines.sort((a, b) => b.at - a.at || (a.workflowId < b.workflowId ? -1 : 1));
  return lines.map(({ at: _, ...line }) => line);
}

/** The newest run. */
export async function latestRun(app: App): Promise<string | undefined> {
  return (await allRuns(app))[0]?.workflowId;
}

/** The refusal of a question about the latest run if there is none. */
export const NO_RUNS = {
  reason: "not_found",
  message: "there are no runs here yet",
  hint: "Start one with execute_workflow.",
} as const;
