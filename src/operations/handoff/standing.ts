import { questionsOf } from "../../run/features/questions.ts";
import { outcomeOf } from "../../run/state/message-dedup.ts";
import { progressOf, readySteps, viewStep } from "../../run/view/view.ts";
import type { App } from "../app.ts";
import { nextAfterDelivery } from "../next-action.ts";
import { MAX_READY_LISTED } from "../run-tree.ts";

/**
 * What an answer about a delivery says of its step and run. @param message what the worker sent, perhaps not for the
 * first time
 */
export async function standing(id: string, index: number, app: App, message?: string) {
  const { plan, state, now } = (await app.engine.observe(id))!;
  const { id: stepId, status, evidence, attempt, error } = viewStep(plan, state, index, now);
  const { lease } = state.steps[index]!;
  const ready = readySteps(plan, state);
  const questions = questionsOf(plan, state);
  const view = {
    workflowId: id,
    stepId,
    status,
    ...(evidence && { evidence }),
    attempt,
    ...(error && { error }),
    ...(status === "assigned" &&
      lease && { assignment: lease.token, expiresAt: new Date(lease.expiresAt).toISOString() }),
    runStatus: state.status,
    settled: progressOf(plan, state),
    ready: ready.slice(0, MAX_READY_LISTED),
    ...(questions.length > 0 && { questions }),
    ...(message !== undefined && outcomeOf(state, message)?.repeated && { repeated: true }),
    rev: state.rev,
  };
  return { ...view, next: nextAfterDelivery(view, ready.length) };
}

export type Standing = Awaited<ReturnType<typeof standing>>;
