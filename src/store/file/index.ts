import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DamagedRun, type Store } from "../../model/contracts/store.ts";
import { Definition } from "../../model/definition.ts";
import type { JournalEvent } from "../../model/event.ts";
import { RUN_ID } from "../../model/ids.ts";
import type { Trust } from "../../model/trust.ts";
import { readTextFile } from "../../system/file.ts";
import { replaceFile } from "../../system/replace-file.ts";
import { createDirectoryWhole, sweepTemporaries } from "./atomic.ts";
import { ensureDirectory, ifExists } from "./fs.ts";
import { fileKeys } from "./idempotency-keys.ts";
import { fileInbox } from "./inbox.ts";
import { journalSize, openJournal, readJournal } from "./journal.ts";
import { acquireLease, type FileLease, type LeaseObserver, leaseOf, leaseStatus } from "./lease.ts";
import { fileSnapshots } from "./snapshot.ts";

/** The largest definition that is read, in bytes: a few times the largest workflow file. */
const MAX_DEFINITION_BYTES = 256 * 1024 * 1024;

export interface FileStoreOptions {
  /** The state directory. The first write creates it, private to its user. */
  readonly directory: string;
  /** How long a holder whose process cannot be checked may go without a heartbeat, in milliseconds. */
  readonly staleAfter: number;
  readonly now: () => number;
  /** Judges runs that are there, and proves runs that this process creates. */
  readonly trust: Trust;
  /** As `Clock.elapsed`. */
  readonly elapsed?: () => number;
}

/**
 * Runs as directories: `runs/<id>/{definition.json, journal.jsonl, snapshot.json, lease.<epoch>, inbox/, logs/}`. Every
 * file is only appended to, created exclusively, or replaced by a rename.
 */
export function createFileStore({
  directory,
  staleAfter,
  now,
  trust,
  elapsed = () => performance.now(),
}: FileStoreOptions) {
  const runs = join(directory, "runs");
  // Ids come from callers: only a valid id may become part of a path.
  const runOf = (id: string): string => {
    if (!RUN_ID.test(id)) throw new Error(`not a run id: ${id}`);
    return `${runs}/${id}`;
  };
  const journalOf = (id: string) => join(runOf(id), "journal.jsonl");
  const exists = (id: string) => RUN_ID.test(id) && existsSync(runOf(id));
  const observer: LeaseObserver = { staleAfter, now, elapsed, oldBeats: new Map() };
  let swept = false;

  return {
    create(id, definition, events) {
      const home = runOf(id);
      ensureDirectory(directory, "runs", trust.mark);
      // One sweep per process is enough: a look at ten thousand runs is not cheap.
      if (!swept) sweepTemporaries(runs, now());
      swept = true;
      const text = JSON.stringify(definition);
      const proof = trust.prove(id, text);
      const files = { "definition.json": text, proof, "journal.jsonl": journalText(events) };
      // `durability: power` holds from the first event on.
      const flush = events.some((event) => event.type === "run_created" && event.durability === "power");
      const made = createDirectoryWhole(home, flush, (temporary) => {
        for (const name of ["inbox", "logs"]) mkdirSync(join(temporary, name), { mode: 0o700 });
        for (const [name, text] of Object.entries(files)) {
          writeFileSync(join(temporary, name), text, { mode: 0o600, flush });
        }
        acquireLease(temporary, 1, now);
      });
      return made ? leaseOf(home, 1, now) : undefined;
    },
    list() {
      return (ifExists(() => readdirSync(runs)) ?? []).filter((name) => RUN_ID.test(name));
    },
    definition(id) {
      if (!exists(id)) return undefined;
      try {
        return Definition.parse(JSON.parse(readTextFile(join(runOf(id), "definition.json"), MAX_DEFINITION_BYTES)));
      } catch (error) {
        throw new DamagedRun(`the definition of ${id} cannot be read: ${(error as Error).message}`);
      }
    },
    read: (id, from) => (exists(id) ? readJournal(journalOf(id), from) : undefined),
    size: (id) => (exists(id) ? journalSize(journalOf(id)) : 0),
    lease: (id) => (exists(id) ? leaseStatus(runOf(id), observer) : { state: "free", epoch: 0 }),
    acquire: (id, epoch) => acquireLease(runOf(id), epoch, now),
    journal: (id, lease: FileLease) => openJournal(journalOf(id), lease),
    salvage(id, events) {
      copyFileSync(journalOf(id), join(runOf(id), `journal.damaged-${now()}.jsonl`), constants.COPYFILE_EXCL);
      rmSync(join(runOf(id), "snapshot.json"), { force: true });
      replaceFile(journalOf(id), journalText(events), { flush: true });
    },
    sweep(id?: string) {
      const shared = [runs, join(directory, "keys")];
      const directories = id === undefined ? shared : exists(id) ? [runOf(id), join(runOf(id), "inbox")] : [];
      for (const each of directories) sweepTemporaries(each, now());
    },
    inbox: fileInbox(runOf, now),
    snapshots: fileSnapshots(runOf),
    keys: fileKeys(directory, trust.mark),
    trust,
    files(id, step, attempt) {
      const base = `${runOf(id)}/logs/${step}.${attempt}`;
      return { stdout: `${base}.log`, stderr: `${base}.err.log`, output: `${base}.output.json` };
    },
  } satisfies Store;
}

const journalText = (events: readonly JournalEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");
