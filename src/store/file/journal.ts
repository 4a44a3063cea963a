import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { JOURNAL_FORMAT, JournalEvent } from "../../model/event.ts";
import { err, ok, type Result } from "../../model/result.ts";
import type { AppendFailure, Journal, JournalPage, JournalProblem, Lease, Position } from "../../model/store.ts";
import { ifThere } from "./absent.ts";
import { flush } from "./appear.ts";

const NEWLINE = 10;
const TYPES: ReadonlySet<string> = new Set(JournalEvent.options.map((option) => option.shape.type.value));

export function journalSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What stands directly before an offset: enough to tell this journal from one that went another way. `undefined`: it ends before. */
export function journalBefore(path: string, offset: number): string | undefined {
  const start = Math.max(0, offset - 256);
  const bytes = readBytes(path, start, offset);
  return bytes?.length === offset - start ? bytes.toString("latin1") : undefined;
}

/**
 * The journal from a position on. Only whole lines are read: what is behind the last newline is being written, or was torn. Lines that
 * cannot be read are judged by the one after them, so at the end they are left for later. A journal of a newer format says so where it
 * begins: only whoever reads it from there can skip what only a newer Baton knows.
 */
export function readJournal(path: string, from: Position): JournalPage | undefined {
  const bytes = readBytes(path, from.offset);
  if (!bytes) return undefined;
  const events: JournalEvent[] = [];
  const problems: JournalProblem[] = [];
  let next = from.offset;
  let unreadable: number[] = [];
  let newer = false;
  for (let start = 0; ; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) break;
    const offset = from.offset + start;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (line.length === 0) continue;
    const event = parseLine(line);
    if (event === undefined || (event === "unknown" && !newer)) {
      unreadable.push(offset);
      continue;
    }
    if (unreadable.length > 0) {
      if (!mayBeTorn(unreadable.length, event)) {
        const [offset] = unreadable as [number];
        problems.push({ kind: "corrupt", offset, message: `unreadable line at byte ${offset}` });
        break;
      }
      const message = "an unfinished write, taken for not written";
      problems.push(...unreadable.map((offset) => ({ kind: "torn" as const, offset, message })));
      unreadable = [];
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

/** An owner that dies leaves one unfinished write, perhaps that of its own `lease_taken`: there cannot be more of them than owners before. */
const mayBeTorn = (lines: number, next: JournalEvent | "unknown"): boolean =>
  next !== "unknown" && next.type === "lease_taken" && lines < next.epoch;

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

function readBytes(path: string, offset: number, end = Number.POSITIVE_INFINITY): Buffer | undefined {
  const file = ifThere(() => openSync(path, "r"));
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(fstatSync(file).size, end) - offset));
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
  // A power cut must not take the lease and leave what was written under it: its epoch would be given again, and count for nothing.
  let leaseOnDisk = lease.epoch === 1;
  return {
    append(events) {
      const lines = events.map((event) => JSON.stringify(event)).join("\n");
      const written = write(file, Buffer.from(`${fresh ? "\n" : ""}${lines}\n`), size, lease);
      if (!written.ok) return written;
      size += written.value;
      fresh = false;
      return ok(undefined);
    },
    async sync() {
      if (!leaseOnDisk) flush(dirname(path));
      leaseOnDisk = true;
      return sync.now();
    },
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
  try {
    if (!lease.held() || fstatSync(file).size !== before + written) return false;
    ftruncateSync(file, before);
    return true;
  } catch {
    return false;
  }
}

/**
 * fdatasync for everybody who waits at once. A call that comes while one is under way needs another: that one may have begun too early.
 * Failed once is failed for good: the system may have dropped what it could not write, and the next fdatasync would succeed without it.
 */
function groupedSync(file: number) {
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  let failure: Error | undefined;
  const begin = () => {
    running = new Promise<void>((resolve, reject) => {
      if (failure) return reject(failure);
      fdatasync(file, (error) => {
        failure = error ?? undefined;
        return error ? reject(error) : resolve();
      });
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
