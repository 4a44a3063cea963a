import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { FailureReason, RunStatus, StepStatus } from "../model/run.ts";
import { FINAL_RUN_STATUSES, SETTLED } from "../model/run.ts";
import type { JsonObject, JsonValue, Mode } from "../model/workflow.ts";
import type { Heap } from "./heap.ts";

export interface StepError {
  readonly reason: FailureReason;
  readonly message: string;
  readonly hint?: string;
  readonly signal?: string;
}

/** What the journal says of one step. Instants in milliseconds since 1970. */
export interface StepState {
  status: StepStatus;
  /** Number of the latest attempt; grows over restarts, so that log files and `BATON_ATTEMPT` never repeat. */
  attempt: number;
  /** Failed attempts since the last restart: what `retries` is measured against. */
  failures: number;
  /** Attempts lost to crashes since the last restart. */
  crashes: number;
  /** Edges into this step whose other end is not settled yet. */
  unsettledEdges: number;
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
}

/** One line of the execution log: an attempt that ended, or a step that was skipped. */
export interface LogEntry {
  readonly index: number;
  readonly attempt: number;
  readonly status: "completed" | "failed" | "cancelled" | "skipped" | "interrupted";
  readonly startedAt?: number;
  readonly endedAt: number;
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
  readonly createdAt: number;
  readonly parameters: JsonObject;
  readonly context: JsonObject;

  status: RunStatus;
  /** Events applied so far. */
  rev: number;
  epoch: number;
  /** Instant of the latest event. */
  lastAt: number;
  /** When this passage began: creation, or the latest restart. */
  startedAt: number;
  endedAt?: number;
  /** How the owner before the present one ended: in good order, or not. Until there is a next one, what the present one says of itself. */
  orderly: { before: boolean; present: boolean };
  /** Set once nothing may start any more. */
  stopping?: "cancel" | "timeout";
  pause?: { readonly reason: "requested" | "crash"; readonly message?: string };
  /** Active milliseconds before `activeSince`; paused and ownerless time is not in it. */
  activeMs: number;
  activeSince?: number;
  /** Sum of the durations of all ended attempts of this passage. */
  busyMs: number;
  log: LogEntry[];
  /** Ids of the messages whose effects, or refusal, are in the journal. */
  readonly causes: Map<string, { readonly refused?: { readonly reason: string; readonly message: string } }>;

  readonly steps: StepState[];
  unsettled: number;
  readonly running: Set<number>;
  /** Steps that may start, by definition order. */
  readonly ready: Heap;
  /** Steps waiting for their next attempt, by when it is due. */
  readonly backoff: Heap;
  /** Steps whose gate has spoken against them, with the fact to write down. */
  readonly verdicts: Map<number, Fact>;
}

export const isFinal = (state: RunState): boolean => FINAL_RUN_STATUSES.has(state.status);
export const isSettled = (step: StepState): boolean => SETTLED.has(step.status);

/** How many steps may run at once. */
export const slots = (state: RunState): number => (state.mode === "sequential" ? 1 : state.maxParallel);

/** A step before anything happened to it; attempt numbers of an earlier passage go on. */
export function untouched(plan: Plan, index: number, attempt = 0): StepState {
  const { offsets } = plan.predecessors;
  const unsettledEdges = offsets[index + 1]! - offsets[index]!;
  return { status: "pending", attempt, failures: 0, crashes: 0, unsettledEdges };
}
