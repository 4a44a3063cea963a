import { JournalEvent } from "../../model/event.ts";
import { MOST_LEVELS } from "../../model/json.ts";

const EVENT_TYPES: ReadonlySet<string> = new Set(JournalEvent.options.map((option) => option.shape.type.value));

/** 9999-12-31T23:59:59.999Z: beyond it an instant has no written form. */
const MAX_INSTANT_MS = 253_402_300_799_999;
/** One owner a millisecond for eleven days. An epoch that none can come after would end the run's history. */
const MAX_EPOCH = 1_000_000_000;
/** What an event may hold data in: an event of steps whose fields hold steps. What goes over a line recurses, and data alone is bounded. */
const EVENT_LEVELS = 32;
const MAX_LEVELS = MOST_LEVELS + EVENT_LEVELS;

/**
 * A line of a journal, by a cheap look instead of the schema: a journal may have hundreds of thousands of them, and it is ours. What this refuses is
 * what would harm whoever reads on: instants and epochs that cannot be counted with, and data without a bottom.
 */
export function readEvent(line: Buffer): JournalEvent | "unknown" | undefined {
  // To be so deep, it must have so many brackets and their ends.
  if (line.length > 2 * MAX_LEVELS && isDeeper(line, MAX_LEVELS)) return undefined;
  try {
    const event = JSON.parse(line.toString("utf8")) as JournalEvent | null;
    if (typeof event !== "object" || event === null || typeof event.type !== "string") return undefined;
    if (!isBetween(event.at, 0, MAX_INSTANT_MS) || !isBetween(event.epoch, 1, MAX_EPOCH)) return undefined;
    return EVENT_TYPES.has(event.type) ? event : "unknown";
  } catch {
    return undefined;
  }
}

const isBetween = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/** Before it is parsed: what is deep enough takes more memory than its text by far. */
function isDeeper(json: Buffer, most: number): boolean {
  let level = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      while (++at < json.length && json[at] !== QUOTE) if (json[at] === BACKSLASH) at++;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++level > most) return true;
    } else if (byte === 0x5d || byte === 0x7d) level--;
  }
  return false;
}
