import type { AttemptView, QuestionsView, RunLine, RunView, StepView } from "../../model/view.ts";
import { earlierAttempts, stepsShown, TOLD_MS } from "./run-text.ts";

/**
 * A run as a short structured answer: what its text says, and no more. What is empty, zero or as ever is left out, and
 * an output stands in one place. `detail: "full"` gives the whole view.
 */
export function conciseRun(view: RunView): object {
  const { metadata: _, nextSteps: __, ...run } = view;
  const { steps: ___, executionLog: ____, activeSteps, results, questions, metrics, ...kept } = run;
  const attempts = earlierAttempts(view).map(conciseAttempt);
  const active = activeSteps.filter(({ agent, lastLine }) => agent !== undefined || lastLine !== undefined);
  const figures = conciseMetrics(metrics);
  return {
    ...kept,
    steps: stepsShown(view).map((step) => conciseStep(step, results)),
    ...(Object.keys(results).length > 0 && { results }),
    ...(attempts.length > 0 && { executionLog: attempts }),
    ...(Object.keys(figures).length > 0 && { metrics: figures }),
    ...(active.length > 0 && { activeSteps: active.map(conciseActive) }),
    ...(questions.length > 0 && { questions: conciseQuestions(questions) }),
  };
}

/** Outputs of more characters are not told twice. */
const MAX_REPEATED_CHARACTERS = 40;

function conciseStep(step: StepView, results: RunView["results"]): object {
  const { name: _, type: __, startTime: ___, endTime: ____, exitCode, input: _____, ...kept } = step;
  const { evidence, attempt, duration = 0, output, outputKey, ...rest } = kept;
  const shown = outputKey !== undefined && Object.hasOwn(results, outputKey);
  const told =
    output !== undefined && output !== "" && !(shown && JSON.stringify(output).length > MAX_REPEATED_CHARACTERS);
  return {
    ...rest,
    ...(evidence !== undefined && evidence !== "observed" && { evidence }),
    ...(attempt > 1 && { attempt }),
    ...(duration >= TOLD_MS && { duration }),
    ...(exitCode !== undefined && exitCode !== 0 && { exitCode }),
    ...(told ? { output } : shown && { outputKey }),
  };
}

function conciseAttempt({ type: _, startTime: __, endTime: ___, said: ____, changes: _____, ...kept }: AttemptView) {
  const { duration = 0, ...rest } = kept;
  return { ...rest, ...(duration >= TOLD_MS && { duration }) };
}

/** The counts that are not zero and that progress does not tell. */
function conciseMetrics({ failedSteps, skippedSteps, cancelledSteps, wallDuration }: RunView["metrics"]): object {
  return Object.fromEntries(
    Object.entries({ failedSteps, skippedSteps, cancelledSteps, wallDuration }).filter(([name, count]) =>
      name === "wallDuration" ? count >= TOLD_MS : count > 0,
    ),
  );
}

/** What a short answer says of a step that somebody has, or that speaks. */
export const conciseActive = ({
  name: _,
  status: __,
  attempt: ___,
  startTime: ____,
  elapsed: _____,
  ...kept
}: RunView["activeSteps"][number]) => kept;

export const conciseQuestions = (questions: readonly QuestionsView[]) =>
  questions.map(({ askedAt: _, ...kept }) => kept);

/** A line of the list of runs: when it began, and how far it came. */
export const conciseLine = ({ endTime: _, progress, ...kept }: RunLine) => ({
  ...kept,
  ...(progress && { progress: { completed: progress.completed, settled: progress.settled, total: progress.total } }),
});
