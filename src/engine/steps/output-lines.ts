import type { JsonObject } from "../../model/workflow.ts";

const NEWLINE = 10;
const PREFIX = Buffer.from("::output ");
const OUTPUT_LINE = /^::output ([A-Za-z_][A-Za-z0-9_.-]*)=/;
const EMPTY = Buffer.alloc(0);

/**
 * Finds the lines `::output name=value` in bytes that arrive in pieces. Keeps the last value of each name, and nothing
 * of other lines: there may be gigabytes of them, or a single line of gigabytes.
 */
export class OutputLines {
  private readonly values = new Map<string, string>();
  private heldBytes = 0;
  /** The start of a line whose end has not arrived. */
  private partialLine: Buffer = EMPTY;
  /** The rest of the current line is ignored. */
  private skipping = false;
  /** The names and values exceed `maxBytes`. This is final: later lines cannot change it. */
  tooLarge = false;

  /** @param maxBytes how many bytes of names and values may be held at one time */
  constructor(private readonly maxBytes: number) {}

  push(piece: Buffer): void {
    for (let start = 0; start < piece.length && !this.tooLarge; ) {
      const end = piece.indexOf(NEWLINE, start);
      if (end < 0) return this.startLine(piece.subarray(start));
      this.endLine(piece.subarray(start, end));
      start = end + 1;
    }
  }

  /** Returns the named values, after the last piece. The last line need not end with a newline. */
  finish(): JsonObject {
    this.endLine(EMPTY);
    const found: JsonObject = Object.create(null);
    for (const [name, value] of this.values) found[name] = value;
    return found;
  }

  private startLine(part: Buffer): void {
    if (this.skipping) return;
    this.partialLine = Buffer.concat([this.partialLine, part]);
    if (!mayBeOutputLine(this.partialLine)) this.skipLine();
    else if (this.partialLine.length > this.maxBytes + PREFIX.length) {
      // The line is longer than all that may be held, and goes on.
      if (OUTPUT_LINE.test(this.partialLine.toString("latin1"))) this.tooLarge = true;
      else this.skipLine();
    }
  }

  private skipLine(): void {
    this.skipping = true;
    this.partialLine = EMPTY;
  }

  private endLine(part: Buffer): void {
    const line = this.partialLine.length > 0 ? Buffer.concat([this.partialLine, part]) : part;
    if (!this.skipping && line.length > PREFIX.length && mayBeOutputLine(line)) this.parseLine(line.toString("utf8"));
    this.partialLine = EMPTY;
    this.skipping = false;
  }

  private parseLine(line: string): void {
    const match = OUTPUT_LINE.exec(line);
    if (match) this.store(match[1]!, line.slice(match[0].length, line.endsWith("\r") ? -1 : undefined));
  }

  private store(name: string, value: string): void {
    const before = this.values.get(name);
    this.heldBytes += Buffer.byteLength(value) - (before === undefined ? -name.length : Buffer.byteLength(before));
    if (this.heldBytes > this.maxBytes) this.tooLarge = true;
    else this.values.set(name, value);
  }
}

function mayBeOutputLine(line: Buffer): boolean {
  const known = Math.min(line.length, PREFIX.length);
  return line.compare(PREFIX, 0, known, 0, known) === 0;
}
