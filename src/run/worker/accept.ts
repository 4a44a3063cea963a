import { err, ok, type Result } from "../../model/data/result.ts";
import type { Fact } from "../../model/event.ts";
import { type MessageOf, type Refusal, refuse } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { runnerOf } from "../../model/worker.ts";
import { awaitsBaseline } from "../features/baselines.ts";
import { nextReady, openAdmission, refusalToStart } from "../state/admission.ts";
import { factsBeforeStart } from "../state/before-start.ts";
import { evaluateGates } from "../state/evaluate-gates.ts";
import { matchPerformer, targetOf } from "../state/performer.ts";
import { failureFact } from "../state/step-failure.ts";
import { actionRefusal } from "../state/transitions.ts";
import { knownFacts } from "./known-facts.ts";
import { holderText, leaseExpiry } from "./lease.ts";
import { factsOfTakeOver } from "./take-over.ts";

/** How many workers in a row may take a step and fall silent. */
const MAX_EXPIRED_LEASES = 5;

/** What time alone does to the first due assignment: its lease expires, or its attempt times out. */
export function expireAssignment(plan: Plan, state: RunState, now: number): Fact | undefined {
  const due = state.leases.peek();
  if (!due || due.key > now) return undefined;
  const { index } = due;
  const { id, timeout } = plan.workflow.steps[index]!;
  const { attempt, startedAt, lease, expiries = 0 } = state.steps[index]!;
  const stepAttempt = { step: id, attempt };
  const holder = lease!.worker ?? lease!.agent;
  if (timeout !== undefined && now >= startedAt! + timeout) {
    const message = `${holder} did not deliver within the timeout of ${timeout} ms`;
    return failureFact(plan, state, index, { ...stepAttempt, reason: "timeout", message }, now);
  }
  if (expiries + 1 < MAX_EXPIRED_LEASES) return { type: "lease_expired", ...stepAttempt };
  const message = `${MAX_EXPIRED_LEASES} workers in a row accepted the step and let its lease expire; the last was ${holder}`;
  const hint = 'Raise its leaseSeconds, or let workers extend the lease with handoff {action: "progress"}.';
  return failureFact(plan, state, index, { ...stepAttempt, reason: "lease_expired", message, hint }, now);
}

/**
 * Leases as many offered steps as there are tokens, in the order in which they became ready. What must come before the
 * start of a step, such as a checkpoint, is recorded first.
 */
export function handleAccept(
  plan: Plan,
  state: RunState,
  { tokens, stepId, agent, worker, runner, takeOver, after, forgotBefore, withoutBaseline }: MessageOf<"accept">,
  now: number,
): Result<Fact[], Refusal> {
  evaluateGates(plan, state);
  const refused = actionRefusal("accept", state.status) ?? (state.stopping && "the run is being cancelled");
  if (refused) return refuse("illegal_transition", refused);
  const only = stepId === undefined ? undefined : plan.indexOf.get(stepId)!;
  const facts: Fact[] = [];
  const taken =
    only === undefined || !takeOver ? undefined : factsOfTakeOver(plan, state, only, { takeOver, agent, worker }, now);
  if (taken && !taken.ok) return taken;
  if (taken) facts.push(...taken.value);
  const acceptable = taken ? [only!] : acceptableSteps(plan, state, { only, agent, worker, runner }, tokens.length);
  const indices = withoutBaseline ? acceptable : acceptable.filter((index) => !awaitsBaseline(plan, state, index));
  if (acceptable.length > 0 && indices.length === 0) {
    const { id } = plan.workflow.steps[acceptable[0]!]!;
    const message = `step "${id}" waits until its checks have run once before the work; try again in a moment`;
    return refuse("not_ready", message);
  }
  for (const [position, index] of indices.entries()) {
    const { status, attempt } = state.steps[index]!;
    const { id } = plan.workflow.steps[index]!;
    // A step that its worker accepts again has started already.
    if (status === "ready") facts.push(...factsBeforeStart(plan, state, index, facts.length));
    const performer = matchPerformer(targetOf(plan, state, index), agent)!.name;
    facts.push({
      type: "step_assigned",
      step: id,
      // A step that came back after a failed verification has its new attempt already.
      attempt: status === "assigned" && !taken ? attempt : attempt + 1,
      assignment: tokens[position]!,
      agent: performer,
      ...(worker !== undefined && { worker }),
      ...(runner
        ? { runner }
        : knownFacts(plan, state, { index, agent: performer }, worker, { after, forgotBefore, now })),
      expiresAt: leaseExpiry(plan, index, now),
      ...(state.code && (status === "ready" || taken) && { capture: true }),
    });
  }
  return facts.length > 0 ? ok(facts) : err(refusalToAccept(plan, state, only, agent));
}

