import type { SessionState } from "../../model/session.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { RunView } from "../../model/view.ts";
import type { Parameter } from "../../model/workflow.ts";
import type { Session } from "../../session/fold.ts";
import { stateOf } from "../../session/states.ts";
import type { App } from "../app.ts";
import { finishCall, nextAbout } from "../next-action.ts";
import { describe } from "../run/runs.ts";
import type { KnownSession } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";
import { runInputsOf } from "./run-inputs.ts";

/** Answers cut goals: a caller knows its own. */
const MAX_GOAL_CHARACTERS = 400;
const MAX_LINE_CHARACTERS = 120;

export async function viewSession(known: KnownSession, app: App) {
  const { session, run } = known;
  const inputs = await runInputsOf(session, app);
  const missing = run ? [] : inputs.missing;
  const view = run && (await describe(run, app));
  const state = stateOf(session, view?.status);
  return {
    sessionId: session.sessionId,
    goal: truncate(session.goal, MAX_GOAL_CHARACTERS),
    mode: session.mode,
    state,
    routing: {
      ...viewRouting(session, inputs.agents),
      missing: missing.map(({ name, type, description }) => ({
        name,
        type,
        ...(description !== undefined && { description }),
      })),
    },
    checks: inputs.checks,
    learnings: session.learnings,
    finished: session.finishedAt !== undefined,
    ...(state === "PLANNING" &&
      inputs.reasonToConfirm !== undefined && {
        note: `It waits for the user's confirmation: ${inputs.reasonToConfirm}.`,
      }),
    ...(view && {
      workflowId: view.workflowId,
      status: view.status,
      progress: view.progress,
      ready: view.ready.slice(0, 20),
      questions: view.questions.slice(0, 10),
      activeSteps: view.activeSteps.slice(0, 10),
      rev: view.rev,
      ...(view.note !== undefined && { note: view.note }),
    }),
    next: nextInSession(session, state, view, missing),
  };
}

/** Sessions as callers see them, in the same order. */
export const viewSessions = (known: readonly KnownSession[], app: App): Promise<SessionView[]> =>
  Promise.all(known.map((one) => viewSession(one, app)));

/** One session in a list. */
export interface SessionLine {
  readonly sessionId: string;
  readonly goal: string;
  readonly state: SessionState;
  readonly workflow: string;
  readonly workflowId?: string;
}

/** A session as callers see it. */
export type SessionView = Awaited<ReturnType<typeof viewSession>>;

/** A session as a line of a list. */
export const lineOf = ({ sessionId, goal, state, routing, workflowId }: SessionView): SessionLine => ({
  ...{ sessionId, goal: goal.slice(0, MAX_LINE_CHARACTERS), state, workflow: routing.label },
  ...(workflowId !== undefined && { workflowId }),
});

/** The routing as it stands: what the rules said, or what a caller demands instead. */
export function viewRouting({ routing, label, demanded, corrections }: Session, agents: readonly string[]) {
  const { tasks, assessed, question, planId, parameters: _, missing: __, ...rest } = routing;
  const other = label !== routing.label;
  return {
    ...rest,
    ...(demanded && { decision: "go" as const }),
    ...(other && {
      ...{
        label,
        template: templateNameOf(label),
        agents,
        routed: { label: routing.label, confidence: routing.confidence },
      },
      ...{
        confidence: null,
        alternatives: [],
        reasons: [`${label} was requested; Baton routed the goal to ${routing.label}`],
      },
    }),
    demanded,
    ...(tasks.length > 0 && { tasks }),
    ...(assessed && { assessed }),
    ...(question !== undefined && !demanded && { question }),
    ...(planId !== undefined && !other && { planId }),
    ...(corrections.length > 0 && { corrections: corrections.map(({ label, reason }) => ({ label, reason })) }),
  };
}

/**
 * Whether it is still open what the goal becomes. A caller that confirms one of two close labels has chosen. An empty
 * goal becomes nothing.
 */
function isOpen({ goal, routing, demanded }: Session, confirmed: boolean): boolean {
  if (goal.trim() === "") return true;
  if (demanded || routing.missing.length > 0) return false;
  return routing.decision === "ask" || (routing.decision === "choose" && !confirmed);
}

/** What is missing before a session can start, as a sentence; `undefined` if nothing is. */
export function openQuestion(session: Session, missing: readonly Parameter[], confirmed = false): string | undefined {
  const { routing, label } = session;
  if (isOpen(session, confirmed)) {
    const best = [routing, ...routing.alternatives].slice(0, 2);
    return routing.question ?? `Is it ${best.map(({ label }) => label).join(" or ")}?`;
  }
  if (missing.length === 0) return undefined;
  const named = missing.map(({ name, description }) => (description ? `${name} (${description})` : name));
  return `${label} needs ${named.join(", ")}.`;
}

function nextInSession(
  session: Session,
  state: SessionState,
  view: RunView | undefined,
  missing: readonly Parameter[],
): string {
  const { sessionId } = session;
  const call = (rest: string) => `orchestrate {sessionId: "${sessionId}", ${rest}}`;
  // A run that was restarted after its session had finished still goes on.
  if (view && state !== "COMPLETED" && (state !== "FAILED" || session.finishedAt === undefined)) return nextAbout(view);
  if (session.finishedAt !== undefined) return "Nothing to do: the session is finished.";
  if (state === "COMPLETED") return finishCall(sessionId);
  const point = openQuestion(session, missing);
  if (point === undefined)
    return `show this to the user; ${call("confirm: true")} starts it, workflow: "…" changes it.`;
  if (isOpen(session, false)) {
    return `ask the user, or decide if you know: ${point} Then ${call('workflow: "…", confirm: true')}.`;
  }
  const shape = missing.map(({ name }) => `${name}: …`).join(", ");
  return `ask the user: ${point} Then ${call(`parameters: {${shape}}, confirm: true`)}.`;
}
