import { z } from "zod";
import { CHECKPOINT_TRIGGERS, CodeSnapshot } from "./checkpoint.ts";
import { AssignmentId, CheckpointId, RunId, StepId } from "./ids.ts";
import { Answer, Question } from "./question.ts";
import { EVIDENCE, FAILURE_REASONS } from "./run.ts";
import { Performer } from "./worker.ts";
import { Dependency, Json, JsonRecord, MODES, Step } from "./workflow.ts";

/** The journal's format. A journal of a newer format is shown read-only. 1: only commands; 2: agent steps and checkpoints as well; 3: steps whose finish waits for others; 4: steps that grow, questions to the person; 5: clocks that jump. */
export const JOURNAL_FORMAT = 5;

/** Instants are milliseconds since 1970, never smaller than the event's before. */
const instant = z.number().int().nonnegative();

/**
 * On every event. `epoch`: the lease under which it was written (SEMANTICS §2). `cause`: the id of the message that asked for
 * it, which makes a redelivered message a no-op and lets its sender find the answer.
 */
const envelope = { at: instant, epoch: z.number().int().positive(), cause: z.string().optional() };
const attempt = { step: StepId, attempt: z.number().int().positive() };
const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ ...envelope, type: z.literal(type), ...shape });

/** What is left of a step's output once it ended; see `output` in SEMANTICS §4. */
const output = { output: Json.optional(), exitCode: z.number().int().optional() };

const context = { context: JsonRecord.optional() };

