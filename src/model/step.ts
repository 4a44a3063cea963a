import type { z } from "zod";
import type { FailureReason } from "./run.ts";
import type { JsonValue } from "./workflow.ts";

/**
 * How `{{ }}` in a field of a step is filled. `shell`: the value travels in an environment variable and never becomes shell
 * text; `text`: it is put into the string (for a record: into each of its values).
 */
export type TemplateKind = "shell" | "text";

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

/** A kind of step: one file under `engine/steps/`, one line in its table. */
export interface StepType {
  readonly type: string;
  /** The fields it adds to a step. */
  readonly fields: z.ZodRawShape;
  readonly templates: Readonly<Record<string, TemplateKind>>;
  perform(job: Job, report: (report: Report) => void): Performing;
}

/** The part of a step type that the parser needs. */
export type StepSyntax = Pick<StepType, "type" | "fields" | "templates">;
