import { createHash, randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Keys } from "../../model/store.ts";
import { makeRoom } from "./room.ts";

type Claim = ReturnType<Keys["claim"]>;

/** One file a key, named by its hash. It appears with its content at once (link), so whoever finds it can read it. */
export function fileKeys(state: string): Keys {
  return {
    claim(key, claim) {
      const directory = makeRoom(state, "keys");
      const path = join(directory, `${createHash("sha256").update(key).digest("hex")}.json`);
      const temporary = join(directory, `.tmp-${randomUUID()}`);
      try {
        writeFileSync(temporary, JSON.stringify({ key, ...claim }), { mode: 0o600 });
        linkSync(temporary, path);
        return claim;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const { workflowId, fingerprint } = JSON.parse(readFileSync(path, "utf8")) as Claim;
        return { workflowId, fingerprint };
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}
