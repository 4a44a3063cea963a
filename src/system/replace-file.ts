import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes a file whole or not at all: into a temporary beside it, then renamed. `flush`: the content reaches the disk
 * first.
 */
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
