import { z } from "zod";
import { EVIDENCE, FAILURE_REASONS, RUN_STATUSES, STEP_STATUSES } from "./run.ts";
import { Json } from "./workflow.ts";

/** ISO 8601, UTC, with milliseconds. */
const time = z.string().nullable();
const duration = z.number().nullable();

export const StepView = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.enum(STEP_STATUSES),
  /** Set on a completed step: how Baton knows. */
  evidence: z.enum(EVIDENCE).nullable(),
  attempt: z.number(),
  startTime: time,
  endTime: time,
  /** Milliseconds of the latest attempt. */
  duration,
  output: Json,
  exitCode: z.number().nullable(),
  error: z.object({ reason: z.enum(FAILURE_REASONS), message: z.string(), hint: z.string().nullable() }).nullable(),
  /** Why a skipped step was skipped. */
  skipped: z.string().optional(),
  /** When a waiting step is tried again. */
  retryAt: z.string().optional(),
});
export type StepView = z.infer<typeof StepView>;

const StepName = z.object({ id: z.string(), name: z.string() });

/** What `execute_workflow`, `monitor_workflow` and `baton status --json` say about a run (SEMANTICS §5). */
export const RunView = z.object({
  workflowId: z.string(),
  name: z.string(),
  status: z.enum(RUN_STATUSES),
  /** Only in a final state. */
  success: z.boolean().optional(),
  /** Why the run is paused, interrupted, or cannot go on; what ended it before its steps did. */
  note: z.string().optional(),
  steps: z.array(StepView),
  results: z.record(z.string(), Json),
  executionLog: z.array(
    z.object({
      step: z.string(),
      type: z.string(),
      attempt: z.number(),
      status: z.string(),
      startTime: time,
      endTime: time,
      duration,
    }),
  ),
  metrics: z.object({
    totalSteps: z.number(),
    completedSteps: z.number(),
    failedSteps: z.number(),
    skippedSteps: z.number(),
    cancelledSteps: z.number(),
    totalDuration: z.number(),
    wallDuration: z.number(),
    parallelEfficiency: z.number(),
  }),
  metadata: z.object({ startTime: time, endTime: time, timestamp: z.string() }),
  progress: z.object({ completed: z.number(), total: z.number(), percentage: z.number() }),
  activeSteps: z.array(
    StepName.extend({
      status: z.enum(STEP_STATUSES),
      attempt: z.number(),
      startTime: time,
      elapsed: z.number(),
      /** The latest line of its output. */
      lastLine: z.string().optional(),
    }),
  ),
  nextSteps: z.array(StepName),
  ready: z.array(
    z.object({ workflowId: z.string(), stepId: z.string(), agent: z.string().nullable(), summary: z.string() }),
  ),
  rev: z.number(),
  /** Present when something was left out to stay small: what, and how to get it. */
  truncated: z.string().optional(),
  /** Give it back as `cursor` for the next page of `steps`. */
  nextCursor: z.string().optional(),
});
export type RunView = z.infer<typeof RunView>;

/** A line of `monitor_workflow {action: list}`. */
export const RunLine = z.object({
  workflowId: z.string(),
  name: z.string(),
  status: z.string(),
  startTime: time,
  endTime: time,
  progress: z.object({ completed: z.number(), total: z.number(), percentage: z.number() }).optional(),
  note: z.string().optional(),
});
export type RunLine = z.infer<typeof RunLine>;
