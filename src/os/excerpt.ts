import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Part of a text file. Offsets and sizes in bytes; `next` is where the following part begins. */
export interface Excerpt {
  readonly text: string;
  readonly start: number;
  readonly next: number;
  readonly size: number;
}

/**
 * At most `bytes` of a file: from `from` on, or its end. Never splits a UTF-8 character: one that is cut in front is left out, one that
 * is not whole yet is left for the next part. A file that is not there is empty.
 */
export function readExcerpt(path: string, bytes: number, from?: number): Excerpt {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { text: "", start: 0, next: 0, size: 0 };
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    // Room for one character at least, or there would be no getting on.
    const most = Math.max(bytes, 4);
    const start = Math.min(from ?? Math.max(0, size - most), size);
    const buffer = Buffer.allocUnsafe(Math.min(most, size - start));
    const read = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, start));
    // A file's first byte has nothing in front that it could be cut from.
    const head = start === 0 ? 0 : brokenHead(read);
    const tail = read.length - brokenTail(read);
    return { text: read.toString("utf8", head, tail), start: start + head, next: start + tail, size };
  } finally {
    closeSync(file);
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

function brokenHead(bytes: Uint8Array): number {
  let skip = 0;
  while (skip < Math.min(3, bytes.length) && isContinuation(bytes[skip]!)) skip++;
  return skip;
}

function brokenTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (isContinuation(byte)) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
