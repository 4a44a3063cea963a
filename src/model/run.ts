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

/** Step states (SEMANTICS §5). `waiting` is a gate or a timer: the pause before a retry, or the time until a person has answered. */
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

/** How Baton knows that a completed step is completed. */
export const EVIDENCE = ["observed", "reported", "verified"] as const;

export const FINAL_RUN_STATUSES: ReadonlySet<RunStatus> = new Set([
  "completed",
  "failed",
  "cancelled",
  "rolled_back",
  "rollback_failed",
]);

/** Settled: the step has an outcome, and nothing but a restart changes it. */
export const SETTLED: ReadonlySet<StepStatus> = new Set(["completed", "failed", "skipped", "cancelled", "undone"]);

/** Why an attempt or a step failed. Closed: a new reason must be given its words wherever reasons are shown. */
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
  "crashed",
  /** The worker said that it could not do it. */
  "agent_failed",
  /** Baton's checks of what was delivered do not hold. */
  "verification_failed",
  /** Its own work is done, but what had to happen before it may finish did not happen as its dependency demands. */
  "dependency_failed",
  /** Too many workers took the step and were not heard of again. */
  "lease_expired",
  /** The run that the step consists of did not complete. */
  "child_failed",
  /** The tool of another server said that it failed, or its server answered with an error. */
  "tool_error",
  "tool_not_found",
  /** The tool does not take such arguments. */
  "arguments_invalid",
  /** No configuration knows a server of that name. */
  "server_not_found",
  /** The server's entry in a configuration cannot be meant, or lacks something from the environment. */
  "server_misconfigured",
  /** The server did not start, ended, or cannot be reached. */
  "server_unavailable",
  /** The steps that were to grow cannot be steps of this run. */
  "growth_refused",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Failures that are the same on every try: retrying them would only waste the delay. */
export const DETERMINISTIC: ReadonlySet<FailureReason> = new Set([
  "condition_error",
  "expression_error",
  "value_refused",
  "tool_not_found",
  "arguments_invalid",
  "server_not_found",
  "server_misconfigured",
  "dependency_failed",
  "growth_refused",
]);
