import type { Plan } from "../../model/plan.ts";
import type { LogEntry, RunState } from "../../model/run-state.ts";
import type { TraceView } from "../../model/view.ts";
import { lastSeenOf } from "../worker/lease.ts";

/** How an attempt that has not ended stands in a trace. */
export const IN_WORK = "in work";

const iso = (at: number): string => new Date(at).toISOString();

/**
 * What became of the earlier attempts of a step, the oldest first: who had it and since when, what the worker reported
 * meanwhile, why the attempt ended, and which files it left changed. Then what was reported of the present one.
 */
export function traceOf(plan: Plan, state: RunState, stepId: string): TraceView[] {
  const index = plan.indexOf.get(stepId)!;
  const trace = state.log.filter((line) => line.index === index && line.status !== "skipped").map(viewAttempt);
  const { error, output, lease, status, attempt, startedAt } = state.steps[index]!;
  const last = trace[trace.length - 1];
  if (last && error && output !== undefined) last.output = output;
  // A worker that lost its context reads here what it has done so far.
  if (!lease?.said || status !== "assigned") return trace;
  const { agent, worker, said } = lease;
  const current = { attempt, ended: IN_WORK, at: iso(lastSeenOf(state.steps[index]!)), since: iso(startedAt!), agent };
  return [...trace, { ...current, ...(worker !== undefined && { worker }), said: [...said] }];
}

/** An ended attempt as callers see it. */
function viewAttempt({ attempt, status, startedAt, endedAt, ...told }: LogEntry): TraceView {
  const { agent, worker, reason, message, exitCode, said, changes } = told;
  return {
    ...{ attempt, ended: status, at: iso(endedAt) },
    ...(startedAt !== undefined && { since: iso(startedAt) }),
    ...(agent !== undefined && { agent }),
    ...(worker !== undefined && { worker }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(exitCode !== undefined && { exitCode }),
    ...(said && { said: [...said] }),
    ...(changes && { files: changes.files }),
  };
}
