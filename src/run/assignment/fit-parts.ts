import { beginning } from "../../model/text/truncate.ts";

/** A part of a text that must fit into a number of characters. */
export interface Part {
  readonly name: string;
  /** The line above its entries. */
  readonly heading: string;
  /** Its entries, the most important first. An entry may have several lines. */
  readonly entries: readonly string[];
  /** So many characters of it are shown whatever else there is. */
  readonly floor: number;
  /** Shown whole, or not at all. */
  readonly whole?: true;
  /** Parts with a smaller number get room first. */
  readonly rank: number;
}

/** A part that is not shown whole. `size`: how many characters are left out. */
export interface LeftOut {
  readonly part: string;
  readonly size: number;
}

export interface Fitted {
  /** In the order of the parts; those of which nothing is shown are missing. */
  readonly blocks: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** An entry of which fewer characters than this could be shown is left out. */
const MIN_SHOWN_CHARACTERS = 120;

/**
 * Fits parts into `room` characters. A part is whole as long as there is room; no part gets less than its floor, so the
 * floors together may exceed the room. Entries are shown whole while they fit, and the first that does not is cut.
 * @param noteCost characters that naming a part that is left out takes
 */
export function fitParts(parts: readonly Part[], room: number, noteCost: number): Fitted {
  const sizes = parts.map(sizeOf);
  const shares = parts.map((part, at) => (part.whole ? 0 : Math.min(sizes[at]!, part.floor)));
  let left = room - sum(shares);
  if (sum(sizes) > room) left -= noteCost * parts.length;
  const byRank = [...parts.keys()].sort((a, b) => parts[a]!.rank - parts[b]!.rank);
  for (const at of byRank) {
    const more = sizes[at]! - shares[at]!;
    const given = more <= left ? more : parts[at]!.whole ? 0 : Math.max(0, left);
    shares[at]! += given;
    left -= given;
  }
  const blocks: string[] = [];
  const leftOut: LeftOut[] = [];
  parts.forEach((part, at) => {
    const shown = cut(part, shares[at]!);
    if (shown !== "") blocks.push(shown);
    const missing = sizes[at]! - shown.length;
    if (missing > 0) leftOut.push({ part: part.name, size: missing });
  });
  return { blocks, leftOut };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const sizeOf = ({ heading, entries }: Part): number =>
  entries.length === 0 ? 0 : sum([heading, ...entries].map(({ length }) => length + 1)) - 1;

/** The part within so many characters: its heading and as many entries as fit; empty if hardly anything would. */
function cut({ heading, entries, floor, ...part }: Part, share: number): string {
  const whole = [heading, ...entries].join("\n");
  if (entries.length === 0) return "";
  if (whole.length <= share) return whole;
  if (part.whole) return "";
  let text = heading;
  for (const entry of entries) {
    const left = share - text.length - 1;
    if (entry.length <= left) {
      text += `\n${entry}`;
      continue;
    }
    if (left >= Math.min(MIN_SHOWN_CHARACTERS, floor)) text += `\n${beginning(entry, left - 1)}…`;
    break;
  }
  return text === heading ? "" : text;
}
