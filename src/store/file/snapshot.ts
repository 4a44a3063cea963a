import { join } from "node:path";
import type { Snapshot, Snapshots } from "../../model/contracts/store.ts";
import { JOURNAL_FORMAT } from "../../model/event.ts";
import { readTextFile } from "../../system/file.ts";
import { replaceFile } from "../../system/replace-file.ts";
import { journalBefore } from "./journal.ts";

/**
 * Raise the number after the point whenever the shape of the folded state changes: Baton ignores a snapshot of another
 * shape. It also ignores one of a newer journal format, so that the journal itself reports that format.
 */
const SNAPSHOT_FORMAT = `${JOURNAL_FORMAT}.5`;

/** The largest snapshot that is read, in bytes. Instead of a larger one, the whole journal is read. */
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

/**
 * Snapshots are only a cache. An unreadable one counts as absent, and a failed write is ignored. After a power cut, a
 * snapshot may contain events that the journal has lost, and the journal may have continued differently. So a snapshot
 * stores the bytes before its position, and is valid only if they still match.
 */
export function fileSnapshots(directoryOf: (id: string) => string) {
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
        // For example a full disk. The journal holds everything.
      }
    },
  } satisfies Snapshots;
}
