import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Change, Read } from "../hosts/apply-edits.ts";
import type { EditConflict } from "../hosts/file-edit.ts";
import { readRegularFile } from "../system/file.ts";

/** A larger file is not taken for a settings file. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a text file without changing a byte. Fails on anything that is not valid UTF-8. An absent file gives
 * `undefined`.
 */
export const readText: Read = (path) => {
  const read = readRegularFile(path, MAX_FILE_BYTES, { follow: true });
  if ("reason" in read) {
    if (read.reason === "absent") return { ok: true, value: undefined };
    if (read.reason === "not_a_file") return unreadable("is not a file");
    return unreadable(read.reason === "too_large" ? read.message : `cannot be read: ${read.message}`);
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { ok: true, value: decoder.decode(read.bytes) };
  } catch (error) {
    return unreadable(`cannot be read: ${(error as Error).message}`);
  }
};

const unreadable = (message: string): { ok: false; error: EditConflict } => ({
  ok: false,
  error: { reason: "unreadable", message, hint: "Check the file and its permissions, then run this command again." },
});

/**
 * Makes a change if the file is still as it was when the change was shown. Returns the problem otherwise.
 * The write is atomic and keeps the file's mode. A symbolic link stays; its target changes.
 * Removing a file also removes directories that became empty, up to one of `roots`.
 */
export function makeChange({ path, before, after }: Change, roots: readonly string[]): string | undefined {
  const now = readText(path);
  if (!now.ok || now.value !== before) return `${path} changed after the change was shown; run this command again`;
  try {
    if (after === undefined) {
      rmSync(path);
      removeEmpty(dirname(path), roots);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      const target = existsSync(path) ? realpathSync(path) : path;
      const temporary = join(dirname(target), `.baton-${randomUUID()}`);
      try {
        writeFileSync(temporary, after, existsSync(target) ? { mode: statSync(target).mode } : {});
        renameSync(temporary, target);
      } finally {
        rmSync(temporary, { force: true });
      }
    }
    return undefined;
  } catch (error) {
    return `${path} could not be written: ${(error as Error).message}`;
  }
}

function removeEmpty(directory: string, roots: readonly string[]): void {
  if (roots.includes(directory) || readdirSync(directory).length > 0) return;
  rmdirSync(directory);
  removeEmpty(dirname(directory), roots);
}
