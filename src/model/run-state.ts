import type { CodeSnapshot } from "./checkpoint.ts";
import type { Heap } from "./data/heap.ts";
import type { Fact, JournalEvent } from "./event.ts";
import type { Baseline, Changes, CheckResult, Evidence } from "./evidence.ts";
import type { Expansion } from "./plan.ts";
import type { FailureReason, RunStatus, StepStatus } from "./run.ts";
import type { Performer } from "./worker.ts";
import type { JsonObject, JsonValue, Mode } from "./workflow.ts";

export interface StepError {
  readonly reason: FailureReason;
  readonly message: string;
  readonly hint?: string;
  readonly signal?: string;
}

/** An assignment: a step that a worker has. Never changed, only replaced. */
export interface StepLease {
  /** The token that delivers. */
  readonly token: string;
  /** The capability that the worker asked for. */
  readonly agent: string;
  readonly worker?: string;
  /** Whether Baton started the worker itself. */
  readonly runner?: boolean;
  readonly expiresAt: number;
  /** The lease expired: any worker may accept the step, and until one does the token still delivers. */
  readonly expired?: boolean;
  /** The step came back to its worker because a check failed. The same worker may accept it again. */
  readonly returned?: boolean;
  readonly percent?: number;
  readonly task?: string;
  /** What the worker reported as progress in this attempt, the oldest first. `task` is the latest. */
  readonly said?: readonly string[];
  /** Instant of the worker's last sign of life: when it accepted the step, or last told anything. */
  readonly lastSeen?: number;
  /** The first assignment of a worker without a name that took one step after the other. */
  readonly chain?: string;
  /** The worker was told its role before, in this run. */
  readonly roleKnown?: boolean;
  readonly outputKnown?: boolean;
}

/** The context that one agent gave the next when it transferred a step. */
export interface Handoff {
  readonly from: string;
  readonly to: string;
  readonly attempt: number;
  readonly at: number;
  readonly context?: JsonObject;
  readonly reason?: string;
}

/**
 * What the journal says of one step. Instants in milliseconds since 1970. Flat, so that a copy records how the step
 * was. Features (`run/features/`) declare further fields, all of them optional.
 */
export interface StepState {
  status: StepStatus;
  /** Number of the latest attempt. It grows over restarts, so log files and `BATON_ATTEMPT` never repeat. */
  attempt: number;
  /** Failed attempts since the last restart or fallback. `retries` counts against this. */
  failures: number;
  /** Attempts lost to crashes since the last restart. */
  crashes: number;
  /** How many edges its start still waits for. */
  unsettledEdges: number;
  /** How many edges its finish still waits for. Absent if it has none of that kind. */
  unfinishedEdges?: number;
  /** When its work was done, if its finish had to wait. A step that is `running` with this set is held. */
  heldAt?: number;
  startedAt?: number;
  endedAt?: number;
  pid?: number;
  processStarted?: string;
  output?: JsonValue;
  exitCode?: number;
  error?: StepError;
  /** Why it was skipped. */
  skipped?: string;
  retryAt?: number;
  lease?: StepLease;
  /** Baton is running its checks. */
  verifying?: boolean;
  /** How many leases in a row expired without a word from a worker. */
  expiries?: number;
  /** Which of its fallbacks performs it, from 1. Absent for the performer that the step names. */
  fallback?: number;
  /** The capability that it was transferred to. */
  performer?: Performer;
  handoffs?: readonly Handoff[];
  /** How Baton knows that it is completed. Absent: Baton observed it. */
  evidence?: Evidence;
  /** How its checks went before its work. Absent: they did not run then. */
  baseline?: Baseline;
  /** How its checks went on the latest delivery. */
  checks?: readonly CheckResult[];
  /** What its worker changed in the work tree, up to the latest delivery. */
  changes?: Changes;
  /** What a reader must know about its evidence, such as `no file changed`. */
  note?: string;
  /** The context that its worker gave the next agent. */
  context?: JsonObject;
  /** When this piece of work began, if crashes have interrupted it since. */
  origin?: { readonly attempt: number; readonly at: number };
  /** The child run that performs it. */
  child?: string;
}

/** An attempt of a step, as events name it. */
export interface StepAttempt {
  readonly step: string;
  readonly attempt: number;
}

/** One line of the execution log: an attempt that ended, or a step that was skipped. */
export interface LogEntry {
  readonly index: number;
  readonly attempt: number;
  readonly status:
    | "completed"
    | "failed"
    | "cancelled"
    | "skipped"
    | "interrupted"
    | "expired"
    | "released"
    | "transferred"
    | "taken_over"
    | "asked";
  readonly startedAt?: number;
  readonly endedAt: number;
  /** Who had the step, if a worker had it. */
  readonly agent?: string;
  readonly worker?: string;
  /** Why the attempt failed or ended early, in this attempt's own words. */
  readonly reason?: FailureReason | "released" | "transferred" | "taken_over";
  readonly message?: string;
  readonly exitCode?: number;
  /** What its worker reported as progress, the oldest first. */
  readonly said?: readonly string[];
  /** What its worker had changed in the work tree by then. */
  readonly changes?: Changes;
}

