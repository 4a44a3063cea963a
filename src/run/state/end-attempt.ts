import type { EventOf } from "../../model/event.ts";
import type { LogEntry, RunState, StepState } from "./state.ts";

type Delivered = EventOf<"step_completed">;

/** An attempt is over, whatever comes of the step. */
export function ended(state: RunState, index: number, status: LogEntry["status"], at: number) {
  const step = state.steps[index]!;
  step.endedAt = at;
  if (step.heldAt !== undefined) state.verdicts.delete(index);
  atRest(state, index, at);
  log(state, index, status, step.heldAt ?? at);
}

/** Nothing of the step runs any more. */
export function atRest(state: RunState, index: number, at: number) {
  const step = state.steps[index]!;
  const waited = state.passive.delete(index);
  if (step.status === "running" && step.heldAt === undefined && !waited) state.busyMs += at - step.startedAt!;
  delete step.verifying;
  state.running.delete(index);
}

/** A line of the execution log. */
export function log(state: RunState, index: number, status: LogEntry["status"], at: number): void {
  const { attempt, startedAt } = state.steps[index]!;
  state.log.push({ index, attempt, status, ...(startedAt !== undefined && { startedAt }), endedAt: at });
}

/** The worker has the step no more, and nothing came of it. */
export function endAssignment(state: RunState, index: number, status: LogEntry["status"], at: number): void {
  log(state, index, status, at);
  state.steps[index]!.endedAt = at;
}

/** The checks are over, or died with their owner; what they were made of is still there. */
export function stopVerifying(state: RunState, index: number): void {
  delete state.steps[index]!.verifying;
  state.running.delete(index);
}

/** What was reported, or done and held, stands since then. */
export const isDelivered = ({ heldAt }: StepState, status: StepState["status"]): boolean =>
  status === "reported" || heldAt !== undefined;

/** The outcome of this attempt, and nothing of the one before. */
export function keepDelivery(step: StepState, event: Pick<Delivered, "output" | "exitCode" | "context">): void {
  for (const field of ["output", "exitCode", "context"] as const) if (field in step) delete step[field];
  keepOutput(step, event);
  if (event.context) step.context = event.context;
}

export function keepOutput(step: StepState, event: Pick<Delivered, "output" | "exitCode">): void {
  if (event.output !== undefined) step.output = event.output;
  if (event.exitCode !== undefined) step.exitCode = event.exitCode;
}

/** What an attempt leaves behind is not true of the next. */
export function forgetAttempt(step: StepState): void {
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
  ] as const) {
    delete step[field];
  }
}
