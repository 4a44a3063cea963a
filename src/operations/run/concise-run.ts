import type { AttemptView, QuestionsView, RunLine, RunView, StepView } from "../../model/view.ts";
import type { Values } from "../operation.ts";
import { earlierAttempts, stepsShown, TOLD_MS } from "./run-text.ts";

/**
 * A run as a short structured answer: what its text says, and no more. What is empty, zero or as ever is left out, and
 * an output stands in one place. `detail: "full"` gives the whole view. A caller that asks for no detail gets figures
 * and times as well of a run without agents: they are what such a run is about.
 */
export function conciseRun(view: RunView, { detail }: Values = {}): object {
  const { activeSteps, results, questions, ...run } = view;
  if (detail !== "concise" && view.steps.every(({ type }) => type !== "agent" && type !== "skill")) return view;
  const { metadata: _, nextSteps: __, steps: ___, executionLog: ____, metrics, ...kept } = run;
  const attempts = earlierAttempts(view).map(conciseAttempt);
  const figures = conciseMetrics(metrics);
  const active = activeSteps.filter(({ agent, lastLine }) => agent !== undefined || lastLine !== undefined);
  return {
    ...kept,
    steps: stepsShown(view).map((step) => conciseStep(step, results)),
    ...(Object.keys(results).length > 0 && { results }),
    ...(attempts.length > 0 && { executionLog: attempts }),
    ...(Object.keys(figures).length > 0 && { metrics: figures }),
    activeSteps: active.map(conciseActive),
    ...(questions.length > 0 && { questions: conciseQuestions(questions) }),
  };
}

/** Outputs of more characters are not told twice. */
const MAX_REPEATED_CHARACTERS = 40;

/** A long output that stands among the results is named here, not told. */
function withOutputOnce({ output, outputKey, ...step }: StepView, results: RunView["results"]): Partial<StepView> {
  const shown = outputKey !== undefined && Object.hasOwn(results, outputKey);
  if (shown && JSON.stringify(output ?? null).length > MAX_REPEATED_CHARACTERS) return { ...step, outputKey };
  return { ...step, ...(output !== undefined && { output }) };
}

function conciseStep(whole: StepView, results: RunView["results"]): object {
  const { name: _, type: __, startTime: ___, endTime: ____, input: _____, ...step } = whole;
  const { evidence, exitCode, duration = 0, ...rest } = step;
  return {
    ...withOutputOnce(rest as StepView, results),
    ...(evidence !== undefined && evidence !== "observed" && { evidence }),
    ...(duration >= TOLD_MS && { duration }),
    ...(exitCode !== undefined && exitCode !== 0 && { exitCode }),
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
