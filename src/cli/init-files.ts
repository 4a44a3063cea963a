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

/** Nobody's settings are that large; what is, is something else. */
const LARGEST = 4 * 1024 * 1024;

/** The text of a file, byte for byte: what is no UTF-8 is not taken for text. */
export const readText: Read = (path) => {
  const read = readRegularFile(path, LARGEST, { follow: true });
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
  error: { reason: "unreadable", message, hint: "Look at it, and call this again." },
});

/**
 * Makes a change, if the file is still as it was when the change was shown; otherwise says so. A file appears whole; a link stays one, and
 * what it leads to is changed; the rights of a file stay. Directories that are empty afterwards go, up to one of `roots`.
 */
export function makeChange({ path, before, after }: Change, roots: readonly string[]): string | undefined {
  const now = readText(path);
  if (!now.ok || now.value !== before) return `${path} has changed since it was looked at; call this again`;
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
