import type { Plan } from "../../model/plan.ts";
import type { LogEntry, RunState } from "../../model/run-state.ts";
import type { AttemptView } from "../../model/view.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** One line of the execution log: an attempt that ended, in its own words. */
export function viewAttempt(plan: Plan, { index, startedAt, endedAt, said, ...entry }: LogEntry): AttemptView {
  const { id, type } = plan.workflow.steps[index]!;
  const { attempt, status, ...rest } = entry;
  return {
    ...{ step: id, type, attempt, status },
    ...(startedAt !== undefined && { startTime: iso(startedAt) }),
    endTime: iso(endedAt),
    ...(startedAt !== undefined && { duration: endedAt - startedAt }),
    ...rest,
    ...(said && { said: [...said] }),
  };
}

/**
 * How one attempt of a step went, or goes; `undefined` if there was none of this number. Older journals tell why only
 * of the latest.
 */
export function attemptOf(
  plan: Plan,
  state: RunState,
  index: number,
  attempt: number,
): Omit<AttemptView, "endTime"> | undefined {
  const step = state.steps[index]!;
  const entries = state.log.filter((entry) => entry.index === index && entry.attempt === attempt);
  // A step that was skipped after a restart has the number of the attempt before, and is none.
  const ended = entries.findLast(({ status }) => status !== "skipped") ?? entries.at(-1);
  const goesOn = ["running", "assigned", "reported"].includes(step.status);
  if (attempt !== step.attempt || (ended && !goesOn)) {
    if (!ended) return undefined;
    const { error, exitCode } = attempt === step.attempt ? step : {};
    const known = ended.status === "failed" && error ? { reason: error.reason, message: error.message } : {};
    return { ...(exitCode !== undefined && { exitCode }), ...known, ...viewAttempt(plan, ended) };
  }
  const { id, type } = plan.workflow.steps[index]!;
  const { lease, startedAt } = step;
  return {
    ...{ step: id, type, attempt, status: step.status },
    ...(startedAt !== undefined && { startTime: iso(startedAt) }),
    ...(lease && { agent: lease.agent }),
    ...(lease?.worker !== undefined && { worker: lease.worker }),
  };
}