/** Everything that can happen to a run. Facts in the past tense; all state is computed from them by `run/fold.ts`. */
export const JournalEvent = z.discriminatedUnion("type", [
  event("run_created", {
    format: z.number().int().positive(),
    workflowId: RunId,
    name: z.string(),
    mode: z.enum(MODES),
    maxParallel: z.number().int().positive(),
    cwd: z.string(),
    durability: z.enum(["process", "power"]),
    /** The run belongs to a process of its own, which outlives the caller. */
    detach: z.boolean().optional(),
    idempotencyKey: z.string().optional(),
    /** The template that it was made from, as `name@version`. */
    template: z.string().optional(),
    /** The runner, by its name in the settings, that performs what is for an agent and names none itself. */
    runner: z.string().optional(),
    /** `cwd` lies in a git work tree: checkpoints record the code, too. */
    code: z.boolean().optional(),
    /** The step that this run is. */
    parent: z.object({ workflowId: RunId, stepId: StepId }).optional(),
    forkedFrom: z.object({ workflowId: RunId, checkpoint: CheckpointId.optional() }).optional(),
  }),
  /** `lastBeat`: the last instant at which the owner before is known to have lived. */
  event("lease_taken", { pid: z.number().int(), lastBeat: instant.optional() }),
  /** The owner ended in good order, and killed what it ran; whoever comes next need not take it for a crash of the steps' making. */
  event("owner_left", {}),
  /** The system's clock was set forward by so many milliseconds, or the machine slept: what is measured by its duration does not count them. */
  event("clock_jumped", { by: z.number().int().positive() }),
  event("run_paused", { reason: z.enum(["requested", "crash"]), message: z.string().optional() }),
  event("run_resumed", {}),
  event("cancel_requested", {}),
  event("run_timed_out", {}),
  event("run_restarted", { step: StepId.optional() }),
  event("run_finished", { status: z.enum(["completed", "failed", "cancelled"]) }),
  event("step_started", attempt),
  /** `started`: the operating system's start time of the process, which tells it from a later one with the same pid. */
  event("step_spawned", { ...attempt, pid: z.number().int(), started: z.string() }),
  /** `evidence`: how Baton knows; absent: it saw it itself. `context`: what the worker says to whoever comes next. */
  /** The step is a run of its own. */
  event("child_started", { ...attempt, child: RunId }),
  event("step_completed", { ...attempt, ...output, evidence: z.enum(EVIDENCE).optional(), ...context }),
  /** New steps of this run, which came of the step. They are there for as long as it does not end otherwise than completed, and is not begun anew. */
  event("steps_grown", { ...attempt, steps: z.array(Step), dependencies: z.array(Dependency) }),
  /** Its work is done, as in `step_completed`, but it may not finish yet: `step_completed` or `step_failed` follows once it may. */
  event("step_held", { ...attempt, ...output, evidence: z.enum(EVIDENCE).optional(), ...context }),
  event("step_failed", {
    ...attempt,
    attempt: z.number().int().nonnegative(),
    reason: z.enum(FAILURE_REASONS),
    message: z.string(),
    hint: z.string().optional(),
    signal: z.string().optional(),
    ...output,
    /** Present while tries are left: when the next attempt is due. */
    retryAt: instant.optional(),
    /** Present while others are left who may take over: which of them does, from 1. */
    fallback: z.number().int().positive().optional(),
  }),
  event("step_skipped", { step: StepId, reason: z.enum(["dependency", "condition"]), message: z.string() }),
  event("step_cancelled", attempt),
  /** The attempt was in flight when its owner died, or `orderly` left; it does not consume `retries`. */
  event("step_interrupted", { ...attempt, orderly: z.boolean().optional() }),
  /** A step that waited for its next try is there to be accepted again. */
  event("step_offered", { step: StepId }),
  /** Leased to a worker, until `expiresAt`. `runner`: a process of Baton's own is the worker. */
  event("step_assigned", {
    ...attempt,
    assignment: AssignmentId,
    agent: z.string(),
    worker: z.string().optional(),
    runner: z.boolean().optional(),
    expiresAt: instant,
  }),
  /** A sign of life of the worker. */
  event("step_progressed", {
    ...attempt,
    percent: z.number().min(0).max(100).optional(),
    task: z.string().optional(),
    expiresAt: instant,
  }),
  event("lease_expired", attempt),
  /** The worker gave the step back, without having failed. */
  event("step_released", { ...attempt, reason: z.string().optional() }),
  /** The worker passed the step on to another agent. */
  event("step_transferred", {
    ...attempt,
    from: z.string(),
    to: Performer,
    ...context,
    reason: z.string().optional(),
  }),
  /** The worker asks the person, and has the step no more: it waits for the answers. */
  event("questions_asked", { ...attempt, round: z.number().int().positive(), questions: z.array(Question).min(1) }),
  /** In the order of the questions. */
  event("questions_answered", { ...attempt, round: z.number().int().positive(), answers: z.array(Answer).min(1) }),
  /** Delivered; Baton has yet to check it. */
  event("step_reported", { ...attempt, ...output, ...context }),
  event("verification_started", attempt),
  /** The checks do not hold, and there are tries left: the worker keeps the step, as a new attempt. */
  event("verification_failed", {
    ...attempt,
    message: z.string(),
    hint: z.string().optional(),
    expiresAt: instant,
  }),
  /** The same delivery came again; it was answered as the first time. */
  event("delivery_repeated", attempt),
  /** A position to come back to: the state as of this event. `capture`: nothing starts before the code is recorded, too. */
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
    /** Why there is no code. */
    problem: z.string().optional(),
  }),
  event("checkpoint_deleted", { checkpoint: CheckpointId }),
  /** Nothing starts any more, and what runs is killed; `run_restored` follows. */
  event("restore_requested", { checkpoint: CheckpointId }),
  event("run_restored", { checkpoint: CheckpointId }),
  /** A finished step of the run that this one was forked from. */
  event("step_copied", {
    ...attempt,
    ...output,
    status: z.enum(["completed", "failed", "skipped", "cancelled"]),
    attempt: z.number().int().nonnegative(),
    evidence: z.enum(EVIDENCE).optional(),
    /** Under which lease of that run it was delivered, and by whom. */
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
  /** What the person answered in the run that this one was forked from, for a step that is to be done. */
  event("answers_copied", {
    step: StepId,
    rounds: z.array(
      z.object({
        round: z.number().int().positive(),
        attempt: z.number().int().positive(),
        agent: z.string(),
        token: AssignmentId,
        askedAt: instant,
        questions: z.array(Question),
        answers: z.array(Answer),
      }),
    ),
  }),
  event("message_refused", { reason: z.string(), message: z.string() }),
]);
export type JournalEvent = z.infer<typeof JournalEvent>;
export type EventType = JournalEvent["type"];

/** What a rule decides: an event before the journal stamps it with instant, epoch and cause. */
export type Fact = JournalEvent extends infer E
  ? E extends JournalEvent
    ? Omit<E, "at" | "epoch" | "cause">
    : never
  : never;

export type EventOf<T extends JournalEvent["type"]> = Extract<JournalEvent, { type: T }>;
