import { contentOf, type EventFormat, eventsOf } from "./program-events.ts";

/**
 * What Goose prints with `--output-format stream-json`. A message may come in pieces, each an event. The answer is the
 * text behind the last tool call; `complete` says that it is whole.
 */
export const gooseEvents: EventFormat = {
  toolCallOpen(printed) {
    const open = new Set<unknown>();
    for (const { type, id } of eventsOf(printed).flatMap(contentOf)) {
      if (type === "toolRequest") open.add(id);
      if (type === "toolResponse") open.delete(id);
    }
    return open.size > 0;
  },
  answerIn(printed) {
    const events = eventsOf(printed);
    const failed = events.findLast(({ type }) => type === "error");
    if (failed) return { cannot: String(failed.error ?? failed.message ?? "it ended with an error") };
    if (!events.some(({ type }) => type === "complete")) return undefined;
    const parts = events.flatMap(contentOf);
    const last = parts.findLastIndex(({ type }) => type === "toolRequest" || type === "toolResponse");
    const text = parts
      .slice(last + 1)
      .map((part) => (part.type === "text" && typeof part.text === "string" ? part.text : ""))
      .join("");
    return { text };
  },
};
