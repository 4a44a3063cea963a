import type { Fact } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { DETERMINISTIC_FAILURES } from "../../model/run.ts";
import type { RunState } from "../../model/run-state.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { retryAt } from "./retry.ts";

type Failure = Omit<Extract<Fact, { type: "step_failed" }>, "type" | "retryAt" | "fallback">;

/** A failed attempt: Baton retries while retries are left, then uses a fallback, then ends the step. */
export function failureFact(plan: Plan, state: RunState, index: number, failed: Failure, now: number): Fact {
  const fact = { type: "step_failed", ...failed } as const;
  if (DETERMINISTIC_FAILURES.has(failed.reason) || state.stopping) return fact;
  const { retry, config } = plan.workflow.steps[index]!;
  const { failures, fallback = 0 } = state.steps[index]!;
  const due = failed.reason === "lease_expired" ? undefined : retryAt(retry, failures + 1, now);
  if (due !== undefined) return { ...fact, retryAt: due };
  const fallbacks = plan.byWorker[index] ? ((config as WorkerConfig).fallback?.length ?? 0) : 0;
  return fallback < fallbacks ? { ...fact, fallback: fallback + 1 } : fact;
}
