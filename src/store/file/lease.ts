import { randomUUID } from "node:crypto";
import {
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
import type { Holder, Lease, LeaseStatus } from "../../model/store.ts";
import { textOf } from "../../os/file.ts";
import { judge, ownIdentity } from "../../os/process.ts";

/**
 * Leases are files `lease.<epoch>` in a run's directory. Creating the next one exclusively is the only compare-and-swap there is; its
 * mtime is the holder's heartbeat. Lease files are never deleted: a frozen owner that wakes up asks for exactly the epoch after its own,
 * and must find it however many owners there have been since.
 */

/** Bytes of a lease: a few numbers and names. */
const LARGEST = 64 * 1024;

const pathOf = (directory: string, epoch: number): string => join(directory, `lease.${epoch}`);

/** Creates the lease of an epoch; `undefined` if somebody was faster. */
export function acquireLease(directory: string, epoch: number): Lease | undefined {
  const path = pathOf(directory, epoch);
  const holder = JSON.stringify(ownIdentity());
  if (epoch > 1) {
    // Without gaps: the owner before asks for the very next epoch to learn whether it still holds the run.
    if (!existsSync(pathOf(directory, epoch - 1))) return undefined;
    // Before the epoch is used up: on a full disk every try would leave an empty lease, and none may ever be deleted.
    probe(directory, holder);
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
function probe(directory: string, text: string): void {
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
  const held = () => !existsSync(next);
  const touch = (seconds: number) => {
    try {
      utimesSync(path, seconds, seconds);
    } catch (error) {
      // The run's directory was removed under us: there is nothing left to hold.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  };
  return {
    epoch,
    held,
    beat: () => touch(Date.now() / 1000),
    release() {
      if (held()) touch(0);
    },
  };
}

/** Who holds the run, as far as this process can tell. */
export function leaseStatus(directory: string, staleAfter: number, now: number): LeaseStatus {
  let epoch = 0;
  for (const name of readdirSync(directory)) {
    if (name.startsWith("lease.")) epoch = Math.max(epoch, Number(name.slice(6)) || 0);
  }
  if (epoch === 0) return { state: "free", epoch };
  const path = pathOf(directory, epoch);
  const lastBeat = Math.floor(statSync(path).mtimeMs);
  if (lastBeat === 0) return { state: "free", epoch };
  const holder = readHolder(path);
  const known = { epoch, lastBeat, ...(holder && { holder }) };
  // An empty lease is one whose holder is just writing it, or died doing so: time will tell.
  const verdict = holder ? judge(holder) : "unknown";
  if (verdict === "gone") return { state: "dead", ...known };
  return { state: now - lastBeat > staleAfter ? "stale" : "held", ...known };
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(textOf(path, LARGEST));
    return typeof holder === "object" && holder !== null && "pid" in holder ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
