import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { isFinal, type RunState, slots } from "./state.ts";

/** What a run calls for now. */
export interface Decision {
  /** To be journalled and folded, in this order; then `decide` is asked again, until there are none. */
  readonly facts: readonly Fact[];
  /** Attempts to end early. Named again at every call until they have ended; ending twice changes nothing. */
  readonly stops: readonly { readonly index: number; readonly why: "cancel" | "timeout" }[];
  /** The next instant at which time alone changes the answer. */
  readonly wakeAt?: number;
}

const NOTHING: Decision = { facts: [], stops: [] };

/**
 * The brain: what follows from the state of a run at an instant. Pure. Each call costs O(running steps), never O(graph), because
 * at most one step is started per call: the next call sees it running.
 */
export function decide(plan: Plan, state: RunState, now: number): Decision {
  if (isFinal(state)) return NOTHING;
  if (state.verdicts.size > 0) return { ...NOTHING, facts: [...state.verdicts.values()] };
  if (state.unsettled === 0) return { ...NOTHING, facts: [finish(plan, state)] };
  if (state.stopping)
    return { facts: [], stops: Array.from(state.running, (index) => ({ index, why: "cancel" as const })) };

  const deadline = runDeadline(plan, state);
  if (deadline !== undefined && now >= deadline) return { ...NOTHING, facts: [{ type: "run_timed_out" }] };
  const next = state.status === "running" ? nextStart(plan, state, now) : undefined;
  if (next) return { ...NOTHING, facts: [next] };

  const stops: { index: number; why: "timeout" }[] = [];
  let wakeAt = deadline ?? Number.POSITIVE_INFINITY;
  for (const index of state.running) {
    const { timeout } = plan.workflow.steps[index]!;
    if (timeout === undefined) continue;
    const due = state.steps[index]!.startedAt! + timeout;
    if (now >= due) stops.push({ index, why: "timeout" });
    else wakeAt = Math.min(wakeAt, due);
  }
  const retry = state.status === "running" ? state.backoff.peek() : undefined;
  if (retry && retry.key > now) wakeAt = Math.min(wakeAt, retry.key);
  return Number.isFinite(wakeAt) ? { facts: [], stops, wakeAt } : { facts: [], stops };
}

/** A due retry goes before steps that were never tried: its step is the older one, and others wait for it. */
function nextStart(plan: Plan, state: RunState, now: number): Fact | undefined {
  if (state.running.size >= slots(state)) return undefined;
  const retry = state.backoff.peek();
  const index = retry && retry.key <= now ? retry.index : state.ready.peek()?.index;
  if (index === undefined) return undefined;
  return { type: "step_started", step: plan.workflow.steps[index]!.id, attempt: state.steps[index]!.attempt + 1 };
}

/** When the run's time is up; it runs only while the run is active. */
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
  // A partial restart of a cancelled run may leave steps that never ran: that is not a completed run.
  return { type: "run_finished", status: has("failed") ? "failed" : has("cancelled") ? "cancelled" : "completed" };
}
