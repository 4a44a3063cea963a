import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { checkpointFact } from "./state/checkpoint.ts";
import { hasRoom, nextReady } from "./state/concurrency.ts";
import { openGates } from "./state/settle.ts";
import { isFinal, type RunState, slots } from "./state/state.ts";
import { overdue } from "./worker/accept.ts";

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
 * The brain: what follows from the state of a run at an instant. Pure, but that it asks the gates that have yet to be asked. Each call costs O(running steps), never O(graph), because
 * at most one step is started per call: the next call sees it running.
 */
export function decide(plan: Plan, state: RunState, now: number): Decision {
  if (state.restoring) return restore(state, state.restoring);
  if (isFinal(state)) return NOTHING;
  if (!state.stopping) openGates(plan, state);
  if (state.verdicts.size > 0) return { ...NOTHING, facts: [...state.verdicts.values()] };
  if (state.unsettled === 0) {
    // Nobody takes up a run that has ended, so what it has yet to do comes first.
    const done = state.capturing.length === 0 || state.stopping;
    return done ? { ...NOTHING, facts: [finish(plan, state)] } : NOTHING;
  }
  if (state.stopping) return { facts: [], stops: stopsOfAll(state) };

  const deadline = runDeadline(plan, state);
  if (deadline !== undefined && now >= deadline) return { ...NOTHING, facts: [{ type: "run_timed_out" }] };
  const late = overdue(plan, state, now);
  if (late) return { ...NOTHING, facts: [late] };
  const next = state.capturing.length === 0 ? nextStart(plan, state, now) : undefined;
  if (next) return { ...NOTHING, facts: [next] };

  const stops: { index: number; why: "timeout" }[] = [];
  let wakeAt = Math.min(deadline ?? Number.POSITIVE_INFINITY, state.leases.peek()?.key ?? Number.POSITIVE_INFINITY);
  for (const index of state.running) {
    const { timeout } = plan.workflow.steps[index]!;
    // The time of a worker ended with its delivery; each check has a limit of its own.
    if (timeout === undefined || state.steps[index]!.verifying) continue;
    const due = state.steps[index]!.startedAt! + timeout;
    if (now >= due) stops.push({ index, why: "timeout" });
    else wakeAt = Math.min(wakeAt, due);
  }
  for (const { key } of state.status === "running" ? waiting(state) : []) if (key > now) wakeAt = Math.min(wakeAt, key);
  return Number.isFinite(wakeAt) ? { facts: [], stops, wakeAt } : { facts: [], stops };
}

const waiting = ({ backoff, reoffers }: RunState) => [backoff.peek() ?? [], reoffers.peek() ?? []].flat();

const stopsOfAll = (state: RunState) => Array.from(state.running, (index) => ({ index, why: "cancel" as const }));

/** Once nothing runs any more, the run is put back. */
function restore(state: RunState, checkpoint: string): Decision {
  if (state.running.size > 0) return { facts: [], stops: stopsOfAll(state) };
  return { ...NOTHING, facts: [{ type: "run_restored", checkpoint }] };
}

/**
 * What to begin next, if there is room. A delivery is verified before anything else starts, even while the run is paused: its worker waits
 * for the answer. A due retry goes before steps that were never tried: its step is the older one, and others wait for it.
 */
function nextStart(plan: Plan, state: RunState, now: number): Fact | undefined {
  const { steps } = plan.workflow;
  const room = hasSlot(state);
  const delivered = state.delivered.peek();
  if (delivered && room) {
    const { index } = delivered;
    return { type: "verification_started", step: steps[index]!.id, attempt: state.steps[index]!.attempt };
  }
  if (state.status !== "running") return undefined;
  // A worker's step is only offered again, which takes no room.
  const again = state.reoffers.peek();
  if (again && again.key <= now) return { type: "step_offered", step: steps[again.index]!.id };
  const retry = state.backoff.peek();
  // One that a limit holds back waits as those do that were never tried.
  if (retry && retry.key <= now && !hasRoom(plan, state, retry.index)) {
    return { type: "step_offered", step: steps[retry.index]!.id };
  }
  if (!room) return undefined;
  const index = nextOwn(plan, state, now);
  if (index === undefined) return undefined;
  const { id, risky } = steps[index]!;
  if (risky && state.readied !== index) return checkpointFact(state, "risky", { step: id });
  return { type: "step_started", step: id, attempt: state.steps[index]!.attempt + 1 };
}

/** What only waits takes no slot, but where one step follows the other. */
const hasSlot = (state: RunState): boolean =>
  state.running.size - (state.mode === "sequential" ? 0 : state.passive.size) < slots(state);

/** The step that Baton may perform next; in sequential mode only one that comes before those that workers have, or may accept. */
function nextOwn(plan: Plan, state: RunState, now: number): number | undefined {
  if (state.mode === "sequential" && state.claimed.size > 0) return undefined;
  const retry = state.backoff.peek();
  if (retry && retry.key <= now) return retry.index;
  const own = nextReady(plan, state);
  if (own === undefined || state.mode !== "sequential") return own;
  for (const index of state.offered) if (index < own) return undefined;
  return own;
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
