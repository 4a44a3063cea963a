import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, symlinkSync } from "node:fs";

/** What may lie where a file is looked for: none of it may be waited for, followed, or read to its end. */
export const ODD: Readonly<Record<string, (path: string) => void>> = {
  "a pipe": (path) => void execFileSync("mkfifo", [path]),
  "a link to /dev/zero": (path) => symlinkSync("/dev/zero", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a directory": (path) => void mkdirSync(path),
  "a file that claims 3 TB": (path) => sparse(path, 3 * 1024 ** 4),
};

/** A file of any size that takes no space: all zeros, and no line end. */
export function sparse(path: string, size: number): void {
  const file = openSync(path, "a");
  ftruncateSync(file, size);
  closeSync(file);
}

/** Puts something in the place of whatever is there. */
export function replace(path: string, what: (path: string) => void): void {
  rmSync(path, { recursive: true, force: true });
  what(path);
}

export const odd = Object.entries(ODD);
