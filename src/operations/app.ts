import type { LocalEngine } from "../engine/local-engine.ts";
import type { GitSettings } from "../git/command.ts";
import type { Catalog } from "../model/contracts/catalog.ts";
import type { StepSyntax } from "../model/contracts/step.ts";
import type { Library } from "../model/contracts/templates.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Sessions } from "../model/session.ts";
import type { ReadyView, RunView } from "../model/view.ts";
import type { ProjectCheck } from "../project/detect-checks.ts";

/** What operations work with. Made by `app.ts`. */
export interface App {
  readonly engine: LocalEngine;
  readonly catalog: Catalog;
  readonly library: Library;
  readonly sessions: Sessions;
  /** The checks of the project at a directory: what its settings say, else what is found there. */
  readonly detectChecks: (directory: string) => readonly ProjectCheck[];
  readonly stepSyntax: readonly StepSyntax[];
  /** The state directory. It may not exist yet. */
  readonly state: string;
  /** What was found to be wrong with the settings, in sentences. */
  readonly notes: readonly string[];
  /** Where relative paths of callers start. */
  readonly cwd: string;
  readonly maxSteps: number;
  readonly maxParallel: number;
  readonly durability: "process" | "power";
  readonly resumeWithin: number;
  /** Whether this process may execute runs, or only hand messages on. */
  readonly executes: boolean;
  readonly now: () => number;
  /** How git is called for the code of checkpoints. */
  readonly git: GitSettings;
  /** Whether checkpoints of new runs record the code at all. */
  readonly checkpointCode: boolean;
  /** The names of the programs that steps may name as their runner. */
  readonly runners: readonly string[];
  /** The one that works where nobody else is asked to. */
  readonly runner?: string | undefined;
  readonly randomId: () => string;
  readonly random: (bytes: number) => Uint8Array;
}

/** Why an operation did not do what was asked, in a form that its caller can act on. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
  /** Every mistake in what was given. */
  readonly mistakes?: readonly Diagnostic[];
  readonly workflowId?: string;
  /** What waits for an agent in the run that it is about, as in every answer about a run. */
  readonly ready?: readonly ReadyView[];
  /** Decides the exit code at a terminal: 2 bad input, 3 not found, 4 refused, 1 anything else. */
  readonly kind: "bad_input" | "not_found" | "refused" | "failed";
}

/** What a face adds to a call. */
export interface Call {
  readonly signal?: AbortSignal;
  /** Told while an operation waits. */
  readonly progress?: (view: RunView) => void;
  /** How the caller calls what it asks for, where a name is known in one action and not in another. */
  readonly called?: string;
  /** Upper bound for the answer, in characters; absent: everything. */
  readonly characters?: number;
}
