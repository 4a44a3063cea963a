import { storeIn } from "../rig/store.ts";

/**
 * Waits for a line of input, then tries to acquire every epoch of a run up to the last, and to claim as many keys.
 * Prints the epochs that it got and the owner of each key. Arguments: directory, id, last epoch, fingerprint of its
 * claims.
 */
const [directory, id, last, fingerprint] = process.argv.slice(2) as [string, string, string, string];
const store = storeIn(directory);
process.stdin.once("data", () => {
  const taken: number[] = [];
  const keys: string[] = [];
  for (let epoch = 2; epoch <= Number(last); epoch++) {
    if (store.acquire(id, epoch)) taken.push(epoch);
    keys.push(store.keys.claim(`key ${epoch}`, { workflowId: id, fingerprint }).fingerprint);
  }
  process.stdout.write(JSON.stringify({ taken, keys }), () => process.exit());
});
process.stdout.write("ready\n");
