import type { CodeSnapshot } from "../../model/checkpoint.ts";
import type { Fact, JournalEvent } from "../../model/event.ts";
import type { Growth, Plan } from "../../model/plan.ts";
import type { Answer, Question } from "../../model/question.ts";
import type { EVIDENCE, FailureReason, RunStatus, StepStatus } from "../../model/run.ts";
import { FINAL_RUN_STATUSES, SETTLED } from "../../model/run.ts";
import type { Performer } from "../../model/worker.ts";
import type { JsonObject, JsonValue, Mode } from "../../model/workflow.ts";
import type { Heap } from "./heap.ts";
export interface StepError {
  readonly reason: FailureReason;
  readonly message: string;
  readonly hint?: string;
  readonly signal?: string;
}

/** A step in a worker's hands. Never changed, only replaced. */
export interface StepLease {
  /** What the worker shows to deliver. */
  readonly token: string;
  /** The capability that was asked for. */
  readonly agent: string;
  readonly worker?: string;
  /** A process of Baton's own is the worker. */
  readonly runner?: boolean;
  readonly expiresAt: number;
  /** Nobody was heard of in time: anybody may take the step; until then the token still delivers. */
  readonly expired?: boolean;
  /** It came back to its worker because the checks did not hold; the same worker may accept it anew. */
  readonly returned?: boolean;
  readonly percent?: number;
  readonly task?: string;
}

/** What one agent gave to the next when it passed a step on. */
export interface Handoff {
  readonly from: string;
  readonly to: string;
  readonly attempt: number;
  readonly at: number;
  readonly context?: JsonObject;
  readonly reason?: string;
}

/** What the worker of a step asked the person at one time. Never changed, only replaced. */
export interface Round {
  /** From 1. */
  readonly round: number;
  readonly attempt: number;
  readonly agent: string;
  /** Of the assignment that ended with it. */
  readonly token: string;
  readonly askedAt: number;
  readonly questions: readonly Question[];
  /** In the order of the questions; absent: it is open. */
  readonly answers?: readonly Answer[];
}

/** What the journal says of one step. Instants in milliseconds since 1970. Flat: a copy of it is a record of how it was. */
export interface StepState {
  status: StepStatus;
  /** Number of the latest attempt; grows over restarts, so that log files and `BATON_ATTEMPT` never repeat. */
  attempt: number;
  /** Failed attempts since the last restart, or since a fallback took over: what `retries` is measured against. */
  failures: number;
  /** Attempts lost to crashes since the last restart. */
  crashes: number;
  /** Edges that its start still waits for. */
  unsettledEdges: number;
  /** Edges that its finish still waits for; absent: there is none of that kind. */
  unfinishedEdges?: number;
  /** When its work was done, if its finish then had to wait. Held as long as it is `running` besides. */
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
  /** Baton checks what was delivered right now. */
  verifying?: boolean;
  /** Leases that ran out one after another, without a word of any worker. */
  expiries?: number;
  /** Which of its fallbacks performs it, from 1; absent: the one it was written for. */
  fallback?: number;
  /** To whom it was passed on. */
  performer?: Performer;
  handoffs?: readonly Handoff[];
  /** What its workers asked the person. */
  rounds?: readonly Round[];
  /** How Baton knows that it is completed; absent: it saw it itself. */
  evidence?: (typeof EVIDENCE)[number];
  /** What its worker said to whoever comes next. */
  context?: JsonObject;
  /** Where this piece of work was begun, if crashes have interrupted it since. */
  origin?: { readonly attempt: number; readonly at: number };
  /** The run that it consists of. */
  child?: string;
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
    | "asked";
  readonly startedAt?: number;
  readonly endedAt: number;
}

/** What became of a message. */
export interface Answered {
  readonly refused?: { readonly reason: string; readonly message: string };
  readonly checkpoint?: string;
  /** It said what had been said before. */
  readonly repeated?: boolean;
}

/** A position to come back to. */
export interface Checkpoint {
  readonly id: string;
  /** Events before it. */
  readonly rev: number;
  readonly at: number;
  readonly trigger: Extract<JournalEvent, { type: "checkpoint_created" }>["trigger"];
  readonly name?: string;
  readonly step?: string;
  /** Active milliseconds of the run until then. */
  readonly activeMs: number;
  /** The growths that were not withdrawn, by number; absent: there were none. */
  readonly growths?: readonly number[];
  code?: CodeSnapshot;
  /** Why there is no code. */
  problem?: string;
  /** How each step was that has changed between this checkpoint and the next: what undoes the stretch. */
  readonly saved: Map<number, StepState>;
}

/**
 * A run, folded from its journal. Owned by one folder, which changes it in place (100,000 steps would not bear copying);
 * everybody else reads. The fields from `running` down are indexes over `steps`, kept so that no event costs O(graph).
 */
