import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IdempotencyKeys, KeyClaim } from "../../model/contracts/store.ts";
import { readTextFile } from "../../system/file.ts";
import { createDirectoryWhole } from "./atomic.ts";
import { ensureDirectory, ifExists } from "./fs.ts";

/** The largest claim file, in bytes: enough for the longest key. */
const MAX_CLAIM_BYTES = 64 * 1024;

/**
 * One directory per key, named by the key's hash, with the claim in it. It appears together with its content, so a
 * process that finds it can read it. A claim is always flushed: if a power cut made it unreadable, its key could never
 * be used again.
 */
export function fileKeys(state: string, onStateCreated: () => void) {
  const nameOf = (key: string) => createHash("sha256").update(key).digest("hex");
  const read = (path: string) => JSON.parse(readTextFile(join(path, "claim.json"), MAX_CLAIM_BYTES)) as KeyClaim;
  return {
    find: (key: string) => ifExists(() => read(join(state, "keys", nameOf(key))))?.workflowId,
    claim(key: string, claim: KeyClaim): KeyClaim {
      const path = join(ensureDirectory(state, "keys", onStateCreated), nameOf(key));
      const first = createDirectoryWhole(path, true, (directory) => {
        writeFileSync(join(directory, "claim.json"), JSON.stringify({ key, ...claim }), { mode: 0o600, flush: true });
      });
      if (first) return claim;
      const { workflowId, fingerprint } = read(path);
      return { workflowId, fingerprint };
    },
  } satisfies IdempotencyKeys;
}
