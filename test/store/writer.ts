import type { JournalEvent } from "../../src/model/event.ts";
import { storeIn } from "../rig/store.ts";

/**
 * Acquires an epoch and waits for a line of input. Then writes batches of three events under it, even if another
 * process took the run meanwhile, as a frozen owner does that wakes up. Arguments: directory, id, epoch, batches.
 */
const [directory, id, epoch, batches] = process.argv.slice(2) as [string, string, string, string];
const store = storeIn(directory);
const journal = store.journal(id, store.acquire(id, Number(epoch))!);
const event = (attempt: number): JournalEvent => ({
  at: 2_000_000,
  epoch: Number(epoch),
  type: "step_started",
  // Long enough that a write spans several pages.
  step: "s".repeat(3000),
  attempt,
});
process.stdin.once("data", () => {
  for (let n = 0; n < Number(batches); n++) journal.append([event(3 * n + 1), event(3 * n + 2), event(3 * n + 3)]);
  process.exit();
});
process.stdout.write("ready\n");
