import { err, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ReadyView } from "../model/view.ts";

/** The kind of a refusal decides the exit code at a terminal: 2 bad input, 3 not found, 4 refused, 1 failed. */
type Kind = "bad_input" | "not_found" | "refused" | "failed";

/**
 * Every reason of a refusal, with its kind. A new reason of the engine or of a run does not compile before it is here.
 */
export const REASONS = {
  bad_input: "bad_input",
  output_invalid: "bad_input",
  handoff_incomplete: "bad_input",
  answers_incomplete: "bad_input",
  not_found: "not_found",
  unknown_step: "not_found",
  unknown_assignment: "not_found",
  unknown_checkpoint: "not_found",
  unknown_template: "not_found",
  key_conflict: "refused",
  damaged: "refused",
  newer_format: "refused",
  owned: "refused",
  foreign: "refused",
  untrusted_state: "refused",
  illegal_transition: "refused",
  busy: "refused",
  not_ready: "refused",
  assignment_lost: "refused",
  assignment_over: "refused",
  questions_exhausted: "refused",
  not_asked: "refused",
  answered_otherwise: "refused",
  version_taken: "refused",
  not_saved: "refused",
  no_code: "refused",
  would_overwrite: "refused",
  needs_person: "refused",
  code_lost: "failed",
  io_error: "failed",
  disk_full: "failed",
  lost: "failed",
  no_answer: "failed",
  too_large: "failed",
  unusable_file: "failed",
  internal_error: "failed",
} as const satisfies Readonly<Record<string, Kind>>;

export type Reason = keyof typeof REASONS;

/** Why an operation did not do what its caller asked, in a form to act on. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  /** Every mistake in the input. */
  readonly mistakes?: readonly Diagnostic[];
  readonly workflowId?: string;
  /** What waits for an agent in the run concerned, as in every answer about a run. */
  readonly ready?: readonly ReadyView[];
  readonly kind: Kind;
}

/** A refusal, with the kind that its reason has. */
export function failure(from: {
  readonly reason: Reason;
  readonly message: string;
  readonly hint?: string;
  readonly workflowId?: string;
}): Result<never, Failure> {
  return err({ kind: REASONS[from.reason], ...from });
}

export function badInput(mistakes: readonly Diagnostic[]): Failure {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  return { kind: "bad_input", reason: "bad_input", message: `${count} in the input`, mistakes };
}
