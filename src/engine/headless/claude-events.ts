import { isRecord } from "../../model/json.ts";

/*
 * What Claude Code prints with `--output-format stream-json --verbose`: one event a line. A tool call stands in a
 * message of the assistant, its result in a later message of the user. The last event holds the answer.
 */

/** Whether a tool call has begun and not ended, by the end of what was printed. */
export function toolCallOpen(printed: string): boolean {
  const open = new Set<string>();
  for (const event of eventsOf(printed)) {
    for (const { type, id, tool_use_id } of contentOf(event)) {
      if (type === "tool_use" && typeof id === "string") open.add(id);
      if (type === "tool_result" && typeof tool_use_id === "string") open.delete(tool_use_id);
    }
  }
  return open.size > 0;
}

/** The answer: its text, or what went wrong; `undefined` if there is none. */
export function answerIn(printed: string): { readonly text: string } | { readonly cannot: string } | undefined {
  const last = eventsOf(printed).findLast(({ type }) => type === "result");
  if (!last) return undefined;
  const { result, is_error: isError, subtype } = last;
  if (typeof result === "string" && isError !== true) return { text: result };
  return { cannot: typeof result === "string" && result !== "" ? result : `it ended with ${String(subtype)}` };
}

/** The whole lines that are events. The first line may be cut. */
function eventsOf(printed: string): Record<string, unknown>[] {
  return printed.split("\n").flatMap((line) => {
    try {
      const event: unknown = JSON.parse(line);
      return isRecord(event) ? [event] : [];
    } catch {
      return [];
    }
  });
}

function contentOf({ message }: Record<string, unknown>): Record<string, unknown>[] {
  const content = isRecord(message) ? (message as Record<string, unknown>).content : undefined;
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
