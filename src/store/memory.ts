import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyClaim, Lease, Snapshot, Store } from "../model/contracts/store.ts";
import { ok } from "../model/data/result.ts";
import type { Definition } from "../model/definition.ts";
import type { JournalEvent } from "../model/event.ts";
import { RUN_ID } from "../model/ids.ts";
import type { Message } from "../model/message.ts";
import { TRUSTED } from "../model/trust.ts";

interface MemoryRun {
  readonly definition: string;
  /** The events, each as a line of JSON, as in a file. */
  readonly lines: string[];
  epoch: number;
  lastBeat: number;
  inbox: Message[];
  snapshot?: string;
}

/**
 * A store in memory: for tests, and as the baseline for measurements of the file store. Only the files of attempts are
 * real, in the directory `logs`.
 */
export function createMemoryStore(options: { now?: () => number; logs?: string } = {}) {
  const { now = Date.now, logs = join(tmpdir(), "baton-memory") } = options;
  let logsMade = false;
  const runs = new Map<string, MemoryRun>();
  const claims = new Map<string, KeyClaim>();
  const run = (id: string): MemoryRun => runs.get(id)!;

  const leaseOf = (id: string, epoch: number) =>
    ({
      epoch,
      held: () => run(id).epoch === epoch,
      beat: () => {
        if (run(id).epoch === epoch) run(id).lastBeat = now();
      },
      mark: () => true,
      release: () => {
        if (run(id).epoch === epoch) run(id).lastBeat = 0;
      },
    }) satisfies Lease;

  return {
    create(id, definition, events) {
      if (!RUN_ID.test(id)) throw new Error(`not a run id: ${id}`);
      if (runs.has(id)) return undefined;
      const lines = events.map((event) => JSON.stringify(event));
      runs.set(id, { definition: JSON.stringify(definition), lines, epoch: 1, lastBeat: now(), inbox: [] });
      return leaseOf(id, 1);
    },
    list: () => [...runs.keys()],
    definition: (id) => (runs.has(id) ? (JSON.parse(run(id).definition) as Definition) : undefined),
    /** In this store, an offset counts lines. */
    read(id, from) {
      if (!runs.has(id)) return undefined;
      const events = run(id)
        .lines.slice(from.offset)
        .map((line) => JSON.parse(line) as JournalEvent);
      const next = { offset: from.offset + events.length, events: from.events + events.length };
      return { events, next, problems: [] };
    },
    size: (id) => runs.get(id)?.lines.length ?? 0,
    lease(id) {
      const { epoch, lastBeat } = runs.get(id) ?? { epoch: 0, lastBeat: 0 };
      return lastBeat === 0 ? { state: "free", epoch } : { state: "held", epoch, lastBeat };
    },
    acquire(id, epoch) {
      if (epoch !== run(id).epoch + 1) return undefined;
      run(id).epoch = epoch;
      run(id).lastBeat = now();
      return leaseOf(id, epoch);
    },
    journal: (id: string, _lease: Lease) => ({
      append(events) {
        for (const event of events) run(id).lines.push(JSON.stringify(event));
        return ok(undefined);
      },
      sync: () => Promise.resolve(),
      close() {},
    }),
    salvage(id, events) {
      run(id).lines.splice(0, Number.POSITIVE_INFINITY, ...events.map((event) => JSON.stringify(event)));
      delete run(id).snapshot;
    },
    /** This store leaves nothing half-written. */
    sweep() {},
    inbox: {
      put: (id, message) => void run(id).inbox.push(message),
      list: (id) => [...run(id).inbox],
      remove: (id, messageId) => {
        run(id).inbox = run(id).inbox.filter((message) => message.id !== messageId);
      },
    },
    snapshots: {
      get: (id) => {
        const text = runs.get(id)?.snapshot;
        return text === undefined ? undefined : (JSON.parse(text) as Snapshot);
      },
      put: (id, snapshot) => {
        run(id).snapshot = JSON.stringify(snapshot);
      },
    },
    keys: {
      find: (key) => claims.get(key)?.workflowId,
      claim(key, claim) {
        if (!claims.has(key)) claims.set(key, claim);
        return claims.get(key)!;
      },
    },
    trust: TRUSTED,
    files(id, step, attempt) {
      if (!logsMade) mkdirSync(logs, { recursive: true, mode: 0o700 });
      logsMade = true;
      const base = join(logs, `${id}.${step}.${attempt}`);
      return { stdout: `${base}.log`, stderr: `${base}.err.log`, output: `${base}.output.json` };
    },
  } satisfies Store;
}
