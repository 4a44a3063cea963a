import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The result of a read of the file system, or `undefined` if the path does not exist. Throws every other error. */
export function ifExists<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Creates a directory inside the state directory, and the state directory itself if it does not exist. Both are private
 * to the user. Returns the path. New directories are flushed to the disk: else a power cut could lose them, with
 * everything that `durability: power` keeps inside.
 * @param onStateCreated called after the state directory was created, to mark it as this user's
 */
export function ensureDirectory(state: string, name: string, onStateCreated: () => void): string {
  const directory = join(state, name);
  if (existsSync(directory)) return directory;
  const made = mkdirSync(state, { recursive: true, mode: 0o700 });
  // State is never source code, so git ignores it. An existing directory is not Baton's to mark.
  if (made !== undefined) {
    writeFileSync(join(state, ".gitignore"), "*\n", { mode: 0o600 });
    onStateCreated();
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  flushDirectory(state);
  if (made !== undefined) for (let at = state; at !== dirname(made); at = dirname(at)) flushDirectory(dirname(at));
  return directory;
}

/**
 * Flushes a directory's entries to the disk. Without it, a power cut may leave a whole file that no directory lists.
 */
export function flushDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
