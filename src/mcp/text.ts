import { escapeControl } from "../model/text/escape-control.ts";
import { indentedBlock, labelled, named } from "../model/text/quoted.ts";
import type { AssignmentView, QuestionsView, ReadyView, RunView } from "../model/view.ts";
import type { Operation } from "../operations/operation.ts";
import { listLines, logLines, questionLines, readyLines, runLines } from "../operations/run/run-text.ts";
import { planLines } from "../operations/workflow/plan-text.ts";
import { templateLines } from "./template-text.ts";

type Advised = { readonly next: string };

/** An answer as text. `ending` says what is not shown and what to do next; it is never cut. */
export interface AnswerText {
  readonly body: string;
  readonly ending: string;
}

/** Renders the facts of a structured answer for models that see only text. The last line says what to do next. */
export function answerText(answer: object, { text }: Pick<Operation, "text">): AnswerText {
  const lines = text ? [...text(answer)] : guessedLines(answer);
  const { truncated, warnings, next, nextCursor } = answer as Partial<Advised> & {
    truncated?: string;
    warnings?: string[];
    nextCursor?: string;
  };
  if (warnings?.length) lines.push(...warnings.map((warning) => `Note: ${warning}`));
  const ending: string[] = [];
  if (truncated)
    ending.push(`The answer is shortened: ${truncated}.${nextCursor ? ` More: cursor: "${nextCursor}".` : ""}`);
  if (next) ending.push(`Next: ${next}`);
  return joinLines(lines, ending);
}

/** Joins lines to a text. A newline within a line is escaped, so untrusted text cannot add lines. */
export function joinLines(body: readonly string[], ending: readonly string[]): AnswerText {
  const joined = (lines: readonly string[]) =>
    lines.map((line) => escapeControl(line).replaceAll("\n", "\\n")).join("\n");
  return { body: joined(body), ending: joined(ending) };
}

/** Renders an answer by its keys, for operations that do not render theirs yet. */
function guessedLines(answer: object): string[] {
  const template = templateLines(answer);
  if (template) return template;
  if ("briefing" in answer) return briefingLines(answer as never);
  if ("assignments" in answer) return acceptLines(answer as never);
  if ("settled" in answer) return deliveryLines(answer as never);
  if ("runs" in answer) return listLines(answer as never);
  if ("stdout" in answer) return logLines(answer as never);
  if ("levels" in answer) return planLines(answer as never);
  if ("progress" in answer) return runLines(answer as RunView);
  return [JSON.stringify(answer)];
}

/** Omits the last line of a briefing: it says what to do next, and so does the ending of every answer. */
const briefingLines = ({ briefing }: { briefing: string }): string[] => briefing.split("\n").slice(0, -1);

function acceptLines({ assignments, ready }: { assignments: AssignmentView[]; ready: ReadyView[] }): string[] {
  const lines = assignments.length === 0 ? ["Nothing was accepted."] : [];
  for (const one of assignments) {
    lines.push(
      `Assignment ${one.assignment}: step ${one.stepId} of ${one.workflowId}, attempt ${one.attempt}, for ${named(one.agent)}, yours until ${one.expiresAt}:`,
      ...indentedBlock(one.prompt),
    );
    if (one.input !== null) lines.push(`Input: ${JSON.stringify(one.input)}`);
    for (const { from, to, step, ...said } of one.handoffs)
      lines.push(`Handed over by ${named(from)} (step ${step}): ${JSON.stringify(said)}`);
    for (const { round, id, question, answer } of one.answers ?? [])
      lines.push(`The person answered (round ${round}, ${id}) ${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
    if (one.previous)
      lines.push(...labelled(`The previous attempt failed (${one.previous.reason})`, one.previous.message));
    if (one.outputSchema) lines.push(`Deliver output that fits: ${JSON.stringify(one.outputSchema)}`);
    if (one.allowedTools) lines.push(`Its file asks for these tools: ${one.allowedTools.map(named).join(", ")}`);
    if (one.verify.length > 0) lines.push(`Baton will check: ${one.verify.join("; ")}`);
  }
  return [...lines, ...readyLines(ready)];
}

function deliveryLines(step: {
  workflowId: string;
  stepId: string;
  status: string;
  evidence?: string;
  error?: { reason: string; message: string };
  runStatus: string;
  settled: RunView["progress"];
  ready: ReadyView[];
  questions?: QuestionsView[];
  repeated?: boolean;
}): string[] {
  const { workflowId, stepId, status, evidence, error, runStatus, settled, ready, questions, repeated } = step;
  return [
    ...(repeated ? ["This was already recorded, so nothing changed."] : []),
    `Step ${stepId} of ${workflowId} is ${status}${evidence ? ` (${evidence})` : ""}; the run is ${runStatus}, ${settled.completed} of ${settled.total} steps settled`,
    ...(error ? labelled(error.reason, error.message) : []),
    ...questionLines(questions),
    ...readyLines(ready),
  ];
}
