import { storeIn } from "../rig/store.ts";

/**
 * Tries to acquire a lease, prints the result, then lives until its input ends, or with `stay` until it is killed.
 * Arguments: directory, id, epoch, and optionally `stay`.
 */
const [directory, id, epoch, stay] = process.argv.slice(2) as [string, string, string, string?];
const store = storeIn(directory);
process.stdout.write(store.acquire(id, Number(epoch)) ? "won\n" : "lost\n");
if (stay) setInterval(() => {}, 60_000);
else process.stdin.resume().on("end", () => process.exit());
