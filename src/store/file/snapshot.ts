import { join } from "node:path";
import type { Snapshot, Snapshots } from "../../model/contracts/store.ts";
import { JOURNAL_FORMAT } from "../../model/event.ts";
import { readTextFile } from "../../system/file.ts";
import { replaceFile } from "../../system/replace-file.ts";
import { journalBefore } from "./journal.ts";

/**
 * The number after the point is raised whenever the folded state changes its shape: a snapshot of another shape is as good as none. That
 * of a newer journal format is too, so that the journal itself gets to say so.
 */
const SNAPSHOT_FORMAT = `${JOURNAL_FORMAT}.4`;

/** Bytes: beyond this the journal is read instead. */
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

/**
 * A cache, and treated as one: what cannot be read is absent, what cannot be written is left out. After a power cut the snapshot may know
 * events that the journal has lost, and that went another way since; so it remembers what stood before its place.
 */
export function fileSnapshots(directoryOf: (id: string) => string): Snapshots {
  const journalOf = (id: string) => join(directoryOf(id), "journal.jsonl");
  return {
    get(id) {
      try {
        const { format, run, before, ...snapshot } = JSON.parse(
          readTextFile(join(directoryOf(id), "snapshot.json"), MAX_SNAPSHOT_BYTES),
        );
        if (format !== SNAPSHOT_FORMAT || run !== id) return undefined;
        const { offset } = (snapshot as Snapshot).position;
        return before !== undefined && before === journalBefore(journalOf(id), offset)
          ? (snapshot as Snapshot)
          : undefined;
      } catch {
        return undefined;
      }
    },
    put(id, snapshot) {
      try {
        const before = journalBefore(journalOf(id), snapshot.position.offset);
        const text = JSON.stringify({ format: SNAPSHOT_FORMAT, run: id, before, ...snapshot });
        replaceFile(join(directoryOf(id), "snapshot.json"), text);
      } catch {
        // A full disk: the journal holds everything.
      }
    },
  };
}
