import type { Question } from "../../model/question.ts";
import { excerptValue, truncate } from "../../model/text/truncate.ts";
import type { RunView, StepView } from "../../model/view.ts";
import type { JsonValue } from "../../model/workflow.ts";

export interface TruncateOptions {
  readonly detail: "concise" | "full";
  /** Index of the first step to show, as `nextCursor` gave it. */
  readonly from: number;
  /** The most characters that the view may have as JSON text. */
  readonly characters: number;
}

/** Ready steps in one answer. */
const MAX_READY_LISTED = 20;
/** The longest output that a concise answer shows whole. Logs hold the rest. */
const MAX_CONCISE_CHARACTERS = 300;
/** The longest output that a full answer shows whole, as a share of the answer. */
const FULL_SHARE = 1 / 3;

/**
 * Truncates a view: the head and tail of long texts, the last lines of the log, a page of steps. `truncated` says what
 * was left out. Numbers and states are never touched. The head of the view (metrics, progress, active and next steps)
 * has its own bounds.
 */
export function truncateView(view: RunView, options: TruncateOptions): RunView {
  const limit = options.detail === "full" ? options.characters * FULL_SHARE : MAX_CONCISE_CHARACTERS;
  const omitted: string[] = [];
  const shortenOutput = (value: JsonValue): JsonValue => {
    const short = excerptValue(value, limit);
    if (short !== value) omitted.push(options.detail === "full" ? CUT_IN_FULL : CUT);
    return short;
  };
  const steps = view.steps.map((step) => ({
    ...step,
    ...(step.output !== undefined && { output: shortenOutput(step.output) }),
    ...(step.input !== undefined && { input: shortenOutput(step.input) }),
  }));
  const results = Object.fromEntries(Object.entries(view.results).map(([key, value]) => [key, shortenOutput(value)]));
  const maxLines = options.detail === "full" ? 200 : 20;
  if (view.executionLog.length > maxLines)
    omitted.push(`executionLog shows the last ${maxLines} of ${view.executionLog.length}`);

  if (view.ready.length > MAX_READY_LISTED)
    omitted.push(`ready shows ${MAX_READY_LISTED} of ${view.ready.length} (handoff accept takes them in this order)`);

  const bounded = {
    ...view,
    questions: truncateQuestions(view.questions, options.characters / 2, omitted),
    ready: view.ready.slice(0, MAX_READY_LISTED),
    steps,
    results,
    executionLog: view.executionLog.slice(-maxLines),
    activeSteps: view.activeSteps.slice(0, 20),
  };
  if (options.from === 0 && jsonLength(bounded) <= options.characters) return withNote(bounded, omitted);

  // Still too much: texts shrink to their essence, then as many steps as fit.
  const fixed = {
    ...bounded,
    steps: [],
    executionLog: bounded.executionLog.slice(-5),
    results: truncateResults(results, options.characters / 4, omitted),
  };
  const page: typeof steps = [];
  let room = options.characters - jsonLength(fixed) - 400;
  for (const step of steps.slice(options.from)) {
    const entry = room < options.characters / 8 ? withLittle(step) : step;
    room -= jsonLength(entry) + 1;
    if (room < 0 && page.length > 0) break;
    page.push(entry);
  }
  const end = options.from + page.length;
  if (page.length < steps.length) omitted.push(`steps ${options.from + 1}–${end} of ${steps.length}`);
  const paged = { ...fixed, steps: page, ...(end < steps.length && { nextCursor: String(end) }) };
  return withNote(paged, omitted);
}

/** As many steps' questions as fit, long ones cut. Their ids stay, because answers refer to them. */
function truncateQuestions(
  questions: RunView["questions"],
  characters: number,
  omitted: string[],
): RunView["questions"] {
  let room = characters;
  const kept = questions
    .map((entry) =>
      jsonLength(entry) <= characters / 2 ? entry : { ...entry, questions: entry.questions.map(truncateQuestion) },
    )
    .filter((one, at) => {
      room -= jsonLength(one) + 1;
      return at === 0 || room > 0;
    });
  if (kept.some((one, at) => one !== questions[at])) omitted.push("long questions are cut (detail: full)");
  if (kept.length < questions.length) omitted.push(`questions shows ${kept.length} of ${questions.length} steps`);
  return kept;
}

function truncateQuestion({ id, question, options, default: defaultAnswer }: Question): Question {
  return {
    id,
    question: truncate(question, 250),
    ...(options && { options: options.slice(0, 5).map((option) => truncate(option, 30)) }),
    ...(defaultAnswer !== undefined && {
      default: jsonLength(defaultAnswer) <= 80 ? defaultAnswer : truncate(JSON.stringify(defaultAnswer), 80),
    }),
  };
}

function truncateResults(
  results: Record<string, JsonValue>,
  characters: number,
  omitted: string[],
): Record<string, JsonValue> {
  let room = characters;
  const kept = Object.entries(results).filter(([key, value]) => {
    room -= key.length + jsonLength(value) + 4;
    return room > 0;
  });
  if (kept.length < Object.keys(results).length)
    omitted.push(`results shows ${kept.length} of ${Object.keys(results).length}`);
  return Object.fromEntries(kept);
}

const CUT = 'long outputs are cut (action "logs" with stepId reads one whole; so does detail: "full")';
const CUT_IN_FULL = 'long outputs are cut (action "logs" with stepId reads one whole, page by page)';

/** A step of which nearly nothing more fits. */
const withLittle = (step: StepView): StepView => ({
  ...step,
  ...(step.output !== undefined && { output: excerptValue(step.output, 80) }),
  ...(step.input !== undefined && { input: excerptValue(step.input, 80) }),
});

function withNote(view: RunView, omitted: readonly string[]): RunView {
  return omitted.length === 0 ? view : { ...view, truncated: [...new Set(omitted)].join("; ") };
}

const jsonLength = (value: unknown): number => JSON.stringify(value).length;
