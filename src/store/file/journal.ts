import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, lstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type {
  AppendFailure,
  Journal,
  JournalPage,
  JournalProblem,
  Lease,
  Position,
} from "../../model/contracts/store.ts";
import { DamagedRun } from "../../model/contracts/store.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../../model/event.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { FileError, openRegular, readAt } from "../../system/file.ts";
import { openAppend } from "../../system/own-file.ts";
import { readEvent } from "./event-line.ts";
import { flushDirectory } from "./fs.ts";
import { type Line, linesBetween, MAX_LINE_BYTES } from "./lines.ts";

export function journalSize(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What stands directly before an offset: enough to tell this journal from one that went another way. `undefined`: it ends before. */
export function journalBefore(path: string, offset: number): string | undefined {
  const start = Math.max(0, offset - 256);
  return withJournal(path, (file) => {
    const bytes = Buffer.alloc(offset - start);
    return readAt(file, bytes, start) === bytes.length ? bytes.toString("latin1") : undefined;
  });
}

/**
 * The journal from a position on. Only whole lines are read: what is behind the last newline is being written, or was torn. Lines that
 * cannot be read are judged by the one after them, so at the end they are left for later. A journal of a newer format says so where it
 * begins: only whoever reads it from there can skip what only a newer Baton knows.
 */
export function readJournal(path: string, from: Position): JournalPage | undefined {
  return withJournal(path, (file, size) => readLines(linesBetween(file, from.offset, size), from));
}

function readLines(lines: Iterable<Line>, from: Position): JournalPage {
  const events: JournalEvent[] = [];
  const problems: JournalProblem[] = [];
  const damaged = (offset: number, what: string) =>
    problems.push({ kind: "corrupt", offset, message: `${what} at byte ${offset}` });
  let next = from.offset;
  let unreadable: number[] = [];
  let newer = false;
  for (const line of lines) {
    const { bytes, offset } = line;
    if (bytes.length === 0) continue;
    if (bytes.length > MAX_LINE_BYTES) {
      // No owner writes such a line, nor dies while it does.
      damaged(
        unreadable[0] ?? offset,
        unreadable.length > 0 ? "unreadable line" : `line of more than ${MAX_LINE_BYTES} bytes`,
      );
      break;
    }
    const event = readEvent(bytes);
    if (event === undefined || (event === "unknown" && !newer)) {
      unreadable.push(offset);
      continue;
    }
    if (unreadable.length > 0) {
      if (!mayBeTorn(unreadable.length, event)) {
        damaged(unreadable[0]!, "unreadable line");
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
    next = line.next;
  }
  return { events, next: { offset: next, events: from.events + events.length }, problems };
}

/** An owner that dies leaves one unfinished write, perhaps that of its own `lease_taken`: there cannot be more of them than owners before. */
const mayBeTorn = (lines: number, next: JournalEvent | "unknown"): boolean =>
  next !== "unknown" && next.type === "lease_taken" && lines < next.epoch;

const newerFormat = (format: number): string =>
  `the run was written in journal format ${format}; this Baton knows ${JOURNAL_FORMAT}: it can be looked at, not continued. Update Baton.`;

/** What is looked up in a journal; `undefined`: there is none. What is in its place and no file of its own is damage of this run alone. */
function withJournal<T>(path: string, look: (file: number, size: number) => T): T | undefined {
  let opened: ReturnType<typeof openRegular>;
  try {
    opened = openRegular(path, constants.O_RDONLY);
  } catch (error) {
    if (!(error instanceof FileError) || error.reason === "unreadable") throw error;
    if (error.reason === "absent") return undefined;
    throw new DamagedRun(`the journal ${path} cannot be read: it ${error.message}`);
  }
  try {
    return look(opened.file, opened.stats.size);
  } finally {
    closeSync(opened.file);
  }
}

/** The write end. One write(2) a batch at the end of the file: that is all it takes to survive kill -9. */
export function openJournal(path: string, lease: Lease): Journal {
  const file = openAppend(path);
  let size = fstatSync(file).size;
  // Whatever stands there may be torn; the creator's own journal cannot be.
  let fresh = lease.epoch > 1;
  const sync = groupedSync(file);
  // A power cut must not take the lease and leave what was written under it: its epoch would be given again, and count for nothing.
  let leaseOnDisk = lease.epoch === 1;
  return {
    append(events) {
      const lines = events.map((event) => JSON.stringify(event));
      // What nobody could read would be damage.
      if (lines.some((line) => line.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(line) > MAX_LINE_BYTES))
        return err({ reason: "io_error", message: `an event of more than ${MAX_LINE_BYTES} bytes cannot be written` });
      const written = writeAll(file, Buffer.from(`${fresh ? "\n" : ""}${lines.join("\n")}\n`), size, lease);
      if (!written.ok) return written;
      size += written.value;
      fresh = false;
      return ok(undefined);
    },
    async sync() {
      if (!leaseOnDisk) flushDirectory(dirname(path));
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
function writeAll(file: number, bytes: Buffer, before: number, lease: Lease): Result<number, AppendFailure> {
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(file, bytes, done);
    return ok(bytes.length);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
    if (!undoWrite(file, before, done, lease)) {
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

function undoWrite(file: number, before: number, written: number, lease: Lease): boolean {
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
