import type { JsonObject } from "../../model/workflow.ts";

const NEWLINE = 10;
const PREFIX = Buffer.from("::output ");
const BEGINNING = /^::output ([A-Za-z_][A-Za-z0-9_.-]*)=/;
const NONE = Buffer.alloc(0);

/**
 * Finds the lines `::output name=value` in bytes that come piece by piece. Of each name the last value is kept, and of any other line nothing at
 * all: there may be gigabytes of them, or one of gigabytes.
 */
export class NamedLines {
  private readonly values = new Map<string, string>();
  private held = 0;
  /** The beginning of a line that the pieces so far did not end. */
  private begun: Buffer = NONE;
  /** What is left of the line is nothing to us. */
  private skipping = false;
  /** More than `most` is named: nothing that comes can mend that. */
  tooMuch = false;

  /** @param most bytes of names and values that may be kept at one time */
  constructor(private readonly most: number) {}

  take(piece: Buffer): void {
    for (let start = 0; start < piece.length && !this.tooMuch; ) {
      const end = piece.indexOf(NEWLINE, start);
      if (end < 0) return this.begin(piece.subarray(start));
      this.end(piece.subarray(start, end));
      start = end + 1;
    }
  }

  /** What was named, now that all was taken. A last line need not have an end. */
  finish(): JsonObject {
    this.end(NONE);
    const found: JsonObject = Object.create(null);
    for (const [name, value] of this.values) found[name] = value;
    return found;
  }

  private begin(part: Buffer): void {
    if (this.skipping) return;
    this.begun = Buffer.concat([this.begun, part]);
    if (!mayBeNamed(this.begun)) this.skip();
    else if (this.begun.length > this.most + PREFIX.length) {
      // Longer than all that may be kept, and not at its end.
      if (BEGINNING.test(this.begun.toString("latin1"))) this.tooMuch = true;
      else this.skip();
    }
  }

  private skip(): void {
    this.skipping = true;
    this.begun = NONE;
  }

  private end(part: Buffer): void {
    const line = this.begun.length > 0 ? Buffer.concat([this.begun, part]) : part;
    if (!this.skipping && line.length > PREFIX.length && mayBeNamed(line)) this.read(line.toString("utf8"));
    this.begun = NONE;
    this.skipping = false;
  }

  private read(line: string): void {
    const match = BEGINNING.exec(line);
    if (match) this.keep(match[1]!, line.slice(match[0].length, line.endsWith("\r") ? -1 : undefined));
  }

  private keep(name: string, value: string): void {
    const before = this.values.get(name);
    this.held += Buffer.byteLength(value) - (before === undefined ? -name.length : Buffer.byteLength(before));
    if (this.held > this.most) this.tooMuch = true;
    else this.values.set(name, value);
  }
}

function mayBeNamed(line: Buffer): boolean {
  const known = Math.min(line.length, PREFIX.length);
  return line.compare(PREFIX, 0, known, 0, known) === 0;
}
