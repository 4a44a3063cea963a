import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot, Snapshots } from "../../model/store.ts";
import { journalSize } from "./journal.ts";
import { replaceFile } from "./replace.ts";

/** Raised whenever the folded state changes its shape: a snapshot of another shape is as good as none. */
const SNAPSHOT_FORMAT = 1;

/** A cache, and treated as one: what cannot be read is absent, what cannot be written is left out. */
export function fileSnapshots(directoryOf: (id: string) => string): Snapshots {
  return {
    get(id) {
      try {
        const { format, run, ...snapshot } = JSON.parse(readFileSync(join(directoryOf(id), "snapshot.json"), "utf8"));
        if (format !== SNAPSHOT_FORMAT || run !== id) return undefined;
        const { position } = snapshot as Snapshot;
        return position.offset <= journalSize(join(directoryOf(id), "journal.jsonl"))
          ? (snapshot as Snapshot)
          : undefined;
      } catch {
        return undefined;
      }
    },
    put(id, snapshot) {
      try {
        replaceFile(
          join(directoryOf(id), "snapshot.json"),
          JSON.stringify({ format: SNAPSHOT_FORMAT, run: id, ...snapshot }),
        );
      } catch {
        // A full disk: the journal holds everything.
      }
    },
  };
}
