import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, lstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { AppendFailure, Journal, JournalPage, JournalProblem, Position } from "../../model/contracts/store.ts";
import { DamagedRun } from "../../model/contracts/store.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../../model/event.ts";
import { FileError, openRegular, readAt } from "../../system/file.ts";
import { openAppend } from "../../system/own-file.ts";
import { readEvent } from "./event-line.ts";
import { flushDirectory } from "./fs.ts";
import type { FileLease } from "./lease.ts";
import { type Line, linesBetween, MAX_LINE_BYTES } from "./lines.ts";

export function journalSize(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The last 256 bytes before an offset: enough to tell this journal from one that continued differently. `undefined`:
 * the journal is shorter.
 */
export function journalBefore(path: string, offset: number): string | undefined {
  const start = Math.max(0, offset - 256);
  return withJournal(path, (file) => {
    const bytes = Buffer.alloc(offset - start);
    return readAt(file, bytes, start) === bytes.length ? bytes.toString("latin1") : undefined;
  });
}

/**
 * The journal from a position on.
 * - Only whole lines are read. Text after the last newline is still being written, or was torn.
 * - The line after unreadable lines tells what they are. So unreadable lines at the end are left for a later read.
 * - A journal of a newer format says so in its first line. Only a read from the start can skip the events that only a
 *   newer Baton knows.
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
      // No owner writes such a line, so it cannot be a torn write either.
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
      const message = "an unfinished write, which Baton ignores";
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

/**
 * Each killed owner leaves at most one unfinished write, perhaps of its own `lease_taken`. So there are fewer
 * unreadable lines than the new owner's epoch.
 */
const mayBeTorn = (lines: number, next: JournalEvent | "unknown"): boolean =>
  next !== "unknown" && next.type === "lease_taken" && lines < next.epoch;

const newerFormat = (format: number): string =>
  `the run uses journal format ${format}; this Baton knows ${JOURNAL_FORMAT}. It can show the run but not continue it. Update Baton.`;

/**
 * Opens a journal for `read`; `undefined`: there is none. Anything but a regular file in its place damages this run
 * alone.
 */
function withJournal<T>(path: string, read: (file: number, size: number) => T): T | undefined {
  let opened: ReturnType<typeof openRegular>;
  try {
    opened = openRegular(path, constants.O_RDONLY);
  } catch (error) {
    if (!(error instanceof FileError) || error.reason === "unreadable") throw error;
    if (error.reason === "absent") return undefined;
    throw new DamagedRun(`the journal ${path} cannot be read: it ${error.message}`);
  }
  try {
    return read(opened.file, opened.stats.size);
  } finally {
    closeSync(opened.file);
  }
}

/** Opens a journal for writing. A batch is one write(2) at the end of the file: this is enough to survive kill -9. */
export function openJournal(path: string, lease: FileLease) {
  const file = openAppend(path);
  let size = fstatSync(file).size;
  // The last line of a journal that this process did not create may be torn, so the first write starts with a newline.
  let startsFresh = lease.epoch > 1;
  const sync = groupedSync(file);
  // A power cut must not lose the lease and keep events of its epoch: the epoch would be taken again, and its events
  // would not count.
  let leaseOnDisk = lease.epoch === 1;
  return {
    append(events) {
      const lines = events.map((event) => JSON.stringify(event));
      // A line that no reader accepts would damage the run.
      if (lines.some((line) => line.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(line) > MAX_LINE_BYTES))
        return err({ reason: "io_error", message: `an event of more than ${MAX_LINE_BYTES} bytes cannot be written` });
      const written = writeAll(file, Buffer.from(`${startsFresh ? "\n" : ""}${lines.join("\n")}\n`), size, lease);
      if (!written.ok) return written;
      size += written.value;
      startsFresh = false;
      return ok(undefined);
    },
    async sync() {
      if (!leaseOnDisk) flushDirectory(dirname(path));
      leaseOnDisk = true;
      return sync.now();
    },
    close: () => void sync.idle().then(() => closeSync(file)),
  } satisfies Journal;
}

/**
 * Writes all or nothing. Undoes a partial write, but only while this process holds the lease and no other process has
 * written: truncating another process's events would be worse than a torn line.
 */
function writeAll(file: number, bytes: Buffer, before: number, lease: FileLease): Result<number, AppendFailure> {
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
        message: `a write to the journal failed halfway (${message}), and Baton could not undo it`,
      });
    }
    const advice = full
      ? "The disk is full, so Baton wrote nothing. Free some space; then the run continues by itself."
      : message;
    return err({ reason: full ? "disk_full" : "io_error", message: advice });
  }
}

function undoWrite(file: number, before: number, written: number, lease: FileLease): boolean {
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
 * One fdatasync for all callers that wait. A call during a running fdatasync needs another one, since the running one
 * may have started before the caller's write. A failure is final: the system may have dropped the data that it could
 * not write, and the next fdatasync would succeed without it.
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
    /** Resolves when no fdatasync runs. The file must not be closed before. */
    async idle(): Promise<void> {
      while (running) await running.catch(() => {});
    },
  };
}
