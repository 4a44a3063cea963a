import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a directory in the state directory, and that one if need be: private to its user. Returns its path.
 * @param marked told when the state directory was made, to mark it as this user's
 */
export function makeRoom(state: string, name: string, marked: () => void): string {
  const room = join(state, name);
  if (existsSync(room)) return room;
  const made = mkdirSync(state, { recursive: true, mode: 0o700 }) !== undefined;
  // State is nobody's source code; but a directory that was there before is not ours to mark.
  if (made) {
    writeFileSync(join(state, ".gitignore"), "*\n", { mode: 0o600 });
    marked();
  }
  mkdirSync(room, { recursive: true, mode: 0o700 });
  return room;
}
