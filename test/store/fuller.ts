import { appendFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { START } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { created } from "../rig/rules/workflow.ts";
import { storeIn } from "../rig/store.ts";

/**
 * Uses the store on a full file system, and again once it has space; prints the results. Argument: a directory on a
 * tiny file system.
 */
const space = process.argv[2]!;
const directory = join(space, "state");
const id = "wf_0123456789";
const store = storeIn(directory);
const definition = { workflow: { name: "n", steps: [], dependencies: [], context: {} }, parameters: {}, context: {} };
const event = (pid: number): JournalEvent => ({ at: 2_000_000, epoch: 1, type: "lease_taken", pid });
const outcome = (act: () => unknown) => {
  try {
    act();
    return "done";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};
const files = () => readdirSync(directory, { recursive: true, encoding: "utf8" });

const journal = store.journal(id, store.create(id, definition, [created()])!);
store.keys.claim("first", { workflowId: id, fingerprint: "f" });
const before = new Set(files());
const filler = join(space, "filler");
while (outcome(() => appendFileSync(filler, Buffer.alloc(512))) === "done");

// Part of it fits into the last block of the journal.
const full = journal.append(Array.from({ length: 1000 }, (_, n) => event(n)));
const tried = {
  create: outcome(() => store.create("wf_1111111111", definition, [created()])),
  put: outcome(() => store.inbox.put(id, { id: "m1", action: "pause" })),
  claim: outcome(() => store.keys.claim("second", { workflowId: id, fingerprint: "f" })),
  snapshot: outcome(() => store.snapshots.put(id, { position: START, state: 1 })),
  acquire: outcome(() => store.acquire(id, 2)),
};
const left = files().filter((name) => !before.has(name));
const lease = store.lease(id);
rmSync(filler);
const again = journal.append([event(1)]);
process.stdout.write(
  JSON.stringify({ full, tried, left, lease, again, read: store.read(id, START), list: store.list() }),
);
