import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Keys } from "../../model/contracts/store.ts";
import { readTextFile } from "../../system/file.ts";
import { appear } from "./atomic.ts";
import { ensureDirectory } from "./ensure-directory.ts";
import { ifThere } from "./if-exists.ts";

/** Bytes of a claim, with the longest key there may be. */
const LARGEST = 64 * 1024;

type Claim = ReturnType<Keys["claim"]>;

/**
 * A directory a key, named by its hash, with the claim in it. It appears with its content at once, so whoever finds it can read it. Always on
 * the disk itself: a claim that a power cut made unreadable would keep its key from being used ever again.
 */
export function fileKeys(state: string, marked: () => void): Keys {
  const nameOf = (key: string) => createHash("sha256").update(key).digest("hex");
  const read = (path: string) => JSON.parse(readTextFile(join(path, "claim.json"), LARGEST)) as Claim;
  return {
    find: (key) => ifThere(() => read(join(state, "keys", nameOf(key))))?.workflowId,
    claim(key, claim) {
      const path = join(ensureDirectory(state, "keys", marked), nameOf(key));
      const first = appear(path, true, (directory) => {
        writeFileSync(join(directory, "claim.json"), JSON.stringify({ key, ...claim }), { mode: 0o600, flush: true });
      });
      if (first) return claim;
      const { workflowId, fingerprint } = read(path);
      return { workflowId, fingerprint };
    },
  };
}
