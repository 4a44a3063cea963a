import { readAt } from "../../system/file.ts";

/**
 * No line of a journal is longer, in bytes. By far the longest that is written holds steps that grew, at most a thousand; all else is a few times
 * the 256 kB of an output. More than this would be read, parsed and gone through while everything else waits.
 */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
/** What is read at a time, unless a line is longer. */
const WINDOW_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Only valid until the next one is asked for. */
export interface Line {
  readonly bytes: Buffer;
  readonly offset: number;
  /** Where the next line begins. */
  readonly next: number;
}

/**
 * The whole lines of a file between two offsets; what is behind the last newline is none. After one that is too long, of which `bytes` is only a
 * part, there are no more: its end may be anywhere, or nowhere.
 */
export function* linesBetween(file: number, from: number, to: number): Generator<Line> {
  let room = Buffer.allocUnsafe(Math.max(0, Math.min(WINDOW_BYTES, to - from)));
  let held = 0;
  for (let offset = from; offset + held < to; ) {
    const read = readAt(
      file,
      room.subarray(held, held + Math.min(room.length - held, to - offset - held)),
      offset + held,
    );
    const bytes = room.subarray(0, held + read);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, held); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield { bytes: bytes.subarray(start, end), offset: offset + start, next: offset + end + 1 };
      start = end + 1;
    }
    held = bytes.length - start;
    offset += start;
    if (held > MAX_LINE_BYTES) return yield { bytes: bytes.subarray(start), offset, next: offset };
    if (read === 0) return;
    const larger = held === room.length ? Buffer.allocUnsafe(2 * held) : room;
    bytes.copy(larger, 0, start);
    room = larger;
  }
}
