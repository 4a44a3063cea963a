import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { JOURNAL_FORMAT, JournalEvent } from "../../model/event.ts";
import { err, ok, type Result } from "../../model/result.ts";
import type { AppendFailure, Journal, JournalPage, JournalProblem, Lease, Position } from "../../model/store.ts";

const NEWLINE = 10;
const TYPES: ReadonlySet<string> = new Set(JournalEvent.options.map((option) => option.shape.type.value));

export function journalSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The journal from a position on. Only whole lines are read: what is behind the last newline is being written, or was torn. A line that
 * cannot be read is judged by the one after it, so the last one is left for later.
 */
export function readJournal(path: string, from: Position): JournalPage | undefined {
  const bytes = readFrom(path, from.offset);
  if (!bytes) return undefined;
  const events: JournalEvent[] = [];
  const problems: JournalProblem[] = [];
  let next = from.offset;
  let unreadable: { offset: number; end: number } | undefined;
  let newer = false;
  for (let start = 0; ; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) break;
    const offset = from.offset + start;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (line.length === 0) {
      if (!unreadable) next = from.offset + start;
      continue;
    }
    const event = parseLine(line);
    if (unreadable) {
      const torn = event !== undefined && event !== "unknown" && event.type === "lease_taken";
      if (!torn) {
        problems.push({
          kind: "corrupt",
          offset: unreadable.offset,
          message: `unreadable line at byte ${unreadable.offset}`,
        });
        break;
      }
      problems.push({ kind: "torn", offset: unreadable.offset, message: "an unfinished write, taken for not written" });
      unreadable = undefined;
    }
    if (event === undefined || (event === "unknown" && !newer)) {
      unreadable = { offset, end: from.offset + start };
      continue;
    }
    if (event !== "unknown") {
      if (event.type === "run_created" && event.format > JOURNAL_FORMAT) {
        newer = true;
        problems.push({ kind: "newer_format", offset, message: newerFormat(event.format) });
      }
      events.push(event);
    }
    next = from.offset + start;
  }
  return { events, next: { offset: next, events: from.events + events.length }, problems };
}

const newerFormat = (format: number): string =>
  `the run was written in journal format ${format}; this Baton knows ${JOURNAL_FORMAT}: it can be looked at, not continued. Update Baton.`;

/** A cheap look instead of the schema: a journal may have hundreds of thousands of lines, and it is ours. */
function parseLine(line: Buffer): JournalEvent | "unknown" | undefined {
  try {
    const event = JSON.parse(line.toString("utf8")) as JournalEvent | null;
    if (typeof event !== "object" || event === null) return undefined;
    if (typeof event.at !== "number" || typeof event.epoch !== "number" || typeof event.type !== "string")
      return undefined;
    return TYPES.has(event.type) ? event : "unknown";
  } catch {
    return undefined;
  }
}

function readFrom(path: string, offset: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(file).size - offset));
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(file, bytes, read, bytes.length - read, offset + read);
      if (count === 0) break;
      read += count;
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

/** The write end. One write(2) a batch at the end of the file: that is all it takes to survive kill -9. */
export function openJournal(path: string, lease: Lease): Journal {
  const file = openSync(path, "a", 0o600);
  let size = fstatSync(file).size;
  // Whatever stands there may be torn; the creator's own journal cannot be.
  let fresh = lease.epoch > 1;
  const sync = groupedSync(file);
  return {
    append(events) {
      const lines = events.map((event) => JSON.stringify(event)).join("\n");
      const written = write(file, Buffer.from(`${fresh ? "\n" : ""}${lines}\n`), size, lease);
      if (!written.ok) return written;
      size += written.value;
      fresh = false;
      return ok(undefined);
    },
    sync: sync.now,
    close: () => void sync.idle().then(() => closeSync(file)),
  };
}

/**
 * Writes all or nothing. What was written in part is taken back, but only while the run is still ours and nobody else has written: to
 * truncate another process's events would be worse than any torn line.
 */
function write(file: number, bytes: Buffer, before: number, lease: Lease): Result<number, AppendFailure> {
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(file, bytes, done);
    return ok(bytes.length);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
    if (!takeBack(file, before, done, lease)) {
      return err({
        reason: "lost",
        message: `a write to the journal failed halfway (${message}) and could not be taken back`,
      });
    }
    const advice = full
      ? "The disk is full: nothing was written. Free some space; the run goes on by itself."
      : message;
    return err({ reason: full ? "disk_full" : "io_error", message: advice });
  }
}

function takeBack(file: number, before: number, written: number, lease: Lease): boolean {
  if (written === 0) return true;
  if (!lease.held() || fstatSync(file).size !== before + written) return false;
  try {
    ftruncateSync(file, before);
    return true;
  } catch {
    return false;
  }
}

/** fdatasync for everybody who waits at once. A call that comes while one is under way needs another: that one may have begun too early. */
function groupedSync(file: number) {
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  const begin = () => {
    running = new Promise<void>((resolve, reject) => {
      fdatasync(file, (error) => (error ? reject(error) : resolve()));
    }).finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    now(): Promise<void> {
      if (!running) return begin();
      following ??= running
        .catch(() => {})
        .then(() => {
          following = undefined;
          return begin();
        });
      return following;
    },
    /** Resolves when none is under way: the file must not be closed before. */
    async idle(): Promise<void> {
      while (running) await running.catch(() => {});
    },
  };
}
