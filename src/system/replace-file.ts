import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file so that it is there whole or not at all: beside it first, then renamed. `flush`: its content is on the disk before its name is. */
export function replaceFile(path: string, text: string, { flush = false } = {}): void {
  const temporary = join(dirname(path), `.tmp-${randomUUID()}`);
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
