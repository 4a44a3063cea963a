import type { AttemptView, QuestionsView, RunLine, RunView, StepView } from "../../model/view.ts";
import type { Values } from "../operation.ts";
import { earlierAttempts, MAX_STEPS_LISTED, stepsShown, TOLD_MS } from "./run-text.ts";

/**
 * A run as a short structured answer: what its text says, and no more. What is empty, zero or as ever is left out, and
 * a long output stands in one place. `detail: "full"` gives the whole view. A caller that asks for no detail gets the
 * figures and the log as well; of a run without agents, where they are all there is, everything.
 */
export function conciseRun(view: RunView, { detail }: Values = {}): object {
  const strict = detail === "concise";
  if (!strict && view.steps.every(({ type }) => type !== "agent" && type !== "skill")) return view;
  const { metadata: _, nextSteps: __, steps, executionLog, metrics, activeSteps, results, questions, ...kept } = view;
  const shown = strict || steps.length > MAX_STEPS_LISTED ? stepsShown(view) : steps;
  const attempts = strict ? earlierAttempts(view) : executionLog;
  const figures = strict ? conciseMetrics(metrics) : metrics;
  const active = activeSteps.filter(({ agent, lastLine }) => agent !== undefined || lastLine !== undefined);
  return {
    ...kept,
    steps: shown.map((step) => conciseStep(step, results, strict)),
    ...(Object.keys(results).length > 0 && { results }),
    ...(attempts.length > 0 && { executionLog: attempts.map((one) => conciseAttempt(one, strict)) }),
    ...(Object.keys(figures).length > 0 && { metrics: figures }),
    activeSteps: active.map((one) => conciseActive(one, strict)),
    ...(questions.length > 0 && { questions: conciseQuestions(questions) }),
  };
}

/** Outputs of more characters are not told twice. */
const MAX_REPEATED_CHARACTERS = 120;

/** A long output that stands among the results is named here, not told. */
function withOutputOnce({ output, outputKey, ...step }: StepView, results: RunView["results"]): Partial<StepView> {
  const shown = outputKey !== undefined && Object.hasOwn(results, outputKey);
  if (shown && JSON.stringify(output ?? null).length > MAX_REPEATED_CHARACTERS) return { ...step, outputKey };
  return { ...step, ...(output !== undefined && { output }) };
}

function conciseStep(whole: StepView, results: RunView["results"], strict: boolean): object {
  const { name, type, startTime: _, endTime: __, input: ___, ...step } = whole;
  const { exitCode, duration = 0, checks, changes, ...rest } = step;
  return {
    ...(!strict && name !== step.id && { name }),
    ...(!strict && { type }),
    ...withOutputOnce(rest as StepView, results),
    ...(duration >= TOLD_MS && { duration }),
    ...(exitCode !== undefined && exitCode !== 0 && { exitCode }),
    ...(!strict && { ...(checks && { checks }), ...(changes && { changes }) }),
  };
}

function conciseAttempt(attempt: AttemptView, strict: boolean): object {
  const { type, startTime: _, endTime: __, said: ___, changes: ____, duration = 0, ...kept } = attempt;
  return { ...kept, ...(!strict && { type, duration }), ...(duration >= TOLD_MS && { duration }) };
}

/** The counts that are not zero and that progress does not tell. */
function conciseMetrics({ failedSteps, skippedSteps, cancelledSteps, wallDuration }: RunView["metrics"]): object {
  return Object.fromEntries(
    Object.entries({ failedSteps, skippedSteps, cancelledSteps, wallDuration }).filter(([name, count]) =>
      name === "wallDuration" ? count >= TOLD_MS : count > 0,
    ),
  );
}

/** What a short answer says of a step that somebody has, or that speaks. `heldBy` says who has it, and until when. */
export function conciseActive(step: RunView["activeSteps"][number], strict = true): object {
  const { name: _, status: __, attempt: ___, startTime: ____, elapsed: _____, ...kept } = step;
  if (!strict || !kept.heldBy) return kept;
  const { worker: ______, expiresAt: _______, ...held } = kept;
  return held;
}

export const conciseQuestions = (questions: readonly QuestionsView[]) =>
  questions.map(({ askedAt: _, ...kept }) => kept);

/** A line of the list of runs: when it began, and how far it came. */
export const conciseLine = ({ endTime: _, progress, ...kept }: RunLine) => ({
  ...kept,
  ...(progress && { progress: { completed: progress.completed, settled: progress.settled, total: progress.total } }),
});
