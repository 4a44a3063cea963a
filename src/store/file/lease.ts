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
import { type Holder, type Lease, type LeaseStatus, UNDECIDED } from "../../model/contracts/store.ts";
import { readTextFile } from "../../system/file.ts";
import { holderLiveness, ownIdentity } from "../../system/process.ts";

/**
 * Leases are files `lease.<epoch>` in a run's directory. Creating the next one exclusively is the only compare-and-swap there is; its
 * mtime is the holder's heartbeat. Lease files are never deleted: a frozen owner that wakes up asks for exactly the epoch after its own,
 * and must find it however many owners there have been since. The first line names the holder; a second one is its mark: its first decision
 * about the run has ended.
 */

/** Of a lease file. 2: its holder marks it. Those before say nothing of decisions. */
const LEASE_FORMAT = 2;
const LEASE_NAME = /^lease\.(\d{1,9})$/;
const MARK = "\ndecided\n";
/** A holder whose process is seen to live may be busy: it has so many times longer. */
const LIVE_HOLDER_FACTOR = 4;
/** Bytes of a lease: a few numbers and names. */
const MAX_LEASE_BYTES = 64 * 1024;

const pathOf = (directory: string, epoch: number): string => join(directory, `lease.${epoch}`);

/** Creates the lease of an epoch; `undefined` if somebody was faster. */
export function acquireLease(directory: string, epoch: number): Lease | undefined {
  const path = pathOf(directory, epoch);
  const holder = JSON.stringify({ format: LEASE_FORMAT, ...ownIdentity() });
  if (epoch > 1) {
    // Without gaps: the owner before asks for the very next epoch to learn whether it still holds the run.
    if (!existsSync(pathOf(directory, epoch - 1))) return undefined;
    // Before the epoch is used up: on a full disk every try would leave an empty lease, and none may ever be deleted.
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
    // Full since a moment ago: the epoch is used up, but nobody has to wait for it.
    futimesSync(file, 0, 0);
    throw error;
  } finally {
    closeSync(file);
  }
  return leaseOf(directory, epoch);
}

/** Throws if there is no space for a small file. */
function probeSpace(directory: string, text: string): void {
  const temporary = join(directory, `.tmp-${randomUUID()}`);
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The handle of a lease that this process has. */
export function leaseOf(directory: string, epoch: number): Lease {
  const path = pathOf(directory, epoch);
  const next = pathOf(directory, epoch + 1);
  let gone = false;
  const held = () => !gone && !existsSync(next);
  const touch = (seconds: number) => {
    try {
      utimesSync(path, seconds, seconds);
    } catch (error) {
      // The run's directory was removed under us: there is nothing left to hold.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      gone = true;
    }
  };
  return {
    epoch,
    held,
    beat: () => touch(Date.now() / 1000),
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
  };
}

/** What a process knows of others' leases, by how long it has looked at them. */
export interface LeaseObserver {
  /** Milliseconds without a heartbeat after which a holder that cannot be looked at is taken for dead. */
  readonly staleAfter: number;
  readonly now: () => number;
  readonly elapsed: () => number;
  /** Heartbeats that were too old when they were first seen, and when that was. */
  readonly oldBeats: Map<string, { readonly lastBeat: number; readonly since: number }>;
}

/** Who holds the run, as far as this process can tell. */
export function leaseStatus(directory: string, judging: LeaseObserver): LeaseStatus {
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
  // An empty lease is one whose holder is just writing it, or died doing so: time will tell.
  const verdict = holder ? holderLiveness(holder) : "unknown";
  const state = verdict === "gone" ? "dead" : isStale(path, lastBeat, verdict === "alive", judging) ? "stale" : "held";
  if (state === "held") return { state, ...known };
  const undecided = countUndecided(directory, epoch);
  return { state, ...known, ...(undecided > 0 && { undecided }) };
}

/**
 * A process that is seen to live may only be busy; and after the clock was set, or the machine slept, its heartbeat looks old until it next
 * beats. So it has longer, and is looked at twice.
 */
function isStale(
  path: string,
  lastBeat: number,
  alive: boolean,
  { staleAfter, now, elapsed, oldBeats: old }: LeaseObserver,
): boolean {
  if (now() - lastBeat <= (alive ? LIVE_HOLDER_FACTOR : 1) * staleAfter) {
    old.delete(path);
    return false;
  }
  if (!alive) return true;
  const seen = old.get(path);
  if (seen?.lastBeat === lastBeat) return elapsed() - seen.since >= staleAfter / LIVE_HOLDER_FACTOR;
  old.set(path, { lastBeat, since: elapsed() });
  return false;
}

/** How many of the leases up to one were neither marked nor given back. */
function countUndecided(directory: string, epoch: number): number {
  let count = 0;
  while (count < UNDECIDED && epoch - count > 0) {
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
