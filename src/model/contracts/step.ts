import type { z } from "zod";
import type { Definition } from "../definition.ts";
import type { Fact } from "../event.ts";
import type { CheckResult, Evidence } from "../evidence.ts";
import type { FailureReason } from "../run.ts";
import type { Dependency, JsonValue, Mode, Step } from "../workflow.ts";

/**
 * How Baton fills `{{ }}` in a field of a step.
 * `shell`: the value goes into an environment variable and never becomes shell text.
 * `text`: it goes into the string (in a record: into each value).
 * `data`: every text inside is filled; a lone `{{x}}` keeps its type.
 * `expression`: text without braces is an expression itself.
 * `commands`: a lone `{{x}}` gives texts that are commands. Each goes into an environment variable, and the field
 * holds the names of these.
 */
export type TemplateKind = "shell" | "text" | "data" | "expression" | "commands";

/** How the templates of a field are filled: all alike, or in a list by their key (`self`: an element that is text). */
export type FieldTemplates =
  | TemplateKind
  | { readonly self?: TemplateKind; readonly keys: Readonly<Record<string, TemplateKind>> };

/** One attempt, ready to perform. */
export interface Job {
  readonly workflowId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** Environment variables for the values that shell text refers to. */
  readonly values: Readonly<Record<string, string>>;
  /** The absolute directory that relative paths of the step start from. */
  readonly cwd: string;
  /** Files for the attempt's stdout, stderr and structured output. Their directory exists. */
  readonly files: { readonly stdout: string; readonly stderr: string; readonly output: string };
  /** Milliseconds between SIGTERM and SIGKILL of a process group. */
  readonly killGrace: number;
}

/** What a step may know of its run, besides its own fields. */
export interface StepContext {
  /** The attempt that began this piece of work, and its instant: an earlier attempt if crashes interrupted it. */
  readonly origin: { readonly attempt: number; readonly at: number };
  readonly definition: Definition;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly durability: "process" | "power";
  readonly code: boolean;
  readonly runner?: string;
  /** The direct predecessors whose finish this step waited for, and how they ended. */
  readonly before: readonly { readonly step: Step; readonly copy: Extract<Fact, { type: "step_copied" }> }[];
}

/** New steps for a run, as far as they can be understood without it. */
export interface NewSteps {
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
  /** Everything that is wrong with them. */
  readonly problems: readonly string[];
  /** The most steps that a run may have. */
  readonly maxSteps: number;
}

/** How an attempt or a verification ended, as Baton observed it. */
export type AttemptEnd = {
  /** Of a verification: how each check went that ran. */
  readonly checks?: readonly CheckResult[];
} & AttemptOutcome;
type AttemptOutcome =
  | {
      readonly outcome: "completed";
      readonly output?: JsonValue;
      readonly exitCode?: number;
      readonly newSteps?: NewSteps;
      /** Of a step made of other steps: the weakest evidence among these. Absent: Baton observed all of them. */
      readonly evidence?: Evidence;
      /** Of the verification of a plan: what its own checks say against its steps. */
      readonly objections?: readonly string[];
    }
  | {
      readonly outcome: "failed";
      readonly reason: FailureReason;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly output?: JsonValue;
    };

/**
 * What a runner reports while it works: `spawned` or `child` at most once, before `ended`; `ended` exactly once. Both
 * may come synchronously.
 */
export type Report =
  | { readonly kind: "spawned"; readonly pid: number; readonly started: string }
  /** A child run performs the step. */
  | { readonly kind: "child"; readonly workflowId: string }
  | { readonly kind: "ended"; readonly end: AttemptEnd };

export interface Execution {
  /** Ends the attempt early. `ended` follows once nothing of it runs. Calling it again changes nothing. */
  stop(): void;
  /** Kills at once, for a process that is about to exit. Nothing is reported any more. */
  abandon(): void;
  /** For an attempt that would continue by itself although its run is paused. */
  pause?(): void;
  resume?(): void;
}

/** An error in a step's fields that no schema finds. `field` is the path inside the step. */
export interface FieldError {
  readonly field: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** The part of a step type that the parser needs. */
export interface StepSyntax {
  readonly type: string;
  /** One sentence for the reference. */
  readonly summary?: string;
  /** The fields that it adds to a step, each with a description. */
  readonly fields: z.ZodRawShape;
  readonly templates: Readonly<Record<string, FieldTemplates>>;
  /** Fields that give a step without a `type` this type. */
  readonly knownBy?: readonly string[];
  /** A worker performs the step; Baton only checks the delivery. */
  readonly byWorker?: true;
  /** The step only waits, for time or for other steps. It takes no slot of its run. */
  readonly passive?: true;
  /** The step is no work of its own: it only adds other steps to its run. */
  readonly expands?: true;
  /** A field that holds a step or a workflow, and the names that only that one knows. */
  readonly nested?: {
    readonly field: string;
    readonly kind: "step" | "workflow";
    readonly names: (step: Readonly<Record<string, unknown>>) => readonly string[];
    /**
     * Baton makes one step for each element of some data and fills in fields then, so the step is also kept as
     * written.
     */
    readonly pattern?: true;
  };
  /** What is wrong with the fields of a step as written, beyond their types. */
  fieldErrors?(step: Readonly<Record<string, unknown>>): readonly FieldError[];
}

/** Runs commands for callers other than steps. */
export interface CommandRunner {
  perform(job: Job, report: (report: Report) => void): Execution;
}

/** A kind of step that Baton performs itself: one file under `engine/steps/`, one line in its table. */
export interface StepType extends StepSyntax {
  perform(job: Job, report: (report: Report) => void, context: () => StepContext): Execution;
}
