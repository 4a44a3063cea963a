import type { z } from "zod";
import type { Definition } from "../definition.ts";
import type { Fact } from "../event.ts";
import type { FailureReason } from "../run.ts";
import type { Dependency, JsonValue, Mode, Step } from "../workflow.ts";

/**
 * How `{{ }}` in a field of a step is filled. `shell`: the value travels in an environment variable and never becomes shell
 * text; `text`: it is put into the string (for a record: into each of its values); `data`: every text inside is filled, and a
 * lone `{{x}}` keeps its type; `expression`: text without braces is an expression as it stands; `commands`: a lone `{{x}}` gives texts
 * that are commands themselves, of which each travels in an environment variable: what is left is the names of these.
 */
export type TemplateKind = "shell" | "text" | "data" | "expression" | "commands";

/** How the templates of a field are filled: all alike, or, in a list, by the key under which they stand (`self`: an element that is text). */
export type FieldTemplates =
  | TemplateKind
  | { readonly self?: TemplateKind; readonly keys: Readonly<Record<string, TemplateKind>> };

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

/** What a step may know of its run, beside its own fields. */
export interface StepContext {
  /** The attempt, and its instant, at which this piece of work was begun: an earlier one, where crashes interrupted it. */
  readonly origin: { readonly attempt: number; readonly at: number };
  readonly definition: Definition;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly durability: "process" | "power";
  readonly code: boolean;
  readonly runner?: string;
  /** The steps whose finish this one comes directly after, and what became of them. */
  readonly before: readonly { readonly step: Step; readonly copy: Extract<Fact, { type: "step_copied" }> }[];
}

/** Steps that are to grow into the run, as far as they can be understood without it. */
export interface NewSteps {
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
  /** Everything that is wrong with them. */
  readonly problems: readonly string[];
  /** How many steps a run may have. */
  readonly maxSteps: number;
}

/** What became of an attempt, as Baton observed it. */
export type AttemptEnd =
  | {
      readonly outcome: "completed";
      readonly output?: JsonValue;
      readonly exitCode?: number;
      readonly shoots?: NewSteps;
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

/** What a runner tells while it works: `spawned` or `child` at most once and before `ended`; `ended` exactly once. Either may come synchronously. */
export type Report =
  | { readonly kind: "spawned"; readonly pid: number; readonly started: string }
  /** The step is a run of its own. */
  | { readonly kind: "child"; readonly workflowId: string }
  | { readonly kind: "ended"; readonly end: AttemptEnd };

export interface Execution {
  /** Ends the attempt early; `ended` follows once nothing of it runs any more. Calling it again changes nothing. */
  stop(): void;
  /** Kills at once, for a process that is about to leave; nothing is reported any more. */
  abandon(): void;
  /** For what goes on by itself when its run is paused, and should not. */
  pause?(): void;
  resume?(): void;
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
  /** What it is, in a sentence for the reference. */
  readonly summary?: string;
  /** The fields it adds to a step, each with a description. */
  readonly fields: z.ZodRawShape;
  readonly templates: Readonly<Record<string, FieldTemplates>>;
  /** Fields that make a step without a `type` one of this type. */
  readonly knownBy?: readonly string[];
  /** Performed by a worker, to whom it is leased; Baton only checks what is delivered. */
  readonly byWorker?: true;
  /** It only waits, for time or for others: it takes none of the slots of its run. */
  readonly passive?: true;
  /** A field that holds a step or a workflow of its own, and the names that are known in there besides. */
  readonly nested?: {
    readonly field: string;
    readonly kind: "step" | "workflow";
    readonly names: (step: Readonly<Record<string, unknown>>) => readonly string[];
    /** The step inside is one for each element of some data, and some of its fields are filled in by then: it is kept as it was written, too. */
    readonly pattern?: true;
  };
  /** What is wrong with the fields of a step as written, beyond their shapes. */
  mistakes?(step: Readonly<Record<string, unknown>>): readonly FieldMistake[];
}

/** What runs commands, for whatever else than steps needs it. */
export interface CommandRunner {
  perform(job: Job, report: (report: Report) => void): Execution;
}

/** A kind of step that Baton performs itself: one file under `engine/steps/`, one line in its table. */
export interface StepType extends StepSyntax {
  perform(job: Job, report: (report: Report) => void, surroundings: () => StepContext): Execution;
}
