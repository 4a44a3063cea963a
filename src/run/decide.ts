import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { mayStart, nextReady } from "./state/admission.ts";
import { factsBeforeStart } from "./state/before-start.ts";
import { evaluateGates } from "./state/evaluate-gates.ts";
import { isFinal, slotCount } from "./state/state.ts";
import { expireAssignment } from "./worker/accept.ts";

/** What a run needs now. */
export interface Decision {
  /** The owner journals and folds these in order, then calls `decide` again, until there are none. */
  readonly facts: readonly Fact[];
  /** Attempts to end early. Every call names them until they have ended; ending one twice changes nothing. */
  readonly stops: readonly { readonly index: number; readonly why: "cancel" | "timeout" }[];
  /** The next instant at which time alone changes the answer. */
  readonly wakeAt?: number;
}

const NOTHING: Decision = { facts: [], stops: [] };

/**
 * Decides what follows from the state of a run at an instant. Pure, except that it evaluates the gates that are not
 * evaluated yet. A call costs O(running steps), never O(graph): it starts at most one step, and the next call sees that
 * step running.
 */
export function decide(plan: Plan, state: RunState, now: number): Decision {
  if (state.restoring) return restore(state, state.restoring);
  if (isFinal(state)) return NOTHING;
  if (!state.stopping) evaluateGates(plan, state);
  if (state.verdicts.size > 0) return { ...NOTHING, facts: [...state.verdicts.values()] };
  if (state.unsettled === 0) {
    // No owner takes over a run that has ended, so its remaining work comes first.
    const done = state.capturing.length === 0 || state.stopping;
    return done ? { ...NOTHING, facts: [finish(plan, state)] } : NOTHING;
  }
  if (state.stopping) return { facts: [], stops: stopAll(state) };

  const deadline = runDeadline(plan, state);
  if (deadline !== undefined && now >= deadline) return { ...NOTHING, facts: [{ type: "run_timed_out" }] };
  const expired = expireAssignment(plan, state, now) ?? dueFact(plan, state, now);
  if (expired) return { ...NOTHING, facts: [expired] };
  const next = state.capturing.length === 0 ? nextStart(plan, state, now) : undefined;
  if (next) return { ...NOTHING, facts: [next] };

  const stops: { index: number; why: "timeout" }[] = [];
  let wakeAt = Math.min(deadline ?? Number.POSITIVE_INFINITY, state.leases.peek()?.key ?? Number.POSITIVE_INFINITY);
  for (const index of state.running) {
    const { timeout } = plan.workflow.steps[index]!;
    // A worker's timeout ends with its delivery. Each check has a limit of its own.
    if (timeout === undefined || state.steps[index]!.verifying) continue;
    const due = state.steps[index]!.startedAt! + timeout;
    if (now >= due) stops.push({ index, why: "timeout" });
    else wakeAt = Math.min(wakeAt, due);
  }
  if (state.status === "running") {
    for (const { key } of nextDue(state)) if (key > now) wakeAt = Math.min(wakeAt, key);
    for (const timer of state.features.timer) wakeAt = Math.min(wakeAt, timer(plan, state)?.at ?? wakeAt);
  }
  return Number.isFinite(wakeAt) ? { facts: [], stops, wakeAt } : { facts: [], stops };
}

/** What time alone brings about, by the features' rules. */
function dueFact(plan: Plan, state: RunState, now: number): Fact | undefined {
  if (state.status !== "running") return undefined;
  for (const timer of state.features.timer) {
    const next = timer(plan, state);
    if (next && next.at <= now) return next.fact;
  }
  return undefined;
}

const nextDue = ({ backoff, reoffers }: RunState) => [backoff.peek() ?? [], reoffers.peek() ?? []].flat();

const stopAll = (state: RunState) => Array.from(state.running, (index) => ({ index, why: "cancel" as const }));

/** Once nothing runs, the run is restored. */
function restore(state: RunState, checkpoint: string): Decision {
  if (state.running.size > 0) return { facts: [], stops: stopAll(state) };
  return { ...NOTHING, facts: [{ type: "run_restored", checkpoint }] };
}

/**
 * What to start next, if there is a free slot. Verifications come first, even while the run is paused: a worker waits
 * for the answer. Due retries come before steps that were never tried: other steps wait for the older step.
 */
function nextStart(plan: Plan, state: RunState, now: number): Fact | undefined {
  const { steps } = plan.workflow;
  const free = hasSlot(state);
  const delivered = state.delivered.peek();
  if (delivered && free) {
    const { index } = delivered;
    return { type: "verification_started", step: steps[index]!.id, attempt: state.steps[index]!.attempt };
  }
  if (state.status !== "running") return undefined;
  for (const next of state.features.next) {
    const fact = next(plan, state);
    if (fact) return fact;
  }
  // Baton only offers a worker's step again, which takes no slot.
  const reoffer = state.reoffers.peek();
  if (reoffer && reoffer.key <= now) return { type: "step_offered", step: steps[reoffer.index]!.id };
  const retry = state.backoff.peek();
  // A step that a limit holds back waits like a step that was never tried.
  if (retry && retry.key <= now && !mayStart(plan, state, retry.index)) {
    return { type: "step_offered", step: steps[retry.index]!.id };
  }
  if (!free) return undefined;
  const index = nextForBaton(plan, state, now);
  if (index === undefined) return undefined;
  const [before] = factsBeforeStart(plan, state, index);
  return before ?? { type: "step_started", step: steps[index]!.id, attempt: state.steps[index]!.attempt + 1 };
}

/** A passive step takes no slot, except in sequential mode. */
const hasSlot = (state: RunState): boolean =>
  state.running.size - (state.mode === "sequential" ? 0 : state.passive.size) < slotCount(state);

/** The step that Baton may start next. In sequential mode, no step that workers have or may accept comes before it. */
function nextForBaton(plan: Plan, state: RunState, now: number): number | undefined {
  if (state.mode === "sequential" && state.claimed.size > 0) return undefined;
  const retry = state.backoff.peek();
  if (retry && retry.key <= now) return retry.index;
  const next = nextReady(plan, state);
  if (next === undefined || state.mode !== "sequential") return next;
  for (const index of state.offered) if (index < next) return undefined;
  return next;
}

/** When the run's timeout expires. The timeout counts only active time. */
function runDeadline(plan: Plan, state: RunState): number | undefined {
  const { timeout } = plan.workflow;
  if (timeout === undefined || state.activeSince === undefined) return undefined;
  return state.activeSince + timeout - state.activeMs;
}

function finish(plan: Plan, state: RunState): Fact {
  if (state.stopping) return { type: "run_finished", status: state.stopping === "cancel" ? "cancelled" : "failed" };
  const { steps } = plan.workflow;
  const has = (status: "failed" | "cancelled") =>
    state.steps.some((step, index) => step.status === status && !steps[index]!.optional);
  // A partial restart of a cancelled run may leave steps that never ran. Such a run is not completed.
  return { type: "run_finished", status: has("failed") ? "failed" : has("cancelled") ? "cancelled" : "completed" };
}
