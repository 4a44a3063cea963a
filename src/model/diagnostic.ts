import { named } from "./text/quoted.ts";

/**
 * The place of a diagnostic. `step` and `field` are given wherever they apply; line and column (from 1) only for text.
 */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly step?: string;
  /**
   * Dotted path inside the step, or inside the workflow when `step` is absent, e.g. `environment.PATH`,
   * `dependencies[2].to`.
   */
  readonly field?: string;
}

export type DiagnosticCode =
  | "syntax"
  | "unknown_field"
  | "missing_field"
  | "wrong_type"
  | "invalid_value"
  | "not_supported"
  | "duplicate"
  | "unknown_step"
  | "unknown_name"
  | "name_collision"
  | "cycle"
  | "not_independent"
  | "expression"
  | "interpolation"
  | "too_large"
  | "file";

/** An error in a workflow, or a warning about it: what is wrong, where, and what to do. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  readonly message: string;
  /** What to write instead, as a sentence. */
  readonly hint?: string;
  readonly at: Place;
}

/** One line for people and models: `build.yaml:12:5: step "test", field "timeout": message. hint` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { at, message, hint, severity } = diagnostic;
  const file = [at.file === undefined ? undefined : named(at.file), at.line, at.column]
    .filter((part) => part !== undefined)
    .join(":");
  const subject = [at.step !== undefined && `step "${at.step}"`, at.field !== undefined && `field "${at.field}"`]
    .filter(Boolean)
    .join(", ");
  const place = [file, subject].filter(Boolean).join(": ");
  const text = hint ? `${message}. ${hint}` : message;
  return `${severity === "warning" ? "warning: " : ""}${place ? `${place}: ` : ""}${text}`;
}
