import type { Result } from "../data/result.ts";
import type { Definition } from "../definition.ts";
import type { JournalEvent, StepFact } from "../event.ts";
import type { Message, Refusal } from "../message.ts";
import type { Plan } from "../plan.ts";
import type { RunState } from "../run-state.ts";
import type { Mode } from "../workflow.ts";
import type { RunNews } from "./observer.ts";
import type { AppendFailure, LeaseStatus } from "./store.ts";

type Created = Extract<JournalEvent, { type: "run_created" }>;

/** What a new run is made of. */
export interface StartRequest {
  readonly definition: Definition;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly cwd: string;
  readonly durability: "process" | "power";
  /** A process of its own owns the run and outlives the caller. */
  readonly detach: boolean;
  /** `cwd` lies in a git work tree. */
  readonly code?: boolean;
  readonly idempotencyKey?: string;
  readonly template?: string;
  readonly runner?: string;
  readonly forkedFrom?: Created["forkedFrom"];
  readonly parent?: Created["parent"];
  /** What this run copies from the run it is forked from: finished steps, expanded steps and the user's answers. */
  readonly copies?: readonly StepFact[];
}

/**
 * Why Baton does not continue a run.
 * - `foreign`: there is no proof that this user's Baton created it;
 * - `corrupt`: its journal cannot be read to its end;
 * - `newer_format`: its journal needs a newer Baton;
 * - `quarantined`: its last owners died in their first decision about it.
 */
export interface RunProblem {
  readonly kind: "foreign" | "corrupt" | "newer_format" | "quarantined";
  readonly message: string;
}

/**
 * A run as it is now. `state` belongs to the engine and goes on changing: read it before the next `await`, and do not
 * change it.
 */
export interface ObservedRun {
  readonly definition: Definition;
  readonly plan: Plan;
  readonly state: RunState;
  /** The `rev` of the state when it was observed: what to give to `changed`. */
  readonly rev: number;
  /** The current instant in the run's own time, in milliseconds since 1970. */
  readonly now: number;
  /** `own`: this process owns the run. Otherwise the status of the lease. */
  readonly owner: "own" | LeaseStatus;
  /** Why Baton does not continue the run, or why the run cannot go on now (a full disk). */
  readonly problem?: RunProblem | { readonly kind: AppendFailure["reason"]; readonly message: string };
}

/** Why the engine did not do what the caller asked, and what to do next. */
export interface EngineFailure {
  readonly reason:
    | "not_found"
    | "key_conflict"
    | "damaged"
    | "newer_format"
    | "foreign"
    | "untrusted_state"
    | "owned"
    | "io_error"
    | "no_answer";
  readonly message: string;
  readonly hint?: string;
  readonly workflowId?: string;
}

/** Why a message had no effect. `lost`: this process no longer owns the run; send the message to the new owner. */
export type SendFailure = Refusal | AppendFailure;

export interface AdoptOptions {
  /** The epoch of a living owner that asked for the takeover: its lease does not block it. */
  readonly fromEpoch?: number;
  /** Continue a damaged run from the readable part of its journal, or try a quarantined run once more. */
  readonly force?: boolean;
}

/**
 * Executes runs and passes messages to their owners, wherever these are. Implementations: `engine/local-engine.ts`; all
 * pass `test/suites/engine.suite.ts`.
 */
export interface Engine {
  /** Creates a run and starts it. An idempotency key used before for the same definition gives the run of that time. */
  start(request: StartRequest): Promise<Result<{ id: string; existing: boolean }, EngineFailure>>;
  /** Takes over a run that has no living owner, and executes it here. */
  adopt(id: string, options?: AdoptOptions): Promise<Result<void, EngineFailure>>;
  /**
   * Delivers a message to the run's owner. The answer tells that what it brought about is in the journal.
   * @param executes whether this process may execute a run without owner; if not, it only applies the message to it
   */
  send(id: string, message: Message, executes: boolean): Promise<Result<void, SendFailure | EngineFailure>>;
  /** The run as its journal tells it, or `undefined` if no run has this id. */
  observe(id: string): Promise<ObservedRun | undefined>;
  /** Resolves when the run is newer than `rev`, has a problem or is gone, after `ms` milliseconds, or on abort. */
  changed(id: string, rev: number, ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * What happens to a run from now on, whichever process owns it, until `signal` aborts or the run is gone. The first
   * news has no events and shows the run as it is.
   */
  follow(id: string, signal: AbortSignal): AsyncIterable<RunNews>;
  /** Resolves when everything that `observe` shows is durable and may be reported. */
  durable(id: string): Promise<void>;
  /** Ids of all runs, in no particular order. */
  list(): Promise<readonly string[]>;
  /** All events of a run; empty if there is no such run. */
  events(id: string): Promise<readonly JournalEvent[]>;
  /** The run that an idempotency key stands for; it may not exist yet. `undefined` if no caller has used the key. */
  findByKey(key: string): Promise<string | undefined>;
  /** The files of one attempt on this machine. */
  files(id: string, step: string, attempt: number): { stdout: string; stderr: string; output: string };
}