interface AcceptFilter {
  readonly only?: number | undefined;
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
  readonly runner?: boolean | undefined;
}

/**
 * The steps that this worker may accept: offered steps, and steps that came back to it because a check failed. Workers
 * without a name cannot be told apart, so a returned step goes only to one that asks for exactly that step. The search
 * ends after `max` steps, so that a worker who wants one step of many does not pay for all of them.
 */
export function acceptableSteps(
  plan: Plan,
  state: RunState,
  { only, agent, worker, runner }: AcceptFilter,
  max = Number.POSITIVE_INFINITY,
): number[] {
  // A step that names a runner is left to it, unless a worker asks for exactly that step.
  const isUnreserved = (index: number) => runner || runnerOf(plan.workflow.steps[index]!.config) === undefined;
  const isAllowed = (index: number) =>
    (only === undefined ? isUnreserved(index) : index === only) &&
    matchPerformer(targetOf(plan, state, index), agent) !== undefined;
  const returned = [...state.claimed].filter((index) => {
    const { status, lease } = state.steps[index]!;
    if (status !== "assigned" || !lease!.returned || lease!.runner || !isAllowed(index)) return false;
    return lease!.worker === worker && (worker !== undefined || index === only);
  });
  const admits = openAdmission(plan, state);
  if (state.mode !== "sequential") {
    const found = returned.slice(0, max);
    const offered = only === undefined ? state.offered : [only].filter((index) => state.offered.has(index));
    for (const index of offered) {
      if (found.length >= max) break;
      if (isAllowed(index) && admits(index)) found.push(index);
    }
    return found;
  }
  if (returned.length > 0) return returned.slice(0, 1);
  const next = nextInSequence(plan, state);
  return next === undefined ? [] : [next].filter(isAllowed);
}

/** In sequential mode: the offered step whose turn it is, if nothing else runs or comes before it. */
function nextInSequence(plan: Plan, state: RunState): number | undefined {
  if (state.running.size + state.claimed.size > 0 || state.offered.size === 0) return undefined;
  let first = Number.POSITIVE_INFINITY;
  for (const index of state.offered) first = Math.min(first, index);
  const nextForBaton = nextReady(plan, state);
  return nextForBaton !== undefined && nextForBaton < first ? undefined : first;
}

function refusalToAccept(plan: Plan, state: RunState, only: number | undefined, agent: string | undefined): Refusal {
  if (only !== undefined) {
    const { id } = plan.workflow.steps[only]!;
    const { status } = state.steps[only]!;
    if (!plan.byWorker[only])
      return { reason: "not_ready", message: `step "${id}" is performed by Baton, not by agents` };
    if (state.offered.has(only)) {
      const waits = refusalToStart(plan, state, only);
      if (waits !== undefined) return { reason: "not_ready", message: `step "${id}" waits: ${waits}` };
      const { name } = targetOf(plan, state, only);
      const message =
        agent === undefined ? `step "${id}" waits for its turn` : `step "${id}" is for ${name}, not for ${agent}`;
      return { reason: "not_ready", message };
    }
    return {
      reason: "not_ready",
      message: `step "${id}" cannot be accepted: it is ${status}${holderText(state, only)}`,
    };
  }
  const offered = [...state.offered].slice(0, 5);
  const waiting = offered.map(
    (index) => `"${plan.workflow.steps[index]!.id}" for ${targetOf(plan, state, index).name}`,
  );
  const message =
    waiting.length === 0
      ? "no step waits for an agent now"
      : `no step waits for ${agent ?? "an agent"} now; ready: ${waiting.join(", ")}`;
  return { reason: "not_ready", message };
}
