import { closeSync, openSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createBaton } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { FINAL_RUN_STATUSES } from "../../src/model/run.ts";
import type { Store } from "../../src/model/store.ts";
import { perform } from "../../src/operations/define.ts";
import { operations } from "../../src/operations/index.ts";
import { createFileStore } from "../../src/store/file/index.ts";

/**
 * A process that owns runs and dies by SIGKILL at a chosen write of its journal: `before` it, in the `middle` of it, or `after` it, which
 * is before any of its effects. Arguments: state directory, workflow file or "-" for none, where, which write.
 */
const [state, file, where, which] = process.argv.slice(2) as [
  string,
  string,
  "before" | "middle" | "after" | "never",
  string,
];

const die = () => process.kill(process.pid, "SIGKILL");

function dying(store: Store): Store {
  let writes = 0;
  return {
    ...store,
    journal(id, lease) {
      const journal = store.journal(id, lease);
      return {
        ...journal,
        append(events) {
          const fatal = ++writes === Number(which);
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

async function main() {
  const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
  const store = createFileStore({ directory: state, staleAfter: config.staleAfter, now: Date.now });
  const baton = createBaton({ ...config, maxParallel: 3 }, "serve", {
    environment: process.env,
    version: "test",
    self: [],
    store: where === "never" ? store : dying(store),
  });
  let id = store.list()[0];
  if (id === undefined) {
    const started = await perform(operations["run.execute"], { file }, baton);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    id = (started.value as { workflowId: string }).workflowId;
  }
  baton.watch();
  for (let rev = -1; ; ) {
    const { state } = baton.engine.look(id)!;
    if (FINAL_RUN_STATUSES.has(state.status)) break;
    rev = state.rev;
    await baton.engine.changed(id, rev, 10_000);
  }
  baton.leave();
}

void main();
