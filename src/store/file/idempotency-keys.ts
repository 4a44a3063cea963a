import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Keys } from "../../model/contracts/store.ts";
import { readTextFile } from "../../system/file.ts";
import { createDirectoryWhole } from "./atomic.ts";
import { ensureDirectory, ifExists } from "./fs.ts";

/** Bytes of a claim, with the longest key there may be. */
const MAX_CLAIM_BYTES = 64 * 1024;

type Claim = ReturnType<Keys["claim"]>;

/**
 * A directory a key, named by its hash, with the claim in it. It appears with its content at once, so whoever finds it can read it. Always on
 * the disk itself: a claim that a power cut made unreadable would keep its key from being used ever again.
 */
export function fileKeys(state: string, marked: () => void): Keys {
  const nameOf = (key: string) => createHash("sha256").update(key).digest("hex");
  const read = (path: string) => JSON.parse(readTextFile(join(path, "claim.json"), MAX_CLAIM_BYTES)) as Claim;
  return {
    find: (key) => ifExists(() => read(join(state, "keys", nameOf(key))))?.workflowId,
    claim(key, claim) {
      const path = join(ensureDirectory(state, "keys", marked), nameOf(key));
      const first = createDirectoryWhole(path, true, (directory) => {
        writeFileSync(join(directory, "claim.json"), JSON.stringify({ key, ...claim }), { mode: 0o600, flush: true });
      });
      if (first) return claim;
      const { workflowId, fingerprint } = read(path);
      return { workflowId, fingerprint };
    },
  };
}
