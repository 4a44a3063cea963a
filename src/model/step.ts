import type { z } from "zod";
import type { FailureReason } from "./run.ts";
import type { JsonValue } from "./workflow.ts";

/**
 * How `{{ }}` in a field of a step is filled. `shell`: the value travels in an environment variable and never becomes shell
 * text; `text`: it is put into the string (for a record: into each of its values); `data`: every text inside is filled, and a
 * lone `{{x}}` keeps its type.
 */
export type TemplateKind = "shell" | "text" | "data";

/** How the templates of a field are filled: all alike, or, in a list, by the key under which they stand (`self`: an element that is text). */
export type FieldTemplates =
  | TemplateKind
  | { readonly self: TemplateKind; readonly keys: Readonly<Record<string, TemplateKind>> };

/** One attempt, ready to be performed. */
export interface Job {
  readonly workflowId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** Environment variables for the values that shell text refers to. */
  readonly values: Readonly<Record<string, string>>;
  /** Absolute directory that the step's relative paths start from. */
  readonly cwd: string;
  /** Files for this attempt's stdout, stderr and structured output; their directory exists. */
  readonly files: { readonly stdout: string; readonly stderr: string; readonly output: string };
  /** How long a group has between SIGTERM and SIGKILL, in milliseconds. */
  readonly killGrace: number;
}

/** What became of an attempt, as Baton observed it. */
export type AttemptEnd =
  | { readonly outcome: "completed"; readonly output?: JsonValue; readonly exitCode?: number }
  | {
      readonly outcome: "failed";
      readonly reason: FailureReason;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly output?: JsonValue;
    };

/** What a runner tells while it works: `spawned` at most once and before `ended`; `ended` exactly once. Either may come synchronously. */
export type Report =
  | { readonly kind: "spawned"; readonly pid: number; readonly started: string }
  | { readonly kind: "ended"; readonly end: AttemptEnd };

export interface Performing {
  /** Ends the attempt early; `ended` follows once nothing of it runs any more. Calling it again changes nothing. */
  stop(): void;
  /** Kills at once, for a process that is about to leave; nothing is reported any more. */
  abandon(): void;
}

/** Something wrong with a step's fields that no schema says. `field`: the path inside the step. */
export interface FieldMistake {
  readonly field: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** The part of a step type that the parser needs. */
export interface StepSyntax {
  readonly type: string;
  /** The fields it adds to a step. */
  readonly fields: z.ZodRawShape;
  readonly templates: Readonly<Record<string, FieldTemplates>>;
  /** Fields that make a step without a `type` one of this type. */
  readonly knownBy?: readonly string[];
  /** Performed by a worker, to whom it is leased; Baton only checks what is delivered. */
  readonly byWorker?: true;
  /** What is wrong with the fields of a step as written, beyond their shapes. */
  mistakes?(step: Readonly<Record<string, unknown>>): readonly FieldMistake[];
}

/** A kind of step that Baton performs itself: one file under `engine/steps/`, one line in its table. */
export interface StepType extends StepSyntax {
  perform(job: Job, report: (report: Report) => void): Performing;
}
