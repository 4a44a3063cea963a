import type { Awaitable } from "../../src/model/contracts/awaitable.ts";
import type { AppendFailure, Journal, Lease, LeaseStatus, Snapshot, Store } from "../../src/model/contracts/store.ts";
import { err, ok, type Result } from "../../src/model/data/result.ts";
import type { Definition } from "../../src/model/definition.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import { TRUSTED } from "../../src/model/trust.ts";
import type { SimProcess, World } from "./world.ts";

/** How long a lease without heartbeat counts, in milliseconds; four times as long while its holder lives. */
const STALE_AFTER_MS = 15_000;

interface SimLease {
  readonly holder: SimProcess;
  lastBeat: number;
  marked: boolean;
  released: boolean;
}

interface SimRun {
  readonly definition: string;
  /** The events, each as a line of JSON. */
  lines: string[];
  /** By epoch, from 1. */
  readonly leases: SimLease[];
  inbox: Message[];
  snapshot?: string;
}

/** The answer to a killed process. */
const NEVER = new Promise<never>(() => {});

/** What is stored, whoever asks; and whether the disk takes writes at the moment. */
export class SimDisk {
  readonly runs = new Map<string, SimRun>();
  readonly claims = new Map<string, { workflowId: string; fingerprint: string }>();
  failure: AppendFailure["reason"] | undefined;

  /** The pid of the process that took the latest lease of a run. */
  ownerOf(id: string): number {
    return this.runs.get(id)!.leases.at(-1)!.holder.pid;
  }

  /** Every event of a run in the order of the journal, those of owners that had lost the run included. */
  events(id: string): JournalEvent[] {
    return (this.runs.get(id)?.lines ?? []).map((line) => JSON.parse(line) as JournalEvent);
  }
}

/** A refusal of the disk is an answer, as `perform` makes it one for callers. Everything else is a mistake. */
export function ioError(error: unknown) {
  if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
  return err({ reason: "io_error", message: "no space" } as const);
}

/** How a store answers. `at once`: like local files. `later`: like a database, with other work in between. */
export type Answers = "at once" | "later";

/** A process's access to the disk. A killed process gets no more answers. */
export class SimStore implements Store {
  /** Set: the process dies in its next append, and so many of its events are written. */
  diesInAppendAfter: number | undefined;
  private readonly oldBeats = new Map<string, { lastBeat: number; since: number }>();

  constructor(
    private readonly world: World,
    private readonly disk: SimDisk,
    private readonly process: SimProcess,
    private readonly answers: Answers,
    private readonly onDeath: () => void,
  ) {}

  readonly trust = TRUSTED;

