import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readRegularFile } from "../system/file.ts";
import type { ProjectTop } from "./detect-checks.ts";

/** Manifests beyond this are not read. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** The top of the project at a directory, read when asked. What cannot be read is not there. */
export function projectTop(directory: string): ProjectTop {
  return {
    names: new Set(quietly(() => readdirSync(directory)) ?? []),
    read(name) {
      // Manifests may be links, in repositories that hold several projects.
      const read = readRegularFile(join(directory, name), MAX_MANIFEST_BYTES, { follow: true });
      return "bytes" in read ? read.bytes.toString("utf8") : undefined;
    },
  };
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
