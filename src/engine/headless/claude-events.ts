import { contentOf, type EventFormat, eventsOf } from "./program-events.ts";

/**
 * What Claude Code prints with `--output-format stream-json --verbose`. A tool call stands in a message of the
 * assistant, its result in a later message of the user. The last event holds the answer.
 */
export const claudeEvents: EventFormat = {
  toolCallOpen(printed) {
    const open = new Set<unknown>();
    for (const { type, id, tool_use_id } of eventsOf(printed).flatMap(contentOf)) {
      if (type === "tool_use") open.add(id);
      if (type === "tool_result") open.delete(tool_use_id);
    }
    return open.size > 0;
  },
  answerIn(printed) {
    const last = eventsOf(printed).findLast(({ type }) => type === "result");
    if (!last) return undefined;
    const { result, is_error: isError, subtype } = last;
    if (typeof result === "string" && isError !== true) return { text: result };
    return { cannot: typeof result === "string" && result !== "" ? result : `it ended with ${String(subtype)}` };
  },
};
