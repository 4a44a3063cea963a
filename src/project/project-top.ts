import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readRegularFile } from "../system/file.ts";
import type { ProjectTop } from "./detect-checks.ts";

/** The largest manifest that is read, in bytes. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** The top directory of a project. Files are read on demand; a file that cannot be read counts as missing. */
export function projectTop(directory: string): ProjectTop {
  return {
    names: new Set(quietly(() => readdirSync(directory)) ?? []),
    read(name) {
      // In repositories with several projects, manifests may be links.
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