  /** Asks the disk, now or later. A request that is under way when its process dies may or may not take effect. */
  private ask<T>(request: () => T): Awaitable<T> {
    const { world, process } = this;
    if (process.killed) return NEVER;
    if (this.answers === "at once") {
      const answer = request();
      return process.killed ? NEVER : answer;
    }
    return new Promise<T>((resolve, reject) => {
      world.schedule(world.random.between(0, 20), undefined, () => {
        if (process.killed && world.random.chance(0.5)) return;
        let answer: () => void;
        try {
          const value = request();
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        world.schedule(world.random.between(0, 20), process, answer);
      });
    });
  }

  private change<T>(request: () => T): Awaitable<T> {
    return this.ask(() => {
      if (this.disk.failure !== undefined) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return request();
    });
  }

  private run(id: string): SimRun {
    return this.disk.runs.get(id)!;
  }

  create(id: string, definition: Definition, events: readonly JournalEvent[]): Awaitable<Lease | undefined> {
    return this.change(() => {
      if (this.disk.runs.has(id)) return undefined;
      const lines = events.map((event) => JSON.stringify(event));
      this.disk.runs.set(id, { definition: JSON.stringify(definition), lines, leases: [this.newLease()], inbox: [] });
      return this.leaseOf(id, 1);
    });
  }

  list(): Awaitable<string[]> {
    return this.ask(() => [...this.disk.runs.keys()]);
  }

  definition(id: string): Awaitable<Definition | undefined> {
    return this.ask(() => {
      const text = this.disk.runs.get(id)?.definition;
      return text === undefined ? undefined : (JSON.parse(text) as Definition);
    });
  }

  /** An offset counts lines. */
  read(id: string, from: { offset: number; events: number }) {
    return this.ask(() => {
      if (!this.disk.runs.has(id)) return undefined;
      const events = this.run(id)
        .lines.slice(from.offset)
        .map((line) => JSON.parse(line) as JournalEvent);
      const next = { offset: from.offset + events.length, events: from.events + events.length };
      return { events, next, problems: [] };
    });
  }

  size(id: string): Awaitable<number> {
    return this.ask(() => this.disk.runs.get(id)?.lines.length ?? 0);
  }

  lease(id: string): Awaitable<LeaseStatus> {
    return this.ask(() => {
      const leases = this.disk.runs.get(id)?.leases ?? [];
      const lease = leases.at(-1);
      const epoch = leases.length;
      if (!lease || lease.released) return { state: "free" as const, epoch };
      const { lastBeat } = lease;
      const state = lease.holder.killed ? "dead" : this.isStale(`${id}.${epoch}`, lastBeat) ? "stale" : "held";
      if (state === "held") return { state, epoch, lastBeat };
      const decided = leases.findLastIndex(({ marked, released }) => marked || released);
      const undecided = Math.min(3, leases.length - 1 - decided);
      return { state, epoch, lastBeat, ...(undecided > 0 && { undecided }) };
    });
  }

  private isStale(key: string, lastBeat: number): boolean {
    if (this.process.now() - lastBeat <= 4 * STALE_AFTER_MS) {
      this.oldBeats.delete(key);
      return false;
    }
    const seen = this.oldBeats.get(key);
    if (seen?.lastBeat === lastBeat) return this.process.elapsed() - seen.since >= STALE_AFTER_MS / 4;
    this.oldBeats.set(key, { lastBeat, since: this.process.elapsed() });
    return false;
  }

  acquire(id: string, epoch: number): Awaitable<Lease | undefined> {
    return this.change(() => {
      const { leases } = this.run(id);
      if (epoch !== leases.length + 1) return undefined;
      leases.push(this.newLease());
      return this.leaseOf(id, epoch);
    });
  }

  private newLease(): SimLease {
    return { holder: this.process, lastBeat: this.process.now(), marked: false, released: false };
  }

  private leaseOf(id: string, epoch: number): Lease {
    const mine = this.run(id).leases[epoch - 1]!;
    return {
      epoch,
      held: () => this.ask(() => this.run(id).leases.length === epoch),
      beat: () =>
        this.ask(() => {
          if (!mine.released) mine.lastBeat = this.process.now();
        }),
      mark: () =>
        this.ask(() => {
          mine.marked = true;
          return true;
        }),
      release: () =>
        this.ask(() => {
          mine.released = true;
        }),
    };
  }

  journal(id: string): Journal {
    return {
      append: (events) => this.ask(() => this.append(id, events)),
      sync: async () => void (await this.ask(() => undefined)),
      close() {},
    };
  }

  private append(id: string, events: readonly JournalEvent[]): Result<void, AppendFailure> {
    const { lines } = this.run(id);
    const write = (count: number) => lines.push(...events.slice(0, count).map((event) => JSON.stringify(event)));
    const { failure } = this.disk;
    if (this.diesInAppendAfter !== undefined || this.process.killed) {
      write(this.diesInAppendAfter ?? this.world.random.below(events.length + 1));
      this.onDeath();
      return err({ reason: "lost", message: "the process is dead" });
    }
    if (failure === undefined) write(events.length);
    // The beginning of the write cannot be undone.
    else if (failure === "lost") write(this.world.random.below(events.length + 1));
    return failure === undefined ? ok(undefined) : err({ reason: failure, message: `simulated: ${failure}` });
  }

  salvage(): void {
    throw new Error("no journal is damaged here");
  }

  sweep(): void {}

  readonly inbox = {
    put: (id: string, message: Message) => this.change(() => void this.run(id).inbox.push(message)),
    list: (id: string) => this.ask(() => [...this.run(id).inbox]),
    remove: (id: string, messageId: string) =>
      this.ask(() => {
        const run = this.run(id);
        run.inbox = run.inbox.filter((message) => message.id !== messageId);
      }),
  };

  readonly snapshots = {
    get: (id: string) =>
      this.ask(() => {
        const text = this.disk.runs.get(id)?.snapshot;
        return text === undefined ? undefined : (JSON.parse(text) as Snapshot);
      }),
    put: (id: string, snapshot: Snapshot) => {
      // Frozen now: the owner's state goes on while the store is still writing.
      const text = JSON.stringify(snapshot);
      return this.ask(() => {
        this.run(id).snapshot = text;
      });
    },
  };

  readonly keys = {
    find: (key: string) => this.ask(() => this.disk.claims.get(key)?.workflowId),
    claim: (key: string, claim: { workflowId: string; fingerprint: string }) =>
      this.change(() => {
        if (!this.disk.claims.has(key)) this.disk.claims.set(key, claim);
        return this.disk.claims.get(key)!;
      }),
  };

  files(id: string, step: string, attempt: number) {
    const base = `/simulated/${id}.${step}.${attempt}`;
    return { stdout: `${base}.log`, stderr: `${base}.err.log`, output: `${base}.output.json` };
  }
}
