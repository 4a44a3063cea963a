import type { JournalEvent } from "../../model/event.ts";
import { MAX_LEVELS } from "../../model/json.ts";
import { EVENT_SCHEMAS } from "../../run/schemas.ts";

/** 9999-12-31T23:59:59.999Z, in milliseconds since 1970. Later instants have no ISO form with four-digit years. */
const MAX_INSTANT_MS = 253_402_300_799_999;
/**
 * The highest epoch: one owner per millisecond for eleven days. An epoch without a successor would end the run's
 * history.
 */
const MAX_EPOCH = 1_000_000_000;
/**
 * How many levels an event may put around its data. Code that walks an event recurses, so the total depth needs a
 * limit.
 */
const EVENT_LEVELS = 32;
const MAX_EVENT_LEVELS = MAX_LEVELS + EVENT_LEVELS;

/**
 * Parses a line of a journal, with a cheap check instead of the schema: a journal may have hundreds of thousands of
 * lines, and Baton wrote them. The check refuses what would harm later code: instants and epochs out of range, and data
 * that is nested too deeply. `unknown`: an event type that this Baton does not know; `undefined`: the line is no event.
 */
export function readEvent(line: Buffer): JournalEvent | "unknown" | undefined {
  // A line with so many levels has at least twice as many brackets, so a shorter one needs no scan.
  if (line.length > 2 * MAX_EVENT_LEVELS && isDeeper(line, MAX_EVENT_LEVELS)) return undefined;
  try {
    const event = JSON.parse(line.toString("utf8")) as JournalEvent | null;
    if (typeof event !== "object" || event === null || typeof event.type !== "string") return undefined;
    if (!isBetween(event.at, 0, MAX_INSTANT_MS) || !isBetween(event.epoch, 1, MAX_EPOCH)) return undefined;
    return EVENT_SCHEMAS.has(event.type) ? event : "unknown";
  } catch {
    return undefined;
  }
}

const isBetween = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/**
 * Whether JSON has more than `max` levels. It scans the text, since parsing deep data takes far more memory than its
 * text.
 */
function isDeeper(json: Buffer, max: number): boolean {
  let level = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      while (++at < json.length && json[at] !== QUOTE) if (json[at] === BACKSLASH) at++;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++level > max) return true;
    } else if (byte === 0x5d || byte === 0x7d) level--;
  }
  return false;
}
