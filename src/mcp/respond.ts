import type { CallToolResult } from "@modelcontextprotocol/server";
import { formatDiagnostic } from "../model/diagnostic.ts";
import type { Result } from "../model/result.ts";
import { nextAfter } from "../operations/advice.ts";
import type { Failure } from "../operations/define.ts";
import { readyLines, textOf } from "./text.ts";

/** Hosts cut or divert answers somewhere above this; ours never get there. */
export const MOST_CHARACTERS = 30_000;

/** Mistakes that are listed one by one. */
const MISTAKES = 40;

/** An operation's outcome as a tool result: the same facts as text and as data, since hosts show their model only one of them. */
export function respond(result: Result<object, Failure>): CallToolResult {
  if (!result.ok) return respondFailure(result.error);
  return {
    content: [{ type: "text", text: bounded(textOf(result.value)) }],
    structuredContent: result.value as Record<string, unknown>,
  };
}

export function respondFailure(failure: Failure): CallToolResult {
  const { reason, mistakes = [], workflowId, ready } = failure;
  // What was given is quoted in what is said of it, and may be of any length.
  const message = shortened(failure.message);
  const listed = mistakes.slice(0, MISTAKES).map((mistake) => shortened(formatDiagnostic(mistake)));
  if (mistakes.length > MISTAKES) listed.push(`… and ${mistakes.length - MISTAKES} more`);
  const next = nextAfter(failure);
  const lines = [
    `Not done (${reason}): ${message}`,
    ...listed.map((line) => `- ${line}`),
    ...readyLines(ready ?? []),
    `Next: ${next}`,
  ];
  return {
    isError: true,
    content: [{ type: "text", text: bounded(lines.join("\n")) }],
    structuredContent: {
      error: { reason, message, ...(listed.length > 0 && { mistakes: listed }) },
      ...(workflowId !== undefined && { workflowId }),
      ...(ready && { ready }),
      next,
    },
  };
}

/** What should never happen did: it is said so, and the server lives on. */
export function respondUnexpected(error: unknown): CallToolResult {
  const message = error instanceof Error ? error.message : String(error);
  return respondFailure({
    kind: "failed",
    reason: "internal_error",
    message,
    hint: "This is a mistake in Baton, not in your call. Nothing acknowledged is lost; try again, or report it.",
  });
}

const SENTENCE = 2_000;

const shortened = (text: string): string => (text.length <= SENTENCE ? text : `${text.slice(0, SENTENCE)}…`);

function bounded(text: string): string {
  return text.length <= MOST_CHARACTERS
    ? text
    : `${text.slice(0, MOST_CHARACTERS)}\n… cut. Next: ask with detail: "concise", or page with cursor.`;
}
