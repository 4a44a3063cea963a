import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ifThere } from "./if-exists.ts";

/** What is half-made at this age, in milliseconds, was left by a process that died making it: no write takes so long. */
const ABANDONED = 3_600_000;

/** Removes what processes that died left half-made in a directory: files and directories that were to be renamed once they were whole. */
export function sweep(directory: string, now: number): void {
  for (const name of ifThere(() => readdirSync(directory)) ?? []) {
    if (!name.startsWith(".tmp-")) continue;
    const path = join(directory, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - made > ABANDONED) rmSync(path, { recursive: true, force: true });
  }
}
