import type { RunView } from "../../model/view.ts";
import type { Values } from "../operation.ts";

/** Names in the call of seed 000. Whoever writes them also reads its names in the answer. */
const SEED_NAMES = ["workflow_template", "execution_mode", "dry_run", "workflow_id"];

/**
 * What the answer of seed 000 has beside Baton's own: `execution_time_seconds`, `skills_executed` and
 * `execution_log`, for callers that write as it does. Seconds in tenths.
 */
export function seedAnswer(run: RunView, given: Values): object {
  if (!SEED_NAMES.some((name) => Object.hasOwn(given, name))) return {};
  const steps = new Map(run.steps.map((step) => [step.id, step]));
  return {
    workflow_id: run.workflowId,
    execution_time_seconds: seconds(run.metrics.wallDuration),
    skills_executed: run.metrics.completedSteps,
    execution_log: run.executionLog.map(({ step, status, duration, agent }) => {
      const { input, agent: performer } = steps.get(step) ?? {};
      return {
        skill: agent ?? performer ?? step,
        status,
        ...(duration !== undefined && { duration_seconds: seconds(duration) }),
        ...(input !== undefined && { input_data: input }),
      };
    }),
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
