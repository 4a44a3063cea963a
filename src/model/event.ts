import { z } from "zod";
import { CHECKPOINT_TRIGGERS, CodeSnapshot } from "./checkpoint.ts";
import { Baseline, Changes, CheckResult, EVIDENCE } from "./evidence.ts";
import { AssignmentId, CheckpointId, RunId, StepId } from "./ids.ts";
import { FAILURE_REASONS } from "./run.ts";
import { Performer } from "./worker.ts";
import { Json, JsonRecord, MODES } from "./workflow.ts";

/**
 * The journal's format. A newer format is shown read-only. 1: only commands. 2: agent steps and checkpoints. 3: steps
 * whose finish waits for others. 4: expansions and questions. 5: clocks that jump. 6: baselines and notes.
 */
export const JOURNAL_FORMAT = 6;

/** Instants are milliseconds since 1970, never smaller than that of the event before. */
export const instant = z.number().int().nonnegative();

/**
 * On every event. `epoch`: the lease under which it was written (SEMANTICS §2). `cause`: the id of the message that
 * asked for it. A repeated message then changes nothing, and its sender finds the answer.
 */
const envelope = { at: instant, epoch: z.number().int().positive(), cause: z.string().optional() };
/** The attempt of a step that an event is about. */
export const attempt = { step: StepId, attempt: z.number().int().positive() };
export const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ ...envelope, type: z.literal(type), ...shape });
export type EventSchema = ReturnType<typeof event>;

/** What remains of a step's output when it ends; see `output` in SEMANTICS §4. */
const output = { output: Json.optional(), exitCode: z.number().int().optional() };

const context = { context: JsonRecord.optional() };
const known = { evidence: z.enum(EVIDENCE).optional(), note: z.string().optional() };
/** The work tree is taken at this event (`run/features/work-trees.ts`). */
const capture = { capture: z.boolean().optional() };

/**
 * What can happen to every run: facts in the past tense. `run/fold.ts` computes all state from them. The features in
 * `run/features/` bring further events.
 */
