import { createFileStore } from "../../src/store/file/index.ts";

/** Appends events until it may not any more, and says how that went. Arguments: directory, id. */
const [directory, id] = process.argv.slice(2) as [string, string];
const store = createFileStore({ directory, staleAfter: 15_000, now: Date.now });
const lease = store.acquire(id, 2)!;
const journal = store.journal(id, lease);
let appended = 0;
for (;;) {
  const written = journal.append([{ at: 2_000_000 + appended, epoch: 2, type: "lease_taken", pid: appended }]);
  if (!written.ok) {
    process.stdout.write(JSON.stringify({ appended, ...written.error }));
    break;
  }
  appended++;
}
