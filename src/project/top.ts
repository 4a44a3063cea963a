import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ProjectTop } from "./checks.ts";

/** Manifests beyond this are not read. */
const LARGEST = 1024 * 1024;

/** The top of the project at a directory, read when asked. What cannot be read is not there. */
export function projectTop(directory: string): ProjectTop {
  return {
    names: new Set(quietly(() => readdirSync(directory)) ?? []),
    read: (name) =>
      quietly(() => {
        const path = join(directory, name);
        const stats = statSync(path);
        return stats.isFile() && stats.size <= LARGEST ? readFileSync(path, "utf8") : undefined;
      }),
  };
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
