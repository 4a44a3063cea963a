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
  let buffer = Buffer.allocUnsafe(Math.max(0, Math.min(WINDOW_BYTES, to - from)));
  let heldBytes = 0;
  for (let offset = from; offset + heldBytes < to; ) {
    const read = readAt(
      file,
      buffer.subarray(heldBytes, heldBytes + Math.min(buffer.length - heldBytes, to - offset - heldBytes)),
      offset + heldBytes,
    );
    const bytes = buffer.subarray(0, heldBytes + read);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, heldBytes); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield { bytes: bytes.subarray(start, end), offset: offset + start, next: offset + end + 1 };
      start = end + 1;
    }
    heldBytes = bytes.length - start;
    offset += start;
    if (heldBytes > MAX_LINE_BYTES) return yield { bytes: bytes.subarray(start), offset, next: offset };
    if (read === 0) return;
    const larger = heldBytes === buffer.length ? Buffer.allocUnsafe(2 * heldBytes) : buffer;
    bytes.copy(larger, 0, start);
    buffer = larger;
  }
}
