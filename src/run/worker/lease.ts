import type { Fact } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepAttempt, StepState } from "../../model/run-state.ts";
import type { HolderView } from "../../model/view.ts";
import { LEASE_SECONDS, type WorkerConfig } from "../../model/worker.ts";

/** When a lease that is given or renewed now expires. */
export function leaseExpiry(plan: Plan, index: number, now: number): number {
  const { leaseSeconds = LEASE_SECONDS } = plan.workflow.steps[index]!.config as WorkerConfig;
  return now + Math.round(leaseSeconds * 1000);
}

/** The worker showed life now, so it keeps the step. */
export const renewal = (plan: Plan, index: number, stepAttempt: StepAttempt, now: number) =>
  ({ type: "step_progressed", ...stepAttempt, expiresAt: leaseExpiry(plan, index, now) }) as const;

/** Renewals that tell nothing are at least so far apart, so that a busy worker does not fill the journal. */
export const MIN_RENEWAL_INTERVAL_MS = 60_000;

/** A call of the worker that Baton refused shows life all the same. */
export function signOfLife(plan: Plan, state: RunState, token: string, now: number): Fact[] {
  const index = state.tokens.get(token)?.index;
  if (index === undefined || state.stopping) return [];
  const step = state.steps[index]!;
  if (step.lease?.token !== token || step.status !== "assigned") return [];
  if (now - lastSeenOf(step) < MIN_RENEWAL_INTERVAL_MS) return [];
  return [renewal(plan, index, { step: plan.workflow.steps[index]!.id, attempt: step.attempt }, now)];
}

/**
 * Whether the token still delivers: its worker has the step, or no other worker accepted it since the lease expired.
 */
export const canDeliver = ({ status, lease }: StepState): boolean =>
  status === "assigned" || (status === "ready" && lease?.expired === true);

/** Instant of the last sign of life of the worker that has the step. A journal of format 5 tells only its start. */
export const lastSeenOf = ({ lease, startedAt }: StepState): number => lease?.lastSeen ?? startedAt ?? 0;

const iso = (at: number): string => new Date(at).toISOString();

/** Who has a step: from `accept` until Baton has checked the delivery. */
export function heldBy(step: StepState): HolderView | undefined {
  const { status, lease, startedAt } = step;
  if (!lease || (status !== "assigned" && status !== "reported")) return undefined;
  return {
    worker: lease.worker ?? lease.agent,
    since: iso(startedAt!),
    lastSeen: iso(lastSeenOf(step)),
    expiresAt: iso(lease.expiresAt),
  };
}

/** Who has a step, as the end of a sentence. */
export function holderText(state: RunState, index: number): string {
  const step = state.steps[index]!;
  const holder = heldBy(step);
  if (!holder) return "";
  const { worker, since, lastSeen, expiresAt } = holder;
  const until = step.status === "assigned" ? ` until ${expiresAt}` : "";
  return `, held by ${worker} since ${since} (last seen ${lastSeen})${until}`;
}
