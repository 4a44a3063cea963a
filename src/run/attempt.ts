import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { DETERMINISTIC } from "../model/run.ts";
import type { AttemptEnd } from "../model/step.ts";
import { retryAt } from "./retry.ts";
import type { RunState } from "./state.ts";

/**
 * What the end of an attempt means for its step.
 * @param stopped why Baton ended the attempt early, if it did: then how the process ended says nothing about the work
 */
export function conclude(
  plan: Plan,
  state: RunState,
  index: number,
  end: AttemptEnd,
  stopped: "cancel" | "timeout" | undefined,
  now: number,
): Fact {
  const step = plan.workflow.steps[index]!;
  const { attempt } = state.steps[index]!;
  const of = { step: step.id, attempt };
  if (stopped === "cancel") return { type: "step_cancelled", ...of };
  const { output, exitCode } = end;
  const kept = { ...(output !== undefined && { output }), ...(exitCode !== undefined && { exitCode }) };
  if (stopped === "timeout") {
    const message = `ran longer than its timeout of ${step.timeout} ms and was killed`;
    return failure(plan, state, index, { ...of, reason: "timeout", message, ...kept }, now);
  }
  if (end.outcome === "completed") return { type: "step_completed", ...of, ...kept };
  const { outcome: _, ...failed } = end;
  return failure(plan, state, index, { ...of, ...failed }, now);
}

type Failure = Omit<Extract<Fact, { type: "step_failed" }>, "type" | "retryAt">;

function failure(plan: Plan, state: RunState, index: number, failed: Failure, now: number): Fact {
  const fact = { type: "step_failed", ...failed } as const;
  if (DETERMINISTIC.has(failed.reason) || state.stopping) return fact;
  const due = retryAt(plan.workflow.steps[index]!.retry, state.steps[index]!.failures + 1, now);
  return due === undefined ? fact : { ...fact, retryAt: due };
}
