import { closeSync, constants } from "node:fs";
import { FileError, openRegular, readAt } from "./file.ts";

/** Part of a text file. Offsets and sizes are in bytes; `next` is the offset of the following part. */
export interface Excerpt {
  readonly text: string;
  readonly start: number;
  readonly next: number;
  readonly size: number;
}

/** How many bytes of a cut UTF-8 character can stand on one side of the cut: a character has at most 4. */
const MAX_CUT_BYTES = 3;
const EMPTY_EXCERPT: Excerpt = { text: "", start: 0, next: 0, size: 0 };

/**
 * Reads at most `bytes` of a file: from `from` on, or from its end. Never splits a UTF-8 character: the rest of a
 * character at the front is left out, and an incomplete one at the end is left for the next part. Invalid bytes become
 * U+FFFD. A missing file counts as empty. Throws `FileError` for a file that cannot be read.
 *
 * @param final no process writes the file any more, so an incomplete character at its end becomes U+FFFD
 */
export function readExcerpt(path: string, bytes: number, from?: number, final = false): Excerpt {
  const opened = openIfExists(path);
  if (opened === undefined) return EMPTY_EXCERPT;
  const { file, size } = opened;
  try {
    // At least one whole character must fit, or `next` would never advance.
    const maxBytes = Math.max(bytes, MAX_CUT_BYTES + 1);
    const start = Math.min(from ?? Math.max(0, size - maxBytes), size);
    // The bytes before `start` tell whether a character is cut there.
    const lead = Math.min(MAX_CUT_BYTES, start);
    const buffer = Buffer.allocUnsafe(lead + Math.min(maxBytes, size - start));
    const whole = buffer.subarray(0, readAt(file, buffer, start - lead));
    const read = whole.subarray(lead);
    const head = leadingContinuations(read, missingBytes(whole.subarray(0, lead)));
    const end = final && start + read.length >= size ? read.length : read.length - incompleteTail(read);
    const tail = Math.max(head, end);
    return { text: read.toString("utf8", head, tail), start: start + head, next: start + tail, size };
  } finally {
    closeSync(file);
  }
}

/** Like `readExcerpt`, but a file that cannot be read counts as empty. */
export function readExcerptQuietly(path: string, bytes: number, from?: number, final = false): Excerpt {
  try {
    return readExcerpt(path, bytes, from, final);
  } catch {
    return EMPTY_EXCERPT;
  }
}

function openIfExists(path: string): { file: number; size: number } | undefined {
  try {
    const { file, stats } = openRegular(path, constants.O_RDONLY);
    return { file, size: stats.size };
  } catch (error) {
    if (error instanceof FileError && error.reason === "absent") return undefined;
    throw error;
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** The length in bytes of the character that starts with this byte; 1 for a byte that starts none. */
const characterLength = (byte: number): number =>
  byte < 0xc2 || byte > 0xf4 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;

/** How many bytes the last character of `before` still lacks; 0 if it is whole. */
function missingBytes(before: Uint8Array): number {
  for (let back = 1; back <= before.length; back++) {
    const byte = before[before.length - back]!;
    if (!isContinuation(byte)) return Math.max(0, characterLength(byte) - back);
  }
  return 0;
}

function leadingContinuations(bytes: Uint8Array, max: number): number {
  let count = 0;
  while (count < Math.min(max, bytes.length) && isContinuation(bytes[count]!)) count++;
  return count;
}

function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(MAX_CUT_BYTES, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (!isContinuation(byte)) return characterLength(byte) > back ? back : 0;
  }
  return 0;
}
