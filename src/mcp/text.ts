import { escapeControl } from "../model/text/escape-control.ts";
import type { ToolOperation } from "../operations/operation.ts";

type Advised = { readonly next: string };

/** An answer as text. `ending` says what is not shown and what to do next; it is never cut. */
export interface AnswerText {
  readonly body: string;
  readonly ending: string;
}

/** Renders the facts of a structured answer for models that see only text. The last line says what to do next. */
export function answerText(answer: object, { text }: Pick<ToolOperation, "text">): AnswerText {
  const lines = [...text(answer)];
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
