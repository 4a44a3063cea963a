import { escapeControl } from "../model/text/escape-control.ts";
import { named, quotedLine, quotedValue } from "../model/text/quoted.ts";
import type { CapabilityLine } from "../operations/capability/capabilities.ts";
import type { Operation } from "../operations/operation.ts";
import { questionLines, readyLines } from "../operations/run/run-text.ts";
import { planLines } from "../operations/workflow/plan-text.ts";
import { sessionLines } from "./session-text.ts";

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
  const session = sessionLines(answer, (questions, ready) => [...questionLines(questions), ...readyLines(ready)]);
  if (session) return session;
  if ("capabilities" in answer) return capabilityLines(answer as never);
  if ("capability" in answer) return oneCapability((answer as { capability: Record<string, unknown> }).capability);
  if ("levels" in answer) return planLines(answer as never);
  return [JSON.stringify(answer)];
}

function capabilityLines({ capabilities, total }: { capabilities: CapabilityLine[]; total: number }): string[] {
  const count = total === 1 ? "1 capability" : `${total} capabilities`;
  return [
    capabilities.length > 0 ? `${count}, best match first:` : "No capability.",
    ...capabilities.map(({ name, kind, scope, description, reason, lacks, path }) => {
      const why = reason ? ` (${reason}${lacks ? `; lacks ${lacks.join(", ")}` : ""})` : "";
      return `- ${named(name)}, ${kind}, ${scope}${why}: ${describedAs(description)}${path ? ` [${named(path)}]` : ""}`;
    }),
  ];
}

function oneCapability({ name, kind, scope, description, ...rest }: Record<string, unknown>): string[] {
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${quotedValue(value, 4_000)}`);
  return [`${named(String(name))}, ${kind}, ${scope}: ${describedAs(description)}`, ...lines];
}

/** Quotes the author's description. */
const describedAs = (description: unknown): string =>
  typeof description === "string" && description !== "" ? quotedLine(description, 2_000) : "no description";
