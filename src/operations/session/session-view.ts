import { isRecord } from "../../model/json.ts";
import type { WorkflowType } from "../../model/routing.ts";
import type { SessionState } from "../../model/session.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { RunView } from "../../model/view.ts";
import type { Parameter } from "../../model/workflow.ts";
import { performerKey } from "../../run/state/performer.ts";
import type { Session } from "../../session/fold.ts";
import { ENDED_SESSION_STATES, stateOf } from "../../session/states.ts";
import type { App } from "../app.ts";
import { finishCall, nextAbout } from "../next-action.ts";
import { describe } from "../run/runs.ts";
import type { KnownSession } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";
import { runInputsOf } from "./run-inputs.ts";

/** Answers cut goals: a caller knows its own. */
const MAX_GOAL_CHARACTERS = 400;
const MAX_LINE_CHARACTERS = 120;

/** @param reasons whether the view says why the goal was routed as it was */
export async function viewSession(known: KnownSession, app: App, reasons = false) {
  const { session, run, damaged } = known;
  const inputs = await runInputsOf(session, app);
  const missing = run || damaged ? [] : inputs.missing;
  const view = run && (await describe(run, app));
  const state = stateOf(session, damaged ? "damaged" : view?.status);
  // A run knows who does its roles.
  const agents = inputs.agents.map((agent) => run?.state.performers[performerKey({ agent })]?.[0]?.name ?? agent);
  const waits = state === "PLANNING" && (session.mode === "explicit" || inputs.reasonToConfirm !== undefined);
  return {
    sessionId: session.sessionId,
    goal: truncate(session.goal, MAX_GOAL_CHARACTERS),
    mode: session.mode,
    state,
    routing: {
      ...viewRouting(session, agents, reasons),
      // Once it runs, only who asks for reasons reads how sure the routing was.
      ...((reasons || !run) && viewDecision(session)),
      ...(!run && {
        missing: missing.map(({ name, type, description }) => ({
          name,
          type,
          ...(description !== undefined && { description }),
        })),
      }),
    },
    ...(waits && inputs.preview && { preview: inputs.preview }),
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
      ...noteOf(session, view),
    }),
    ...(damaged && { workflowId: damaged.workflowId, status: "damaged" as const, note: damaged.message }),
    next: damaged
      ? "nothing of its run can be read: start the goal again with orchestrate {goal}."
      : nextInSession(session, state, view, missing),
  };
}

/** What a caller must know of a session under way. */
function noteOf({ label }: Session, { note }: RunView): { note?: string } {
  const notes = [note, label === LISTS_TASKS ? LISTS_TASKS_NOTE : undefined].filter((one) => one !== undefined);
  return notes.length === 0 ? {} : { note: notes.join(" ") };
}

const LISTS_TASKS = "decompose_first" satisfies WorkflowType;
const LISTS_TASKS_NOTE =
  "decompose_first ends with a list of tasks and builds nothing; each task is then a goal of its own.";

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
function viewRouting({ routing, label, demanded, corrections }: Session, agents: readonly string[], why: boolean) {
  const { template, complexity, tasks, assessed, question, planId, reasons, rules } = routing;
  const other = label !== routing.label;
  return {
    label,
    template: other ? templateNameOf(label) : template,
    agents: other || agents.length > 0 ? agents : routing.agents,
    complexity,
    ...(other && { routed: { label: routing.label, confidence: rounded(routing.confidence) } }),
    ...((why || assessed?.differs) && rules && { rules }),
    ...(why && {
      reasons: other ? [`${label} was requested; Baton routed the goal to ${routing.label}`] : reasons,
    }),
    ...(tasks.length > 0 && { tasks }),
    ...(assessed && { assessed }),
    ...(question !== undefined && !demanded && { question }),
    ...(planId !== undefined && !other && { planId }),
    ...(corrections.length > 0 && { corrections: corrections.map(({ label, reason }) => ({ label, reason })) }),
  };
}

/** How the routing was decided, and how sure it is. What a caller demands has no confidence. */
function viewDecision({ routing, label, demanded }: Session) {
  const { confidence, alternatives, decision } = routing;
  const other = label !== routing.label;
  return {
    decision: demanded ? ("go" as const) : decision,
    demanded,
    ...((other || confidence !== undefined) && { confidence: other ? null : rounded(confidence) }),
    alternatives: other ? [] : alternatives.map((one) => ({ label: one.label, confidence: rounded(one.confidence)! })),
  };
}

const rounded = (share: number | undefined): number | undefined =>
  share === undefined ? undefined : Math.round(share * 1_000) / 1_000;

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
  const over = ENDED_SESSION_STATES.has(state) && session.finishedAt !== undefined;
  if (view && state !== "COMPLETED" && !over) return nextAbout(view);
  if (session.finishedAt !== undefined) {
    return state === "COMPLETED" && view && session.label === LISTS_TASKS
      ? nextAfterTasks(view)
      : "Nothing to do: the session is finished.";
  }
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

/** A list of tasks leads to the first of them, or to a better list if its review asks for one. */
function nextAfterTasks({ workflowId, steps }: RunView): string {
  const wantsChanges = steps.some(({ output }) => isRecord(output) && output.verdict === "changes_needed");
  if (!wantsChanges)
    return 'show the user the tasks; orchestrate {goal: "…"} builds the one that the user wants first.';
  const anew = `monitor_workflow {workflowId: "${workflowId}", action: "restart", stepId: "breakdown"}`;
  return `show the user the tasks and what the review asks for; ${anew} has the list made anew. Tell its worker the findings.`;
}
