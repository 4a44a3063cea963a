import type { GitSettings } from "../git/command.ts";
import type { Catalog } from "../model/contracts/catalog.ts";
import type { Engine } from "../model/contracts/engine.ts";
import type { Scheduler } from "../model/contracts/scheduler.ts";
import type { StepSyntax } from "../model/contracts/step.ts";
import type { TemplateLibrary } from "../model/contracts/templates.ts";
import type { Sessions } from "../model/session.ts";
import type { Trust } from "../model/trust.ts";
import type { RunView } from "../model/view.ts";
import type { ProjectCheck } from "../project/detect-checks.ts";

/** What operations work with. `src/app.ts` builds it. */
export interface App {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly library: TemplateLibrary;
  readonly sessions: Sessions;
  /** The project's checks in a directory: those of its settings, else those that Baton detects. */
  readonly detectChecks: (directory: string) => readonly ProjectCheck[];
  readonly stepSyntax: readonly StepSyntax[];
  /** The state directory. It may not exist yet. */
  readonly state: string;
  /** What is wrong with the settings, in sentences. */
  readonly notes: readonly string[];
  /** The directory that callers' relative paths start from. */
  readonly cwd: string;
  readonly maxSteps: number;
  readonly maxParallel: number;
  /** The confidence below which a plan waits for the user. */
  readonly confirmPlansBelow: number;
  readonly durability: "process" | "power";
  readonly resumeWithin: number;
  /** Milliseconds without a sign of life after which anybody may take over a step. */
  readonly takeOverAfter: number;
  /** Whether this process may execute runs, or only pass messages on. */
  readonly executes: boolean;
  /** How long a lease waits for the checks before the work, in milliseconds. */
  readonly baselineWait: number;
  readonly scheduler: Scheduler;
  /** Who reads this process's answers. One that asks for a briefing may have lost its context: then, in ms since 1970. */
  readonly reader: { lostContextAt?: number };
  /** What may be executed of the state directory. */
  readonly trust: Trust;
  /** How to call git for the code of checkpoints. */
  readonly git: GitSettings;
  /** Whether checkpoints of new runs record the code. */
  readonly checkpointCode: boolean;
  /** The names of the runners that steps may use. */
  readonly runners: readonly string[];
  /** The runner of steps that name none. */
  readonly runner?: string | undefined;
}

/** How a caller named what it asks for. */
export interface Called {
  /** Such as `monitor_workflow {action: "logs"}`. */
  readonly name: string;
  /** By argument: the actions of the same tool that take it. */
  readonly takers: ReadonlyMap<string, readonly string[]>;
}

/** What a face adds to a call. */
export interface Call {
  readonly signal?: AbortSignal;
  /** Called with news while an operation waits. */
  readonly progress?: (view: RunView) => void;
  /** What the caller calls the arguments, where one action knows a name and another does not. */
  readonly called?: Called;
  /** A person asks, at a terminal. */
  readonly terminal?: boolean;
  /** What the caller's host puts before the names of Baton's tools. Absent: unknown. */
  readonly toolPrefix?: string;
  /** The most characters of the answer. Absent: no limit. */
  readonly characters?: number;
}
