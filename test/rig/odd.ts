import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";

/** What may lie where a file is looked for: none of it may be waited for, followed, or read to its end. */
export const ODD: Readonly<Record<string, (path: string) => void>> = {
  "a pipe": (path) => void execFileSync("mkfifo", [path]),
  "a link to /dev/zero": (path) => symlinkSync("/dev/zero", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a directory": (path) => void mkdirSync(path),
  "a file that claims 3 TB": (path) => sparse(path, "3T"),
};

/** A file of any size that takes no space: all zeros, and no line end. */
export const sparse = (path: string, size: string): void => void execFileSync("truncate", ["-s", size, path]);

/** Puts something in the place of whatever is there. */
export function replace(path: string, what: (path: string) => void): void {
  rmSync(path, { recursive: true, force: true });
  what(path);
}

export const odd = Object.entries(ODD);
