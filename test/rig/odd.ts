import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync } from "node:fs";

/** Unexpected things in the place of a file. Baton must not wait for them, follow them, or read them to the end. */
export const ODD: Readonly<Record<string, (path: string) => void>> = {
  "a pipe": (path) => void execFileSync("mkfifo", [path]),
  "a link to /dev/zero": (path) => symlinkSync("/dev/zero", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a directory": (path) => void mkdirSync(path),
  "a file that claims 3 TB": (path) => sparse(path, 3 * 1024 ** 4),
};

/** A file of any size that takes no space: all zeros, without a line break. */
export function sparse(path: string, size: number): void {
  const file = openSync(path, "a");
  ftruncateSync(file, size);
  closeSync(file);
}

/** Replaces the file at a path. */
export function replace(path: string, what: (path: string) => void): void {
  rmSync(path, { recursive: true, force: true });
  what(path);
}

export const odd = Object.entries(ODD);
