import { storeIn } from "../rig/store.ts";

/**
 * Goes for every epoch of a run up to the last one, and for as many keys, once its input says so; tells which epochs it took and who has each
 * key. Arguments: directory, id, last epoch, the fingerprint that it claims with.
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
