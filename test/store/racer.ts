import { createFileStore } from "../../src/store/file/index.ts";

/** Tries to take a lease; says whether it did, and then lives on until it is told otherwise. Arguments: directory, id, epoch. */
const [directory, id, epoch] = process.argv.slice(2) as [string, string, string];
const store = createFileStore({ directory, staleAfter: 15_000, now: Date.now });
process.stdout.write(store.acquire(id, Number(epoch)) ? "won\n" : "lost\n");
process.stdin.resume();
process.stdin.on("end", () => process.exit());
