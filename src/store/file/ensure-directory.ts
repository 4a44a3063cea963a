import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { flush } from "./atomic.ts";

/**
 * Makes a directory in the state directory, and that one if need be: private to its user. Returns its path. What was made is on the disk itself:
 * what `durability: power` keeps in it would be lost with it.
 * @param marked told when the state directory was made, to mark it as this user's
 */
export function ensureDirectory(state: string, name: string, marked: () => void): string {
  const room = join(state, name);
  if (existsSync(room)) return room;
  const made = mkdirSync(state, { recursive: true, mode: 0o700 });
  // State is nobody's source code; but a directory that was there before is not ours to mark.
  if (made !== undefined) {
    writeFileSync(join(state, ".gitignore"), "*\n", { mode: 0o600 });
    marked();
  }
  mkdirSync(room, { recursive: true, mode: 0o700 });
  flush(state);
  if (made !== undefined) for (let at = state; at !== dirname(made); at = dirname(at)) flush(dirname(at));
  return room;
}
