import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalEvent } from "../../src/model/event.ts";
import { storeIn } from "../rig/store.ts";

/**
 * Takes a run's lease, appends until the disk is full, and prints each result. `meanwhile` says what happens between
 * the first, small append and the second, which does not fit. `alone`: nothing; `foreign`: a frozen owner wakes up and
 * writes; `taken`: another process takes the run. Arguments: directory, id, meanwhile.
 */
const [directory, id, meanwhile] = process.argv.slice(2) as [string, string, "alone" | "foreign" | "taken"];
const run = join(directory, "runs", id);
const store = storeIn(directory);
const journal = store.journal(id, store.acquire(id, 2)!);
const event = (pid: number): JournalEvent => ({ at: 2_000_000, epoch: 2, type: "lease_taken", pid });

const small = journal.append([event(1)]);
if (meanwhile === "foreign")
  appendFileSync(join(run, "journal.jsonl"), `${JSON.stringify({ ...event(2), epoch: 1 })}\n`);
if (meanwhile === "taken") writeFileSync(join(run, "lease.3"), "{}");
const large = journal.append(Array.from({ length: 1000 }, (_, n) => event(1000 + n)));
const after = large.ok || large.error.reason !== "lost" ? journal.append([event(3)]) : undefined;
process.stdout.write(JSON.stringify({ small, large, after }));
