import { readAt } from "../../system/file.ts";

/**
 * The longest line of a journal, in bytes. By far the longest lines hold expanded steps, at most a thousand; others
 * take a few times the 256 kB of an output. A longer line would block the process while Baton reads and parses it.
 */
export const MAX_LINE_BYTES = 32 * 1024 * 1024;
/** How many bytes are read at a time, unless a line is longer. */
const WINDOW_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** One line. `bytes` is valid only until the next line is read. */
export interface Line {
  readonly bytes: Buffer;
  readonly offset: number;
  /** The offset of the next line. */
  readonly next: number;
}

/**
 * The whole lines of a file between two offsets. Text after the last newline is no line. A line that is too long is the
 * last one, and its `bytes` are only a part: its end may be anywhere, or nowhere.
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
