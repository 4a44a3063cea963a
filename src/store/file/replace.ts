import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file so that it is there whole or not at all: beside it first, then renamed. */
export function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
