import { Transform, type TransformCallback } from "node:stream";

/** Bytes of one message, its newline aside. A workflow that is larger comes as a file. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Bytes of a message that is refused in which its id is looked for. */
const MAX_HEAD_BYTES = 4 * 1024;

const NEWLINE = 10;
const BATCH = 91;

/** What is done about a line that is no message; `head` is how it begins. */
export type Refuse = (why: "too_large" | "batch", head: Buffer) => void;

/**
 * The lines of a stream, each passed on whole and by itself. One that is too large is not kept: it is refused as soon as that is known, and what
 * is left of it goes by unread. What no newline ends was never sent.
 */
export class MessageLines extends Transform {
  private parts: Buffer[] = [];
  private length = 0;
  private skipping = false;

  /** @param room what is waited for before another line is passed on */
  constructor(
    private readonly refuse: Refuse,
    private readonly room: () => Promise<void> | undefined,
    private readonly most = MAX_MESSAGE_BYTES,
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
      const full = this.room();
      if (full) await full;
      if (line[0] === BATCH) this.refuse("batch", line.subarray(0, MAX_HEAD_BYTES));
      else this.push(line);
    }
  }

  private add(part: Buffer, last: boolean): void {
    if (this.skipping) return;
    this.parts.push(part);
    this.length += part.length;
    if (this.length - (last ? 1 : 0) <= this.most) return;
    // Nothing of it is kept, and what is looked into is little.
    const head = Buffer.concat(this.parts, Math.min(this.length, MAX_HEAD_BYTES));
    [this.parts, this.skipping] = [[], true];
    this.refuse("too_large", head);
  }
}

/** The id of a message of which only the beginning is known; `null`: it does not stand there. */
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
    // A number at the very end may be the beginning of another.
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
