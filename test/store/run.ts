import { join } from "node:path";
import { scratch } from "../rig/baton.ts";
import { created } from "../rig/rules/workflow.ts";
import { storeIn } from "../rig/store.ts";
import { definition, ID } from "../suites/store.suite.ts";

export const open = (directory = join(scratch(), "state"), rest: { elapsed?: () => number } = {}) =>
  storeIn(directory, rest);

/** A store with one run, and the paths of its files. */
export function withRun() {
  const directory = join(scratch(), "state");
  const store = open(directory);
  const lease = store.create(ID, definition(), [created()])!;
  const run = join(directory, "runs", ID);
  return { directory, store, lease, run, journal: join(run, "journal.jsonl") };
}

/** Waits for a condition that another process brings about, up to the time limit of the test. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
