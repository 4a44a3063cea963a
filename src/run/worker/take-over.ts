import { ok, type Result } from "../../model/data/result.ts";
import type { Fact } from "../../model/event.ts";
import { type Refusal, refuse, type TakeOver } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepState } from "../../model/run-state.ts";
import { matchPerformer, targetOf } from "../state/performer.ts";
import { holderText, lastSeenOf } from "./lease.ts";

/** A runner that showed life within this time is at work. Its signs of life come at least twice as often. */
const RUNNER_AT_WORK_MS = 120_000;

interface TakeOverRequest {
  readonly takeOver: TakeOver;
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
}

/**
 * Ends the assignment of a held step in favour of the worker that asks for it; `undefined` if nobody holds the step, so
 * that it can be accepted like any other.
 */
export function factsOfTakeOver(
  plan: Plan,
  state: RunState,
  index: number,
  { takeOver, agent, worker }: TakeOverRequest,
  now: number,
): Result<Fact[], Refusal> | undefined {
  const step = state.steps[index]!;
  const { id } = plan.workflow.steps[index]!;
  if (step.status === "reported") {
    const message = `step "${id}" cannot be taken over: it is delivered, and Baton is checking it`;
    return refuse("not_ready", message);
  }
  if (step.status !== "assigned") return undefined;
  const { name } = targetOf(plan, state, index);
  if (!matchPerformer(targetOf(plan, state, index), agent))
    return refuse("not_ready", `step "${id}" is for ${name}, not for ${agent}`);
  const refused = refusalToTakeOver(step, takeOver, now);
  if (refused !== undefined)
    return refuse("not_ready", `step "${id}" cannot be taken over${holderText(state, index)}: ${refused}`);
  const by = worker !== undefined && { by: worker };
  return ok([{ type: "step_taken_over", step: id, attempt: step.attempt, reason: takeOver.reason, ...by }]);
}

/** Whether anybody may take the step over now, without its token. */
export const mayTakeOver = (step: StepState, quietMs: number, now: number): boolean =>
  step.status === "assigned" && refusalToTakeOver(step, { reason: "", quietMs }, now) === undefined;

/** Why the step stays with its worker, in words; `undefined` if it may be taken over. */
function refusalToTakeOver(step: StepState, takeOver: TakeOver, now: number): string | undefined {
  const lease = step.lease!;
  const { quietMs, assignment, terminal } = takeOver;
  // A step that came back after a failed check gives its worker that long to learn of it.
  const since = Math.max(lastSeenOf(step), step.startedAt!);
  const quiet = now - since;
  if (lease.runner && quiet <= Math.min(quietMs, RUNNER_AT_WORK_MS)) return "its runner is at work";
  if (quiet > quietMs || assignment === lease.token || terminal) return undefined;
  const from = new Date(since + quietMs).toISOString();
  const wrong = assignment === undefined ? "" : "this is not its assignment; ";
  return `${wrong}without its token it can be taken over after ${from}, if its worker gives no sign of life until then; with its token, as assignment, at once`;
}
