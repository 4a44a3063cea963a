import type { AssignmentView } from "../../model/view.ts";
import { planOpenQuestions } from "../../run/features/plan-approval.ts";
import { questionsOf } from "../../run/features/questions.ts";
import { outcomeOf } from "../../run/state/message-dedup.ts";
import { progressOf, readySteps, sessionOf, viewStep } from "../../run/view/view.ts";
import type { App } from "../app.ts";
import { nextAfterDelivery } from "../next-action.ts";
import { waitsForAnswers } from "../run/runs.ts";
import { MAX_READY_LISTED } from "../run-tree.ts";

/** What an answer about a delivery has beside the state of its step and run. */
export interface DeliveryExtras {
  /** The message that the worker sent, perhaps not for the first time. */
  readonly message?: string | undefined;
  /** What the worker got to do next. */
  readonly assignments?: readonly AssignmentView[];
  /** What the user is to be told, once the run is over. */
  readonly summary?: readonly string[];
}

/** What an answer about a delivery says of its step and run. */
export async function deliveryAnswer(id: string, index: number, app: App, extras: DeliveryExtras = {}) {
  const { message, assignments = [], summary } = extras;
  const seen = (await app.engine.observe(id))!;
  const { plan, state, now } = seen;
  const { id: stepId, status, evidence, note, checks, changes, attempt, error } = viewStep(plan, state, index, now);
  const { lease } = state.steps[index]!;
  const ready = readySteps(plan, state);
  const questions = questionsOf(plan, state);
  const openQuestions = planOpenQuestions(plan, state, index);
  const view = {
    workflowId: id,
    ...sessionOf(state),
    stepId,
    status,
    ...(evidence && { evidence }),
    ...(note !== undefined && { note }),
    ...(checks && { checks }),
    ...(changes && { changes }),
    attempt,
    ...(error && { error }),
    ...(status === "assigned" &&
      lease && { assignment: lease.token, expiresAt: new Date(lease.expiresAt).toISOString() }),
    runStatus: (await waitsForAnswers(seen, app)) ? ("waiting" as const) : state.status,
    progress: progressOf(plan, state),
    ...(assignments.length > 0 && { assignments }),
    ready: ready.slice(0, MAX_READY_LISTED),
    ...(questions.length > 0 && { questions }),
    ...(openQuestions.length > 0 && { openQuestions }),
    ...(summary && { summary }),
    ...(message !== undefined && outcomeOf(state, message)?.repeated && { repeated: true }),
    rev: state.rev,
  };
  return { ...view, next: nextAfterDelivery(view, ready.length) };
}

export type DeliveryAnswer = Awaited<ReturnType<typeof deliveryAnswer>>;
