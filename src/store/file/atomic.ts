import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { flushDirectory, ifExists } from "./fs.ts";

/**
 * The age of an abandoned temporary, in milliseconds. No write takes this long, so the process that made it has died.
 */
const MAX_TEMPORARY_AGE_MS = 3_600_000;

/**
 * Creates a directory with everything that `fill` puts into it, or not at all: fills a temporary beside it, then
 * renames that. Returns false if another process was faster. A rename never replaces a directory that is not empty;
 * this holds on every file system, while hard links do not exist on all.
 *
 * `durable`: the directory is on the disk when this returns. `fill` must flush the files that it writes.
 */
export function createDirectoryWhole(path: string, durable: boolean, fill: (directory: string) => void): boolean {
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
  try {
    mkdirSync(temporary, { mode: 0o700 });
    fill(temporary);
    if (durable) flushDirectory(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
  if (durable) flushDirectory(dirname(path));
  return true;
}

/** Removes the temporary files and directories that killed processes left in a directory. */
export function sweepTemporaries(directory: string, now: number): void {
  for (const name of ifExists(() => readdirSync(directory)) ?? []) {
    if (!name.startsWith(".tmp-")) continue;
    const path = join(directory, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - made > MAX_TEMPORARY_AGE_MS) rmSync(path, { recursive: true, force: true });
  }
}
