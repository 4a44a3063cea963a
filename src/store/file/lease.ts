import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  futimesSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Holder, type Lease, type LeaseStatus, MAX_UNDECIDED_OWNERS } from "../../model/contracts/store.ts";
import { readTextFile } from "../../system/file.ts";
import { holderLiveness, ownIdentity } from "../../system/process.ts";

/**
 * Leases are files `lease.<epoch>` in a run's directory.
 * - Creating the next one exclusively is the only compare-and-swap. Its mtime is the holder's heartbeat.
 * - Lease files are never deleted. A frozen owner that wakes up looks for exactly the epoch after its own, and must
 *   find it after any number of later owners.
 * - The first line names the holder. A second line is its mark: its first decision about the run has ended.
 */

/**
 * The format of a lease file. From 2 on, holders mark their leases; a lease of format 1 tells nothing about decisions.
 */
const LEASE_FORMAT = 2;
const LEASE_NAME = /^lease\.(\d{1,9})$/;
const MARK = "\ndecided\n";
/** A holder whose process lives may only be busy. Its heartbeat may be older by this factor. */
const LIVE_HOLDER_FACTOR = 4;
/** The largest lease file that is read, in bytes: it holds a few numbers and names. */
const MAX_LEASE_BYTES = 64 * 1024;

const pathOf = (directory: string, epoch: number): string => join(directory, `lease.${epoch}`);

/** Creates the lease of an epoch; `undefined` if another process was faster. */
export function acquireLease(directory: string, epoch: number, now: () => number): FileLease | undefined {
  const path = pathOf(directory, epoch);
  const holder = JSON.stringify({ format: LEASE_FORMAT, ...ownIdentity() });
  if (epoch > 1) {
    // Epochs have no gaps: the previous owner looks for exactly the next epoch to learn whether it still holds the run.
    if (!existsSync(pathOf(directory, epoch - 1))) return undefined;
    // The probe comes before the epoch is used up: on a full disk, every try would leave an empty lease forever.
    probeSpace(directory, holder);
  }
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
  try {
    writeSync(file, holder);
  } catch (error) {
    // The disk became full after the probe. The epoch is used up, but mtime 0 releases it at once.
    futimesSync(file, 0, 0);
    throw error;
  } finally {
    closeSync(file);
  }
  return leaseOf(directory, epoch, now);
}

/** Throws if the disk has no space for a small file. */
function probeSpace(directory: string, text: string): void {
  const temporary = join(directory, `.tmp-${randomUUID()}`);
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The handle of a lease that this process holds. */
export function leaseOf(directory: string, epoch: number, now: () => number) {
  const path = pathOf(directory, epoch);
  const next = pathOf(directory, epoch + 1);
  let gone = false;
  const held = () => !gone && !existsSync(next);
  const touch = (seconds: number) => {
    try {
      utimesSync(path, seconds, seconds);
    } catch (error) {
      // The run's directory was removed, so the lease is gone, too.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      gone = true;
    }
  };
  return {
    epoch,
    held,
    beat: () => touch(now() / 1000),
    mark() {
      try {
        appendFileSync(path, MARK);
        return true;
      } catch {
        return false;
      }
    },
    release() {
      if (held()) touch(0);
    },
  } satisfies Lease;
}

export type FileLease = ReturnType<typeof leaseOf>;

/** What this process needs to judge the leases of others, and what it has seen of them. */
export interface LeaseObserver {
  /** How long a holder whose process cannot be checked may go without a heartbeat, in milliseconds. */
  readonly staleAfter: number;
  readonly now: () => number;
  readonly elapsed: () => number;
  /** Heartbeats that were too old when this process first saw them, and when that was (`elapsed`), by lease path. */
  readonly oldBeats: Map<string, { readonly lastBeat: number; readonly since: number }>;
}

/** The status of a run's latest lease, as far as this process can tell. */
export function leaseStatus(directory: string, observer: LeaseObserver): LeaseStatus {
  let epoch = 0;
  for (const name of readdirSync(directory)) {
    const [, number] = LEASE_NAME.exec(name) ?? [];
    if (number !== undefined) epoch = Math.max(epoch, Number(number));
  }
  if (epoch === 0) return { state: "free", epoch };
  const path = pathOf(directory, epoch);
  const lastBeat = Math.floor(statSync(path).mtimeMs);
  if (lastBeat === 0) return { state: "free", epoch };
  const { holder } = readLease(path);
  const known = { epoch, lastBeat, ...(holder && { holder }) };
  // The holder of an empty lease is writing it, or died while it did. Only the age of the heartbeat can tell.
  const verdict = holder ? holderLiveness(holder) : "unknown";
  const state = verdict === "gone" ? "dead" : isStale(path, lastBeat, verdict === "alive", observer) ? "stale" : "held";
  if (state === "held") return { state, ...known };
  const undecided = countUndecided(directory, epoch);
  return { state, ...known, ...(undecided > 0 && { undecided }) };
}

/**
 * Whether a heartbeat is too old. A living process may only be busy. After the clock was set or the machine slept, its
 * heartbeat looks old until the next one. So a living process has more time, and is stale only at a second look.
 */
function isStale(
  path: string,
  lastBeat: number,
  alive: boolean,
  { staleAfter, now, elapsed, oldBeats }: LeaseObserver,
): boolean {
  if (now() - lastBeat <= (alive ? LIVE_HOLDER_FACTOR : 1) * staleAfter) {
    oldBeats.delete(path);
    return false;
  }
  if (!alive) return true;
  const seen = oldBeats.get(path);
  if (seen?.lastBeat === lastBeat) return elapsed() - seen.since >= staleAfter / LIVE_HOLDER_FACTOR;
  oldBeats.set(path, { lastBeat, since: elapsed() });
  return false;
}

/** How many leases in a row, up to `epoch`, were neither marked nor released. */
function countUndecided(directory: string, epoch: number): number {
  let count = 0;
  while (count < MAX_UNDECIDED_OWNERS && epoch - count > 0) {
    const path = pathOf(directory, epoch - count);
    const { holder, format, marked } = readLease(path);
    if (!holder || format < LEASE_FORMAT || marked || statSync(path, { throwIfNoEntry: false })?.mtimeMs === 0) break;
    count++;
  }
  return count;
}

function readLease(path: string): { holder?: Holder; format: number; marked: boolean } {
  try {
    const [first = "", ...rest] = readTextFile(path, MAX_LEASE_BYTES).split("\n");
    const { format = 1, ...holder } = JSON.parse(first) as Holder & { format?: number };
    return { format, marked: rest.length > 0, ...(Number.isInteger(holder.pid) && { holder }) };
  } catch {
    return { format: 0, marked: false };
  }
}