/** What became of a message. */
export interface MessageOutcome {
  readonly refused?: { readonly reason: string; readonly message: string };
  readonly checkpoint?: string;
  /** The message repeated an earlier one. */
  readonly repeated?: boolean;
}

/** A position that the run can be restored to. */
export interface Checkpoint {
  readonly id: string;
  /** How many events come before it. */
  readonly rev: number;
  readonly at: number;
  readonly trigger: Extract<JournalEvent, { type: "checkpoint_created" }>["trigger"];
  readonly name?: string;
  readonly step?: string;
  /** Active milliseconds of the run until then. */
  readonly activeMs: number;
  /** The indices of the expansions that existed. Absent if there were none. */
  readonly growths?: readonly number[];
  code?: CodeSnapshot;
  /** Why no code was recorded. */
  problem?: string;
  /** The steps that changed between this checkpoint and the next, as they were before: the undo log of the stretch. */
  readonly saved: Map<number, StepState>;
}

/** What features (`run/features/`) add to the state of a run. Each feature declares its own fields here. */
// biome-ignore lint/suspicious/noEmptyInterface: features add to it
export interface FeatureState {}

/**
 * The state of a run, folded from its journal. One folder owns it and changes it in place, since copying 100,000 steps
 * costs too much; everything else reads. The fields from `running` down are indexes over `steps`, so that no event
 * costs O(graph).
 */
export interface RunState extends FeatureState {
  readonly workflowId: string;
  readonly name: string;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly cwd: string;
  readonly durability: "process" | "power";
  readonly detach: boolean;
  /** Whether checkpoints record the code too. */
  readonly code: boolean;
  /** The template that the run was made from, as `name@version`. */
  readonly template?: string;
  /** The runner of worker steps that name none. */
  readonly runner?: string;
  /** The step of another run that this run performs. */
  readonly parent?: { readonly workflowId: string; readonly stepId: string };
  readonly forkedFrom?: { readonly workflowId: string; readonly checkpoint?: string | undefined };
  readonly createdAt: number;
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly performers: Readonly<Record<string, readonly Performer[]>>;

  status: RunStatus;
  /** How many events have been applied. */
  rev: number;
  epoch: number;
  /** How many owners in a row, up to the latest, recorded nothing after they took the run. */
  silentOwners: number;
  /** Instant of the latest event. */
  lastAt: number;
  /** When this passage began: at creation, or at the latest restart. */
  startedAt: number;
  endedAt?: number;
  /** Whether the previous owner left in good order, and whether the current one did. */
  orderly: { before: boolean; present: boolean };
  /** Set once nothing may start any more. */
  stopping?: "cancel" | "timeout";
  pause?: { readonly reason: "requested" | "crash" | "restored"; readonly message?: string };
  /** The checkpoint that the run is about to be restored to. */
  restoring?: string;
  /** The checkpoints whose code is still to be recorded, oldest first. Nothing starts meanwhile. */
  capturing: readonly string[];
  /**
   * Active milliseconds before `activeSince`. Paused time, time without an owner, and time that waits only for a
   * person do not count.
   */
  activeMs: number;
  activeSince?: number;
  /** Total duration of all ended attempts of this passage that Baton performed. */
  busyMs: number;
  log: LogEntry[];
  /**
   * The latest messages whose effects or refusal the journal holds, by id. Messages that leased steps are in
   * `accepts`.
   */
  readonly causes: Map<string, MessageOutcome>;
  /** All messages that leased steps. */
  readonly accepts: Map<string, MessageOutcome>;
  /** Every token that was ever given out, with its step and attempt. */
  readonly tokens: Map<string, { readonly index: number; readonly attempt: number }>;
  checkpoints: Checkpoint[];
  /** All expansions there ever were, in the order of their indices. */
  growths: readonly Expansion[];

  readonly steps: StepState[];
  unsettled: number;
  /** What Baton performs now: attempts and verifications. */
  readonly running: Set<number>;
  /** The running steps that only wait and take no slot. */
  readonly passive: Set<number>;
  /** Steps that Baton may start and that no limit concerns, in definition order. */
  readonly ready: Heap;
  /** By lane: its steps that Baton may start once a feature admits them, in definition order. */
  readonly lanes: Map<string, Heap>;
  /** Steps that workers may accept. */
  readonly offered: Set<number>;
  /** Steps that workers have, or have delivered for verification. */
  readonly claimed: Set<number>;
  /** Deliveries to verify, in definition order. */
  readonly delivered: Heap;
  /** Assigned steps, by the end of their lease or timeout. */
  readonly leases: Heap;
  /** Baton's own steps that wait for a retry, by its due time. */
  readonly backoff: Heap;
  /** Steps to be offered to workers again, by when that is due. */
  readonly reoffers: Heap;
  /**
   * Steps whose start waits for nothing and whose gate is not evaluated yet: `fold` evaluates no expression
   * (`run/state/gate.ts`).
   */
  readonly gates: Set<number>;
  /** Steps whose gate has a verdict, with the fact to record: against their start, or about their finish. */
  readonly verdicts: Map<number, Fact>;
}
