import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Result } from "../model/data/result.ts";
import { formatDiagnostic } from "../model/diagnostic.ts";
import { truncate } from "../model/text/truncate.ts";
import { nextAfter } from "../operations/next-action.ts";
import type { ToolOperation } from "../operations/operation.ts";
import type { Failure } from "../operations/refusal.ts";
import { readyLines } from "../operations/run/run-text.ts";
import { type AnswerText, answerText, joinLines } from "./text.ts";
import type { Tool } from "./tools/tool.ts";

/** The longest text of an answer. Hosts cut or divert longer ones. */
export const MAX_ANSWER_CHARACTERS = 30_000;

/** Mistakes beyond this number are only counted. */
const MAX_MISTAKES_LISTED = 40;

/**
 * Turns an outcome into a tool result. Text and data hold the same facts, since a host shows its model only one of
 * them.
 */
export function respond(
  result: Result<object, Failure>,
  operation: ToolOperation,
  tool: Tool,
  given: Readonly<Record<string, unknown>> = {},
): CallToolResult {
  if (!result.ok) return respondFailure(result.error);
  const { value } = result;
  const data = given.detail === "full" ? value : (operation.concise?.(value, given) ?? value);
  return {
    content: [{ type: "text", text: limitLength(answerText(value, operation), howToGetRest(tool, value)) }],
    structuredContent: { ...data, ...operation.spelled?.(value, given) },
  };
}

export function respondFailure(failure: Failure): CallToolResult {
  const { reason, mistakes = [], workflowId, ready } = failure;
  // The message can quote input of any length.
  const message = truncate(failure.message, MAX_MESSAGE_CHARACTERS);
  const listed = mistakes
    .slice(0, MAX_MISTAKES_LISTED)
    .map((mistake) => truncate(formatDiagnostic(mistake), MAX_MESSAGE_CHARACTERS));
  if (mistakes.length > MAX_MISTAKES_LISTED) listed.push(`… and ${mistakes.length - MAX_MISTAKES_LISTED} more`);
  const next = nextAfter(failure);
  const lines = [`Not done (${reason}): ${message}`, ...listed.map((line) => `- ${line}`), ...readyLines(ready ?? [])];
  return {
    isError: true,
    content: [{ type: "text", text: limitLength(joinLines(lines, [`Next: ${next}`]), "") }],
    structuredContent: {
      error: { reason, message, ...(listed.length > 0 && { mistakes: listed }) },
      ...(workflowId !== undefined && { workflowId }),
      ...(ready && { ready }),
      next,
    },
  };
}

/** Answers a call that threw, so that the server goes on. */
export function respondUnexpected(error: unknown): CallToolResult {
  const message = error instanceof Error ? error.message : String(error);
  return respondFailure({
    kind: "failed",
    reason: "internal_error",
    message,
    hint: "This is an error in Baton, not in your call. Baton keeps everything that it acknowledged; try again, or report the error.",
  });
}

const MAX_MESSAGE_CHARACTERS = 2_000;

/**
 * Says how to get the rest of a cut text, from the arguments that the tool takes. Empty if the answer says so
 * itself.
 */
function howToGetRest({ inputSchema: { properties } }: Tool, answer: object): string {
  const { truncated, workflowId } = answer as { truncated?: string; workflowId?: string };
  const ways = [
    "detail" in properties && 'ask with detail: "concise"',
    "cursor" in properties && "read page by page with cursor",
  ];
  const known = ways.filter((way) => way !== false).join(", or ");
  if (known !== "") return `: ${known}`;
  if (truncated !== undefined) return "";
  return workflowId === undefined ? "" : `: monitor_workflow {workflowId: "${workflowId}"} pages through the run`;
}

/** Cuts the body to the limit but never the ending. `rest` says how to get the part that is cut. */
function limitLength({ body, ending }: AnswerText, rest: string): string {
  const whole = [body, ending].filter((part) => part !== "").join("\n");
  if (whole.length <= MAX_ANSWER_CHARACTERS) return whole;
  const cut = `\n… cut here${rest}.\n`;
  return `${body.slice(0, Math.max(0, MAX_ANSWER_CHARACTERS - cut.length - ending.length))}${cut}${ending}`;
}