export const CoreEvent = z.discriminatedUnion("type", [
  event("run_created", {
    format: z.number().int().positive(),
    workflowId: RunId,
    name: z.string(),
    mode: z.enum(MODES),
    maxParallel: z.number().int().positive(),
    cwd: z.string(),
    durability: z.enum(["process", "power"]),
    /** A process of its own owns the run and outlives the caller. */
    detach: z.boolean().optional(),
    idempotencyKey: z.string().optional(),
    /** The template that the run was made from, as `name@version`. */
    template: z.string().optional(),
    /** The runner, as the settings name it, of worker steps that name none. */
    runner: z.string().optional(),
    /** `cwd` lies in a git work tree, so checkpoints record the code too. */
    code: z.boolean().optional(),
    /** The step that this run performs. */
    parent: z.object({ workflowId: RunId, stepId: StepId }).optional(),
    forkedFrom: z.object({ workflowId: RunId, checkpoint: CheckpointId.optional() }).optional(),
  }),
  /** `lastBeat`: the last heartbeat of the previous owner. */
  event("lease_taken", { pid: z.number().int(), lastBeat: instant.optional() }),
  /** The owner left in good order and killed what it ran, so the next owner does not count a crash of the steps. */
  event("owner_left", {}),
  /** The system's clock was set forward by so many milliseconds, or the machine slept. Durations do not count them. */
  event("clock_jumped", { by: z.number().int().positive() }),
  event("run_paused", { reason: z.enum(["requested", "crash"]), message: z.string().optional() }),
  event("run_resumed", {}),
  event("cancel_requested", {}),
  event("run_timed_out", {}),
  event("run_restarted", { step: StepId.optional() }),
  event("run_finished", { status: z.enum(["completed", "failed", "cancelled"]) }),
  event("step_started", attempt),
  /**
   * `started`: the operating system's start time of the process. It tells the process from a later one with the same
   * pid.
   */
  event("step_spawned", { ...attempt, pid: z.number().int(), started: z.string() }),
  /** A child run performs the step. */
  event("child_started", { ...attempt, child: RunId }),
  /**
   * `evidence`: how Baton knows. Absent: Baton observed it. `note`: what a reader must know about that. `context`: what
   * the worker tells the next agent.
   */
  event("step_completed", { ...attempt, ...output, ...known, ...context }),
  /**
   * The work is done, as in `step_completed`, but the step may not finish yet. `step_completed` or `step_failed`
   * follows once it may.
   */
  event("step_held", { ...attempt, ...output, ...known, ...context }),
  event("step_failed", {
    ...attempt,
    attempt: z.number().int().nonnegative(),
    reason: z.enum(FAILURE_REASONS),
    message: z.string(),
    hint: z.string().optional(),
    signal: z.string().optional(),
    ...output,
    /** Present while retries are left: when the next attempt is due. */
    retryAt: instant.optional(),
    /** Present while fallbacks are left: which one takes over, from 1. */
    fallback: z.number().int().positive().optional(),
  }),
  event("step_skipped", { step: StepId, reason: z.enum(["dependency", "condition"]), message: z.string() }),
  event("step_cancelled", attempt),
  /** The attempt was in flight when its owner died, or left (`orderly`). It does not use up `retries`. */
  event("step_interrupted", { ...attempt, orderly: z.boolean().optional() }),
  /** Workers may accept a step again that waited for its next try. */
  event("step_offered", { step: StepId }),
  /** Leased to a worker until `expiresAt`. `runner`: Baton started the worker itself. */
  event("step_assigned", {
    ...attempt,
    assignment: AssignmentId,
    agent: z.string(),
    worker: z.string().optional(),
    runner: z.boolean().optional(),
    /** The first assignment of a worker without a name that took one step after the other. */
    chain: AssignmentId.optional(),
    /** The worker was told its role before, in this run. */
    roleKnown: z.literal(true).optional(),
    /** The worker was told before what a delivery of this shape looks like. */
    outputKnown: z.literal(true).optional(),
    expiresAt: instant,
    ...capture,
  }),
  /** The worker reports progress and keeps the step. */
  event("step_progressed", {
    ...attempt,
    percent: z.number().min(0).max(100).optional(),
    task: z.string().optional(),
    expiresAt: instant,
  }),
  event("lease_expired", attempt),
  /** The worker gave the step back without failing. */
  event("step_released", { ...attempt, reason: z.string().optional() }),
  /** The worker passed the step on to another agent. */
  event("step_transferred", {
    ...attempt,
    from: z.string(),
    to: Performer,
    ...context,
    reason: z.string().optional(),
  }),
  /** Delivered. Baton still has to check it. */
  event("step_reported", { ...attempt, ...output, ...context, ...capture }),
  event("verification_started", attempt),
  /** A check failed and retries are left: the worker keeps the step, as a new attempt. */
  event("verification_failed", {
    ...attempt,
    message: z.string(),
    hint: z.string().optional(),
    expiresAt: instant,
  }),
  /** The same delivery came again and got the same answer. */
  event("delivery_repeated", attempt),
  /**
   * A position to restore to: the state as of this event. `capture`: nothing starts before the code is recorded too.
   */
  event("checkpoint_created", {
    checkpoint: CheckpointId,
    trigger: z.enum(CHECKPOINT_TRIGGERS),
    name: z.string().optional(),
    step: StepId.optional(),
    capture: z.boolean().optional(),
  }),
  event("checkpoint_captured", {
    checkpoint: CheckpointId,
    code: CodeSnapshot.optional(),
    /** Why no code was recorded. */
    problem: z.string().optional(),
  }),
  event("checkpoint_deleted", { checkpoint: CheckpointId }),
  /** Nothing starts any more and Baton kills what runs. `run_restored` follows. */
  event("restore_requested", { checkpoint: CheckpointId }),
  event("run_restored", { checkpoint: CheckpointId }),
  /** A finished step of the run that this one was forked from. */
  event("step_copied", {
    ...attempt,
    ...output,
    status: z.enum(["completed", "failed", "skipped", "cancelled"]),
    attempt: z.number().int().nonnegative(),
    ...known,
    baseline: Baseline.optional(),
    checks: z.array(CheckResult).optional(),
    changes: Changes.optional(),
    /** The assignment in that run that delivered it, and its worker. */
    assignment: AssignmentId.optional(),
    agent: z.string().optional(),
    worker: z.string().optional(),
    ...context,
    startedAt: instant.optional(),
    heldAt: instant.optional(),
    endedAt: instant.optional(),
    reason: z.enum(FAILURE_REASONS).optional(),
    message: z.string().optional(),
  }),
  event("message_refused", { reason: z.string(), message: z.string() }),
]);
/** The events of features, by type. Each feature declares its own here. */
// biome-ignore lint/suspicious/noEmptyInterface: features add to it
export interface FeatureEvents {}
export type JournalEvent = z.infer<typeof CoreEvent> | FeatureEvents[keyof FeatureEvents];
export type EventType = JournalEvent["type"];

/** What a rule decides: an event before the journal stamps it with instant, epoch and cause. */
export type Fact = JournalEvent extends infer E
  ? E extends JournalEvent
    ? Omit<E, "at" | "epoch" | "cause">
    : never
  : never;

/** A fact about one step. */
export type StepFact = Extract<Fact, { step: string }>;

export type EventOf<T extends JournalEvent["type"]> = Extract<JournalEvent, { type: T }>;
