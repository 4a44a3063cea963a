import { Transform, type TransformCallback } from "node:stream";

/** Excludes the newline. A larger workflow has to be given as a file. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A refused message is searched for its id in this many bytes. */
const MAX_HEAD_BYTES = 4 * 1024;

const NEWLINE = 10;
const BATCH = 91;

/** Handles a line that is not a message; `head` holds its first bytes. */
export type Refuse = (why: "too_large" | "batch", head: Buffer) => void;

/**
 * Splits a stream into lines and passes on each line whole, as one chunk.
 * Refuses a line as soon as it is too large, and discards the rest of it.
 * Ignores a last line without a newline.
 */
export class MessageLines extends Transform {
  private parts: Buffer[] = [];
  private length = 0;
  private skipping = false;

  /** @param capacity returns a promise to await before the next line is passed on, or `undefined` */
  constructor(
    private readonly refuse: Refuse,
    private readonly capacity: () => Promise<void> | undefined,
    private readonly maxBytes = MAX_MESSAGE_BYTES,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.split(chunk).then(() => done(), done);
  }

  private async split(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end + 1);
      from += part.length;
      this.add(part, end >= 0);
      if (end < 0) continue;
      const line = Buffer.concat(this.parts);
      const skipped = this.skipping;
      [this.parts, this.length, this.skipping] = [[], 0, false];
      if (skipped) continue;
      const full = this.capacity();
      if (full) await full;
      if (line[0] === BATCH) this.refuse("batch", line.subarray(0, MAX_HEAD_BYTES));
      else this.push(line);
    }
  }

  private add(part: Buffer, last: boolean): void {
    if (this.skipping) return;
    this.parts.push(part);
    this.length += part.length;
    if (this.length - (last ? 1 : 0) <= this.maxBytes) return;
    // Keep only the first bytes, to find the id.
    const head = Buffer.concat(this.parts, Math.min(this.length, MAX_HEAD_BYTES));
    [this.parts, this.skipping] = [[], true];
    this.refuse("too_large", head);
  }
}

/** Finds the id in the first bytes of a message. Returns `null` if it is not in them. */
export function idIn(head: Buffer): string | number | null {
  const text = head.toString("utf8");
  if (!/^\s*\{/.test(text)) return null;
  let depth = 0;
  let key: string | undefined;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth !== 1) continue;
    else if (token === ",") key = undefined;
    else if (token === ":") continue;
    else if (key === undefined) key = token;
    // A number at the very end can continue in the bytes that follow.
    else if (key === '"id"') return index + token.length < text.length ? idFrom(token) : null;
  }
  return null;
}

function idFrom(token: string): string | number | null {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === "string" || (typeof value === "number" && Number.isFinite(value)) ? value : null;
  } catch {
    return null;
  }
}
