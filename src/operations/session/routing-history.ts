import type { ObservedRun } from "../../model/contracts/engine.ts";
import { PlanDocument } from "../../model/deliveries/plan.ts";
import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { likeness, topicOf } from "../../routing/text/words.ts";
import type { KnownSession } from "./known-sessions.ts";

/**
 * Lessons from earlier sessions. They are read from the sessions' journals each time, so they are never out of date.
 */

/** Lasting corrections, the newest last. A choice for one session teaches nothing. */
export const lastingCorrections = (past: readonly KnownSession[]): { goal: string; label: string }[] =>
  past
    .flatMap(({ session: { goal, corrections } }) =>
      corrections
        .filter(({ lasting }) => lasting)
        .slice(-1)
        .map(({ label, at }) => ({ goal, label, at })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ goal, label }) => ({ goal, label }));

/** A plan that has not been built to its end. */
interface ExistingPlan {
  readonly id: string;
  readonly goal: string;
  readonly plan: PlanDocument;
}

/** The plans of this project whose runs ended, or stand still, before everything was built. */
export const unfinishedPlans = (past: readonly KnownSession[], directory: string): ExistingPlan[] =>
  past.flatMap(({ session, run }) => {
    if (session.cwd !== directory || !run || run.state.status === "completed" || run.state.status === "running")
      return [];
    const plan = PlanDocument.safeParse(resultOf(run, "plan"));
    return plan.success ? [{ id: planIdOf(session.sessionId), goal: session.goal, plan: plan.data }] : [];
  });

/** A plan is known by the session that made it, so its steps can name it before the run has an id. */
export const planIdOf = (sessionId: string): string => `bp_${sessionId.slice(3)}`;

/** How many lessons a new session gets. */
const MAX_LESSONS = 5;
/** Goals less similar than this teach each other nothing. */
const MIN_LIKENESS = 0.15;

/** Lessons from sessions with similar goals, the most similar first. */
export function learningsFor(goal: string, past: readonly KnownSession[], directory: string): string[] {
  const topic = topicOf(goal);
  const lessons = past
    .filter(({ session, run }) => session.cwd === directory && run && FINAL_RUN_STATUSES.has(run.state.status))
    .map(({ session, run }) => ({ alike: likeness(topic, topicOf(session.goal)), texts: lessonsFromRun(run!) }))
    .filter(({ alike, texts }) => alike >= MIN_LIKENESS && texts.length > 0)
    .sort((a, b) => b.alike - a.alike)
    .flatMap(({ texts }) => texts);
  return [...new Set(lessons)].slice(0, MAX_LESSONS);
}

/** What the agents of a run report as learned. */
export function lessonsFromRun(run: ObservedRun): string[] {
  return run.state.steps.flatMap(({ status, output }) => {
    const said = status === "completed" ? fieldOf(output, "learnings") : undefined;
    return Array.isArray(said)
      ? said.filter((one) => typeof one === "string" && one !== "").map((one) => String(one).slice(0, 500))
      : [];
  });
}

function resultOf({ plan, state }: ObservedRun, key: string): JsonValue | undefined {
  const index = plan.workflow.steps.findIndex(({ outputKey }) => outputKey === key);
  const step = state.steps[index];
  return step?.status === "completed" ? step.output : undefined;
}

const fieldOf = (value: JsonValue | undefined, field: string): JsonValue | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value[field] : undefined;
