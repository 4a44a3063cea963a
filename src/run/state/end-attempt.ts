import type { EventOf } from "../../model/event.ts";
import type { LogEntry, RunState, StepState } from "../../model/run-state.ts";

type StepCompleted = EventOf<"step_completed">;

/** Why an attempt ended, in its own words. */
interface Story {
  readonly reason?: LogEntry["reason"];
  readonly message?: string | undefined;
  readonly exitCode?: number | undefined;
}

/** Records that an attempt is over, whatever comes of the step. */
export function endAttempt(state: RunState, index: number, status: LogEntry["status"], at: number, story?: Story) {
  const step = state.steps[index]!;
  step.endedAt = at;
  if (step.heldAt !== undefined) state.verdicts.delete(index);
  stopRunning(state, index, at);
  appendLog(state, index, status, step.heldAt ?? at, story);
}

/** Nothing of the step runs any more. */
export function stopRunning(state: RunState, index: number, at: number) {
  const step = state.steps[index]!;
  const waited = state.passive.delete(index);
  if (step.status === "running" && step.heldAt === undefined && !waited) state.busyMs += at - step.startedAt!;
  delete step.verifying;
  state.running.delete(index);
}

/** Appends a line to the execution log, with what its worker told of the attempt. */
export function appendLog(
  state: RunState,
  index: number,
  status: LogEntry["status"],
  at: number,
  { reason, message, exitCode }: Story = {},
): void {
  const { attempt, startedAt, lease, changes } = state.steps[index]!;
  state.log.push({
    ...{ index, attempt, status, endedAt: at },
    ...(startedAt !== undefined && { startedAt }),
    ...(lease && { agent: lease.agent }),
    ...(lease?.worker !== undefined && { worker: lease.worker }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(exitCode !== undefined && { exitCode }),
    ...(lease?.said && { said: lease.said }),
    ...(lease && changes && { changes }),
  });
}

/** Ends the assignment: the worker no longer has the step and delivered nothing. */
export function endAssignment(
  state: RunState,
  index: number,
  status: LogEntry["status"],
  at: number,
  story?: Story,
): void {
  appendLog(state, index, status, at, story);
  state.steps[index]!.endedAt = at;
}

/** The checks ended, or died with their owner. What they check is still there. */
export function stopVerifying(state: RunState, index: number): void {
  delete state.steps[index]!.verifying;
  state.running.delete(index);
}

/** Whether the step was delivered, or done and held: then its output stands since that time. */
export const isDelivered = ({ heldAt }: StepState, status: StepState["status"]): boolean =>
  status === "reported" || heldAt !== undefined;

/** Keeps the outcome of this attempt, and nothing of the attempt before. */
export function keepDelivery(step: StepState, event: Pick<StepCompleted, "output" | "exitCode" | "context">): void {
  for (const field of ["output", "exitCode", "context"] as const) if (field in step) delete step[field];
  keepOutput(step, event);
  if (event.context) step.context = event.context;
}

export function keepOutput(step: StepState, event: Pick<StepCompleted, "output" | "exitCode">): void {
  if (event.output !== undefined) step.output = event.output;
  if (event.exitCode !== undefined) step.exitCode = event.exitCode;
}

/** Clears what an attempt leaves behind and does not hold for the next. */
export function clearAttempt(step: StepState): void {
  for (const field of [
    "endedAt",
    "output",
    "exitCode",
    "error",
    "retryAt",
    "pid",
    "processStarted",
    "lease",
    "child",
    "checks",
    "changes",
    "note",
  ] as const) {
    delete step[field];
  }
}

/**
 * Keeps how Baton knows that the step is done. Before there were baselines, `verified` of a worker's step meant that its
 * checks pass.
 */
export function keepEvidence(
  step: StepState,
  {
    evidence,
    note,
    assignment,
  }: Pick<StepCompleted, "evidence" | "note"> & { readonly assignment?: string | undefined },
): void {
  const byWorker = step.lease !== undefined || assignment !== undefined;
  const proven = evidence !== "verified" || !byWorker || (step.baseline?.checks ?? []).length > 0;
  if (evidence) step.evidence = proven ? evidence : "checked";
  if (note !== undefined) step.note = note;
  else if (step.note !== undefined) delete step.note;
}
