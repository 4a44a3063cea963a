import { z } from "zod";
import { Changes, CheckResult, EVIDENCE } from "./evidence.ts";
import { Note } from "./note.ts";
import { Question } from "./question.ts";
import { FAILURE_REASONS, RUN_STATUSES, STEP_STATUSES } from "./run.ts";
import { Json, JsonRecord } from "./workflow.ts";

/** ISO 8601, UTC, with milliseconds. */
const time = z.string();
const duration = z.number();

export const StepView = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.enum(STEP_STATUSES),
  /** Set on a completed step: how Baton knows. */
  evidence: z.enum(EVIDENCE).optional(),
  /** What a reader must know about the evidence, such as `no file changed`. */
  note: z.string().optional(),
  /** How the checks of the latest delivery went, without what they said. */
  checks: z.array(CheckResult.omit({ message: true })).optional(),
  /** What its worker changed in the work tree; the first files of it. */
  changes: Changes.optional(),
  attempt: z.number(),
  startTime: time.optional(),
  endTime: time.optional(),
  /** Milliseconds of the latest attempt. */
  duration: duration.optional(),
  /** What its worker was given, of an agent step. Only where the caller asks for everything. */
  input: Json.optional(),
  output: Json.optional(),
  /** The name of its output in `results`. */
  outputKey: z.string().optional(),
  exitCode: z.number().optional(),
  error: z.object({ reason: z.enum(FAILURE_REASONS), message: z.string(), hint: z.string().optional() }).optional(),
  /** Why a skipped step was skipped. */
  skipped: z.string().optional(),
  /** What a held step waits for before it may finish. */
  held: z.string().optional(),
  /** The open questions of a step that asked the person. */
  asks: z.string().optional(),
  /** When a waiting step is tried again. */
  retryAt: z.string().optional(),
  /** The agent that the step is, or was, assigned to. */
  agent: z.string().optional(),
  worker: z.string().optional(),
  /** The child run of the step. */
  child: z.string().optional(),
});
export type StepView = z.infer<typeof StepView>;

const StepName = z.object({ id: z.string(), name: z.string() });

/** Who has a step. Instants as ISO 8601. */
export const HolderView = z.object({
  /** Its name, or the capability that it was accepted as. */
  worker: z.string(),
  since: z.string(),
  /** Its last sign of life. */
  lastSeen: z.string(),
  /** When its lease ends. */
  expiresAt: z.string(),
});
export type HolderView = z.infer<typeof HolderView>;

/** What one worker told others. */
export const NoteView = Note.extend({
  /** The agent that tells it, and the name of its worker. */
  from: z.string(),
  worker: z.string().optional(),
  workflowId: z.string(),
  stepId: z.string(),
  attempt: z.number(),
  at: z.string(),
});
export type NoteView = z.infer<typeof NoteView>;

/** An earlier attempt of a step, for whoever goes on with it. */
export const TraceView = z.object({
  attempt: z.number(),
  agent: z.string().optional(),
  worker: z.string().optional(),
  since: z.string().optional(),
  /** How it ended, and when. */
  ended: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  exitCode: z.number().optional(),
  /** What its worker reported as progress, the oldest first. */
  said: z.array(z.string()).optional(),
  /** What the latest attempt delivered, if it failed: whole or in part. */
  output: Json.optional(),
  /** The files that it left changed. */
  files: z.array(z.string()).optional(),
});
export type TraceView = z.infer<typeof TraceView>;

/** A step that waits for an agent to accept it. */
export const ReadyView = z.object({
  workflowId: z.string(),
  stepId: z.string(),
  /** Absent: any agent may take it. */
  agent: z.string().optional(),
  summary: z.string(),
});
export type ReadyView = z.infer<typeof ReadyView>;

/** What an agent asks the person before its step can go on. */
export const QuestionsView = z.object({
  workflowId: z.string(),
  stepId: z.string(),
  /** The agent that asks. */
  agent: z.string(),
  round: z.number(),
  askedAt: z.string(),
  questions: z.array(Question),
});
export type QuestionsView = z.infer<typeof QuestionsView>;

/** A part of an assignment that its text does not show whole, and the call that reads it. */
export const LeftOutView = z.object({ part: z.string(), size: z.number(), call: z.string() });

/** An assignment as its worker gets it (SEMANTICS §6, §8). */
export const AssignmentView = z.object({
  /** The token that delivers it. */
  assignment: z.string(),
  workflowId: z.string(),
  stepId: z.string(),
  attempt: z.number(),
  agent: z.string(),
  worker: z.string().optional(),
  /** Everything that the worker is told. */
  text: z.string(),
  /** What Baton will check itself. */
  checks: z.array(z.string()),
  leftOut: z.array(LeftOutView),
  expiresAt: z.string(),
});
export type AssignmentView = z.infer<typeof AssignmentView>;