export interface RunState {
  readonly workflowId: string;
  readonly name: string;
  readonly mode: Mode;
  readonly maxParallel: number;
  readonly cwd: string;
  readonly durability: "process" | "power";
  readonly detach: boolean;
  /** Checkpoints record the code, too. */
  readonly code: boolean;
  /** The template that it was made from, as `name@version`. */
  readonly template?: string;
  /** The runner that performs what is for an agent and names none itself. */
  readonly runner?: string;
  /** The step that this run is. */
  readonly parent?: { readonly workflowId: string; readonly stepId: string };
  readonly forkedFrom?: { readonly workflowId: string; readonly checkpoint?: string | undefined };
  readonly createdAt: number;
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  readonly performers: Readonly<Record<string, readonly Performer[]>>;

  status: RunStatus;
  /** Events applied so far. */
  rev: number;
  epoch: number;
  /** Owners in a row, up to the latest, that have written nothing but that they took the run. */
  silentOwners: number;
  /** Instant of the latest event. */
  lastAt: number;
  /** When this passage began: creation, or the latest restart. */
  startedAt: number;
  endedAt?: number;
  /** How the owner before the present one ended: in good order, or not. Until there is a next one, what the present one says of itself. */
  orderly: { before: boolean; present: boolean };
  /** Set once nothing may start any more. */
  stopping?: "cancel" | "timeout";
  pause?: { readonly reason: "requested" | "crash" | "restored"; readonly message?: string };
  /** The checkpoint that the run is about to be put back to. */
  restoring?: string;
  /** The checkpoints whose code is yet to be recorded, in the order in which they were made: nothing starts meanwhile. */
  capturing: readonly string[];
  /** The step before which a checkpoint was made already. */
  readied?: number;
  /** Active milliseconds before `activeSince`; paused and ownerless time is not in it, nor that in which all waits for the person. */
  activeMs: number;
  activeSince?: number;
  /** Sum of the durations of all ended attempts of this passage that Baton performed. */
  busyMs: number;
  log: LogEntry[];
  /** The latest messages whose effects, or refusal, are in the journal, by id; but for those that leased steps. */
  readonly causes: Map<string, Answered>;
  /** All messages that leased steps. */
  readonly accepts: Map<string, Answered>;
  /** Every token that was ever given out, and for what. */
  readonly tokens: Map<string, { readonly index: number; readonly attempt: number }>;
  checkpoints: Checkpoint[];
  /** All that ever grew, in the order of their indices. */
  growths: readonly Growth[];

  readonly steps: StepState[];
  unsettled: number;
  /** What Baton performs now: attempts of its own, and verifications. */
  readonly running: Set<number>;
  /** Those of them that only wait, and take no slot. */
  readonly passive: Set<number>;
  /** Steps that Baton may start, by definition order; without those under a limit. */
  readonly ready: Heap;
  /** Absent where the workflow has no limits. */
  concurrency?: ConcurrencyState | undefined;
  /** Steps that workers may accept. */
  readonly offered: Set<number>;
  /** Steps in workers' hands, or delivered and waiting to be verified. */
  readonly claimed: Set<number>;
  /** Steps whose questions wait for the person's answers. */
  readonly asking: Set<number>;
  /** Deliveries to be verified, by definition order. */
  readonly delivered: Heap;
  /** Steps in workers' hands, by when that ends: their lease, or their timeout. */
  readonly leases: Heap;
  /** Steps of Baton's own waiting for their next attempt, by when it is due. */
  readonly backoff: Heap;
  /** Steps waiting to be offered to workers again, by when that is due. */
  readonly reoffers: Heap;
  /** Steps whose start waits for nothing any more, and whose gate has yet to be asked: `fold` computes no expression (`run/state/gate.ts`). */
  readonly gates: Set<number>;
  /** Steps whose gate has spoken, with the fact to write down: against their start, or of how they finish. */
  readonly verdicts: Map<number, Fact>;
}

export const isFinal = (state: RunState): boolean => FINAL_RUN_STATUSES.has(state.status);
/** Its work is done and in the journal: nothing of it runs, and it is never begun again. */
export const isHeld = ({ status, heldAt }: StepState): boolean => status === "running" && heldAt !== undefined;
/** It waits for the person's answers, and not for its next try. */
export const isAsking = ({ status, retryAt }: StepState): boolean => status === "waiting" && retryAt === undefined;
export const isSettled = (step: StepState): boolean => SETTLED.has(step.status);

/** How many steps Baton may perform at once. Workers have hands of their own. */
export const slots = (state: RunState): number => (state.mode === "sequential" ? 1 : state.maxParallel);

/** A step before anything happened to it; attempt numbers of an earlier passage go on. */
export function untouched(plan: Plan, index: number, attempt = 0): StepState {
  const { offsets } = plan.predecessors;
  const unfinishedEdges = plan.finishEdges[index]!;
  const unsettledEdges = offsets[index + 1]! - offsets[index]! - unfinishedEdges;
  const step: StepState = { status: "pending", attempt, failures: 0, crashes: 0, unsettledEdges };
  if (unfinishedEdges > 0) step.unfinishedEdges = unfinishedEdges;
  return step;
}

/** Of a run whose workflow limits how many of some steps are under way at once. */
export interface ConcurrencyState {
  /** By limit: how many of its steps are under way. */
  readonly used: number[];
  /** By lane: its steps that Baton may start, by definition order. */
  readonly ready: readonly Heap[];
}
