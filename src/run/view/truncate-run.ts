import type { Question } from "../../model/question.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { RunView } from "../../model/view.ts";
import type { JsonValue } from "../../model/workflow.ts";

export interface FitOptions {
  readonly detail: "concise" | "full";
  /** Index of the first step to show, as `nextCursor` gave it. */
  readonly from: number;
  /** The most characters that the view may have as JSON text. */
  readonly characters: number;
}

/** Ready steps in one answer. */
const MAX_READY_LISTED = 20;
/** The longest text that a concise answer shows whole. Logs hold the rest. */
const MAX_CONCISE_CHARACTERS = 400;

/**
 * Truncates a view: the head and tail of long texts, the last lines of the log, a page of steps. `truncated` says what
 * was left out. Numbers and states are never touched. The head of the view (metrics, progress, active and next steps)
 * has its own bounds.
 */
export function fitView(view: RunView, options: FitOptions): RunView {
  const limit = options.detail === "full" ? options.characters / 4 : MAX_CONCISE_CHARACTERS;
  const left: string[] = [];
  const shortened = (value: JsonValue): JsonValue => {
    const short = shorten(value, limit);
    if (short !== value) left.push("long outputs are cut (logs action, or detail: full)");
    return short;
  };
  const steps = view.steps.map((step) => ({ ...step, output: shortened(step.output) }));
  const results = Object.fromEntries(Object.entries(view.results).map(([key, value]) => [key, shortened(value)]));
  const lines = options.detail === "full" ? 200 : 20;
  if (view.executionLog.length > lines)
    left.push(`executionLog shows the last ${lines} of ${view.executionLog.length}`);

  if (view.ready.length > MAX_READY_LISTED)
    left.push(`ready shows ${MAX_READY_LISTED} of ${view.ready.length} (handoff accept takes them in this order)`);

  const whole = {
    ...view,
    questions: boundedQuestions(view.questions, options.characters / 2, left),
    ready: view.ready.slice(0, MAX_READY_LISTED),
    steps,
    results,
    executionLog: view.executionLog.slice(-lines),
    activeSteps: view.activeSteps.slice(0, 20),
  };
  if (options.from === 0 && size(whole) <= options.characters) return note(whole, left);

  // Still too much: texts shrink to their essence, then as many steps as fit.
  const fixed = {
    ...whole,
    steps: [],
    executionLog: whole.executionLog.slice(-5),
    results: boundedResults(results, options.characters / 4, left),
  };
  const page: typeof steps = [];
  let room = options.characters - size(fixed) - 400;
  for (const step of steps.slice(options.from)) {
    const entry = room < options.characters / 8 ? { ...step, output: shorten(step.output, 80) } : step;
    room -= size(entry) + 1;
    if (room < 0 && page.length > 0) break;
    page.push(entry);
  }
  const end = options.from + page.length;
  if (page.length < steps.length) left.push(`steps ${options.from + 1}–${end} of ${steps.length}`);
  const paged = { ...fixed, steps: page, ...(end < steps.length && { nextCursor: String(end) }) };
  return note(paged, left);
}

/** As many steps' questions as fit, long ones cut. Their ids stay, because answers refer to them. */
function boundedQuestions(questions: RunView["questions"], characters: number, left: string[]): RunView["questions"] {
  let room = characters;
  const kept = questions
    .map((one) => (size(one) <= characters / 2 ? one : { ...one, questions: one.questions.map(cutQuestion) }))
    .filter((one, at) => {
      room -= size(one) + 1;
      return at === 0 || room > 0;
    });
  if (kept.some((one, at) => one !== questions[at])) left.push("long questions are cut (detail: full)");
  if (kept.length < questions.length) left.push(`questions shows ${kept.length} of ${questions.length} steps`);
  return kept;
}

function cutQuestion({ id, question, options, default: usual }: Question): Question {
  return {
    id,
    question: truncate(question, 250),
    ...(options && { options: options.slice(0, 5).map((option) => truncate(option, 30)) }),
    ...(usual !== undefined && { default: size(usual) <= 80 ? usual : truncate(JSON.stringify(usual), 80) }),
  };
}

function boundedResults(
  results: Record<string, JsonValue>,
  characters: number,
  left: string[],
): Record<string, JsonValue> {
  let room = characters;
  const kept = Object.entries(results).filter(([key, value]) => {
    room -= key.length + size(value) + 4;
    return room > 0;
  });
  if (kept.length < Object.keys(results).length)
    left.push(`results shows ${kept.length} of ${Object.keys(results).length}`);
  return Object.fromEntries(kept);
}

/** Text beyond the limit keeps its end, where commands report their result. */
function shorten(value: JsonValue, limit: number): JsonValue {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= limit) return value;
  return `…[${text.length - limit} characters cut]…${text.slice(-limit)}`;
}

function note(view: RunView, left: readonly string[]): RunView {
  return left.length === 0 ? view : { ...view, truncated: [...new Set(left)].join("; ") };
}

const size = (value: unknown): number => JSON.stringify(value).length;
