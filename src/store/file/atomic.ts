import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes a directory appear with everything that `fill` puts into it, or not at all: beside its place first, then renamed. False: somebody
 * was faster. A directory that is not empty is never replaced by a rename, which holds on every file system; hard links do not exist on all.
 *
 * `durable`: it is on the disk itself when this returns. What `fill` writes into files, it must flush.
 */
export function appear(path: string, durable: boolean, fill: (directory: string) => void): boolean {
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
  try {
    mkdirSync(temporary, { mode: 0o700 });
    fill(temporary);
    if (durable) flush(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
  if (durable) flush(dirname(path));
  return true;
}

/** Puts a directory's entries on the disk itself: otherwise a power cut may leave a whole file that is in no directory. */
export function flush(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