/** A step that Baton would execute, with its `command` as written. */
export const WouldRun = z.object({ stepId: z.string(), type: z.string(), command: z.string().optional() });
export type WouldRun = z.infer<typeof WouldRun>;

/** How many steps there are, without those that only expand into others. */
export const ProgressView = z.object({
  /** Steps whose work is done. */
  completed: z.number(),
  /** Steps to which nothing happens any more: completed, failed, skipped or cancelled. */
  settled: z.number(),
  total: z.number(),
  /** Of completed steps. */
  percentage: z.number(),
});
export type ProgressView = z.infer<typeof ProgressView>;

/** One attempt of a step that has ended, in its own words; or a step that was skipped. */
export const AttemptView = z.object({
  step: z.string(),
  type: z.string(),
  attempt: z.number(),
  status: z.string(),
  startTime: time.optional(),
  endTime: time,
  duration: duration.optional(),
  exitCode: z.number().optional(),
  agent: z.string().optional(),
  worker: z.string().optional(),
  /** Why it failed, or ended early. */
  reason: z.string().optional(),
  message: z.string().optional(),
  /** What its worker reported as progress, the oldest first. */
  said: z.array(z.string()).optional(),
  changes: Changes.optional(),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** What `execute_workflow`, `monitor_workflow` and `baton status --json` say about a run (SEMANTICS §5). */
export const RunView = z.object({
  workflowId: z.string(),
  name: z.string(),
  /** The template that the run was made from, as `name@version`. */
  template: z.string().optional(),
  /** The session whose run it is. */
  /** Its session is finished: the user has its summary. */
  finished: z.literal(true).optional(),
  sessionId: z.string().optional(),
  status: z.enum(RUN_STATUSES),
  /** Only in a final state. */
  success: z.boolean().optional(),
  /** Why the run is paused, interrupted or stuck; or what ended it before its steps did. */
  note: z.string().optional(),
  /** For a foreign run: what Baton would execute if the user trusted it. */
  wouldRun: z.array(WouldRun).optional(),
  steps: z.array(StepView),
  results: JsonRecord,
  executionLog: z.array(AttemptView),
  metrics: z.object({
    totalSteps: z.number(),
    completedSteps: z.number(),
    failedSteps: z.number(),
    skippedSteps: z.number(),
    cancelledSteps: z.number(),
    totalDuration: z.number(),
    /** Milliseconds in which a process owned the run. */
    wallDuration: z.number(),
    /** How much of the slots that its graph could use was busy. Only of a run all of whose steps Baton performs. */
    parallelEfficiency: z.number().optional(),
  }),
  metadata: z.object({ startTime: time, endTime: time.optional(), timestamp: z.string() }),
  progress: ProgressView,
  activeSteps: z.array(
    StepName.extend({
      status: z.enum(STEP_STATUSES),
      attempt: z.number(),
      startTime: time.optional(),
      elapsed: z.number(),
      /** The latest line of its output. */
      lastLine: z.string().optional(),
      /** Who has the step, if it is assigned. `assignment` is the token that delivers it. */
      agent: z.string().optional(),
      worker: z.string().optional(),
      assignment: z.string().optional(),
      expiresAt: z.string().optional(),
      heldBy: HolderView.optional(),
      /** The call that takes the step from its worker, once the worker has been silent for too long. */
      takeOver: z.string().optional(),
      percent: z.number().optional(),
      task: z.string().optional(),
    }),
  ),
  nextSteps: z.array(StepName),
  ready: z.array(ReadyView),
  /** What waits for the person's answers. */
  questions: z.array(QuestionsView),
  /** What its workers told others. Only where the caller asks for everything. */
  notes: z.array(NoteView).optional(),
  rev: z.number(),
  /** Present if something was left out: what, and how to get it. */
  truncated: z.string().optional(),
  /** Pass it back as `cursor` for the next page of `steps`. */
  nextCursor: z.string().optional(),
});
export type RunView = z.infer<typeof RunView>;

/** A line of `monitor_workflow {action: list}`. */
export const RunLine = z.object({
  workflowId: z.string(),
  name: z.string(),
  template: z.string().optional(),
  status: z.string(),
  startTime: time.optional(),
  endTime: time.optional(),
  progress: ProgressView.optional(),
  /** The run whose step this run performs. */
  parent: z.string().optional(),
  note: z.string().optional(),
});
export type RunLine = z.infer<typeof RunLine>;
