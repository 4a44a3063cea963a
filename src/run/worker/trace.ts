import type { Plan } from "../../model/plan.ts";
import type { LogEntry, RunState } from "../../model/run-state.ts";
import type { TraceView } from "../../model/view.ts";

const iso = (at: number): string => new Date(at).toISOString();

/**
 * What became of the earlier attempts of a step, the oldest first: who had it and since when, what the worker reported
 * meanwhile, why the attempt ended, and which files it left changed.
 */
export function traceOf(plan: Plan, state: RunState, stepId: string): TraceView[] {
  const index = plan.indexOf.get(stepId)!;
  const trace = state.log.filter((line) => line.index === index && line.status !== "skipped").map(viewAttempt);
  const { error, output } = state.steps[index]!;
  const last = trace[trace.length - 1];
  if (last && error && output !== undefined) last.output = output;
  return trace;
}

/** An ended attempt as callers see it. */
export function viewAttempt({ attempt, status, startedAt, endedAt, ...told }: LogEntry): TraceView {
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
