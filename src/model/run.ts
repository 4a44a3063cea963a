/** Run states (SEMANTICS §5). */
export const RUN_STATUSES = [
  "running",
  "paused",
  "waiting",
  "interrupted",
  "foreign",
  "damaged",
  "completed",
  "failed",
  "cancelled",
  "rolling_back",
  "rolled_back",
  "rollback_failed",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Step states (SEMANTICS §5). `waiting`: the delay before a retry, or the time until a person has answered. */
export const STEP_STATUSES = [
  "pending",
  "ready",
  "running",
  "assigned",
  "reported",
  "waiting",
  "completed",
  "failed",
  "skipped",
  "cancelled",
  "undone",
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export const FINAL_RUN_STATUSES: ReadonlySet<RunStatus> = new Set([
  "completed",
  "failed",
  "cancelled",
  "rolled_back",
  "rollback_failed",
]);

/** Settled: the step has an outcome, and only a restart changes it. */
export const SETTLED_STATUSES: ReadonlySet<StepStatus> = new Set([
  "completed",
  "failed",
  "skipped",
  "cancelled",
  "undone",
]);

/** Why an attempt or a step failed. Closed: a new reason needs words wherever reasons are shown. */
export const FAILURE_REASONS = [
  "exit_code",
  "signal",
  "timeout",
  "command_not_found",
  "permission_denied",
  "working_directory_missing",
  "spawn_failed",
  "output_invalid",
  "condition_error",
  "expression_error",
  "value_refused",
  /** The input does not fit what the capability's operation declares. */
  "input_invalid",
  "crashed",
  /** The worker reported that it cannot do the step. */
  "agent_failed",
  /** A check of the delivery failed. */
  "verification_failed",
  /** The person did not agree to the plan that was delivered. */
  "plan_declined",
  /** The step's own work is done, but what its finish waits for did not happen as its dependency requires. */
  "dependency_failed",
  /** Too many workers took the step and fell silent. */
  "lease_expired",
  /** The child run of the step did not complete. */
  "child_failed",
  /** The tool reported a failure, or its server answered with an error. */
  "tool_error",
  "tool_not_found",
  /** The tool does not accept these arguments. */
  "arguments_invalid",
  /** No configuration has a server of that name. */
  "server_not_found",
  /** The configuration of the server is invalid, or needs a variable that is not set. */
  "server_misconfigured",
  /** The server did not start, has exited, or cannot be reached. */
  "server_unavailable",
  /** The new steps cannot be steps of this run. */
  "growth_refused",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Failures that every try repeats: retrying would only waste the delay. */
export const DETERMINISTIC_FAILURES: ReadonlySet<FailureReason> = new Set([
  "condition_error",
  "expression_error",
  "value_refused",
  "input_invalid",
  "tool_not_found",
  "arguments_invalid",
  "server_not_found",
  "server_misconfigured",
  "dependency_failed",
  "growth_refused",
]);
