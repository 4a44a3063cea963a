import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../src/model/contracts/store.ts";

export type Where = "before" | "middle" | "after" | "never";

const die = () => process.kill(process.pid, "SIGKILL");

/**
 * A store whose process dies by SIGKILL at a chosen write of any journal: `before` it, in the `middle` of it, or
 * `after` it, before any of its effects. Creating a child run or a fork is such a write, too.
 */
export function dying(store: Store, state: string, where: Where, which: number): Store {
  if (where === "never") return store;
  let writes = 0;
  return {
    ...store,
    create(id, definition, events) {
      const [first] = events;
      const later = first?.type === "run_created" && (first.parent ?? first.forkedFrom) !== undefined;
      const fatal = later && ++writes === which;
      if (fatal && where !== "after") die();
      const lease = store.create(id, definition, events);
      if (fatal) die();
      return lease;
    },
    journal(id, lease) {
      const journal = store.journal(id, lease);
      return {
        ...journal,
        append(events) {
          const fatal = ++writes === which;
          if (fatal && where === "before") die();
          if (fatal && where === "middle") {
            const text = events.map((event) => JSON.stringify(event)).join("\n");
            const journalFile = openSync(join(state, "runs", id, "journal.jsonl"), "a");
            writeSync(journalFile, text.slice(0, Math.floor(text.length / 2)));
            closeSync(journalFile);
            die();
          }
          const written = journal.append(events);
          if (fatal && where === "after") die();
          return written;
        },
      };
    },
  };
}
