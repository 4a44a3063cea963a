import { isRecord } from "../../model/json.ts";

/** The answer of a program: its text, or what went wrong. */
export type ProgramAnswer = { readonly text: string } | { readonly cannot: string };

/** How to read what a program prints, if it prints events, one a line. */
export interface EventFormat {
  /** Whether a tool call has begun and not ended, by the end of what was printed. */
  toolCallOpen(printed: string): boolean;
  /** `undefined` if there is no answer. */
  answerIn(printed: string): ProgramAnswer | undefined;
}

type Event = Readonly<Record<string, unknown>>;

/** The whole lines that are events. The first line may be cut. */
export function eventsOf(printed: string): Event[] {
  return printed.split("\n").flatMap((line) => {
    try {
      const event: unknown = JSON.parse(line);
      return isRecord(event) ? [event] : [];
    } catch {
      return [];
    }
  });
}

/** The parts of the message of an event. */
export function contentOf({ message }: Event): Event[] {
  const content = isRecord(message) ? (message as Event).content : undefined;
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
