import type { Result } from "../data/result.ts";
import type { Definition } from "../definition.ts";
import type { JournalEvent } from "../event.ts";
import type { Message } from "../message.ts";
import type { Trust } from "../trust.ts";
import type { Awaitable } from "./awaitable.ts";

/** A place in a journal: how many bytes and how many events come before it. */
export interface Position {
  readonly offset: number;
  readonly events: number;
}
export const START: Position = { offset: 0, events: 0 };

/**
 * `torn`: a dead owner's unfinished write, directly before the next owner's `lease_taken`; harmless.
 * `corrupt`: an unreadable line anywhere else; the events before it count, and the run is quarantined.
 * `newer_format`: a newer Baton wrote it; it is shown read-only.
 */
export interface JournalProblem {
  readonly kind: "torn" | "corrupt" | "newer_format";
  /** Byte offset of the line. */
  readonly offset: number;
  readonly message: string;
}

/** A stretch of a journal. Continue at `next`; an unfinished last line belongs to the next stretch. */
export interface JournalPage {
  readonly events: readonly JournalEvent[];
  readonly next: Position;
  readonly problems: readonly JournalProblem[];
}

/** Why nothing was written. After each of these the journal is as it was before, except after `lost`. */
export interface AppendFailure {
  readonly reason:
    | "disk_full"
    | "io_error"
    /** A partial write could not be undone: the owner must leave the run to the next one. */
    | "lost";
  readonly message: string;
}

/**
 * The write end of a journal. An owner has one. Every `append` writes all of its events or none, and the owner waits
 * for its answer before the next.
 */
export interface Journal {
  append(events: readonly JournalEvent[]): Awaitable<Result<void, AppendFailure>>;
  /** Resolves once everything appended so far survives a power cut. Concurrent calls share one sync. */
  sync(): Promise<void>;
  close(): void;
}

/** The holder of a lease, as the lease file names it. */
export interface Holder {
  readonly pid: number;
  readonly processStarted: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/**
 * `free`: never held, or released. `held`: its holder lives. `dead`: its holder is known to be gone. `stale`: no
 * heartbeat for too long; for a holder whose process is seen alive, for four times as long.
 */
export interface LeaseStatus {
  readonly state: "free" | "held" | "dead" | "stale";
  /** The highest epoch taken so far; 0 if none. */
  readonly epoch: number;
  readonly holder?: Holder;
  /** Last heartbeat, milliseconds since 1970. */
  readonly lastBeat?: number;
  /**
   * How many of the latest leases, at most `UNDECIDED`, ended without `mark`. Absent if none did, or while the lease
   * is held.
   */
  readonly undecided?: number;
}
/** How many owners in a row may die in their first decision before Baton blames the run. */
export const MAX_UNDECIDED_OWNERS = 3;

/** The right to write a run's journal, while `held()` is true. */
export interface Lease {
  readonly epoch: number;
  /**
   * False as soon as another process took a higher epoch. Costs one system call in files; ask before acting on an
   * append and before answering.
   */
  held(): Awaitable<boolean>;
  beat(): Awaitable<void>;
  /** Records that the holder's first decision about the run has ended. False if that could not be written. */
  mark(): Awaitable<boolean>;
  /** Releases the lease, so that other processes need not wait until it is stale. */
  release(): Awaitable<void>;
}

/** A cached fold of the beginning of a journal. It may vanish at any time. */
export interface Snapshot {
  readonly position: Position;
  readonly state: unknown;
}

/** Not even the definition of the run can be read. Thrown: it concerns one run, and no caller can repair it. */
export class DamagedRun extends Error {
  override readonly name = "DamagedRun";
}

/**
 * Where runs are stored. A store answers at once or later. Implementations: `store/file`, `store/memory`; both pass
 * `test/suites/store.suite.ts`, as does a store that is slow on purpose. Methods throw or reject if no caller can
 * repair the cause (an unreadable directory). `NotFound` is a value.
 */
export interface Store {
  /**
   * Creates the run with its first events, whole or not at all. The caller gets lease 1. `undefined` if the id is
   * taken.
   */
  create(id: string, definition: Definition, events: readonly JournalEvent[]): Awaitable<Lease | undefined>;
  /** Ids of all runs, in no particular order. */
  list(): Awaitable<string[]>;
  definition(id: string): Awaitable<Definition | undefined>;
  /** The journal from a position on; `undefined` if there is no such run. */
  read(id: string, from: Position): Awaitable<JournalPage | undefined>;
  /** Bytes in the journal: a cheap way to see whether anything is new. */
  size(id: string): Awaitable<number>;
  lease(id: string): Awaitable<LeaseStatus>;
  /** Takes the lease `epoch` by creating it exclusively; `undefined` if another process was first. */
  acquire(id: string, epoch: number): Awaitable<Lease | undefined>;
  /** The write end, for the holder of `lease`. The first write starts on a new line. */
  journal(id: string, lease: Lease): Journal;
  /**
   * Replaces a damaged journal by these events, and keeps the damaged one beside it. Only for the holder of the
   * highest lease.
   */
  salvage(id: string, events: readonly JournalEvent[]): Awaitable<void>;
  /** Removes what dead processes left half-made long ago: in a run, or, without an id, beside the runs. */
  sweep(id?: string): Awaitable<void>;
  readonly inbox: Inbox;
  readonly snapshots: Snapshots;
  readonly keys: IdempotencyKeys;
  /** What may be executed of it. */
  readonly trust: Trust;
  /** Files of one attempt, on this machine: processes write them. Their directories exist when this returns. */
  files(id: string, step: string, attempt: number): { stdout: string; stderr: string; output: string };
}

export interface Inbox {
  put(id: string, message: Message): Awaitable<void>;
  /** Waiting messages, oldest first. An unreadable one is dropped. */
  list(id: string): Awaitable<Message[]>;
  remove(id: string, messageId: string): Awaitable<void>;
}

export interface Snapshots {
  get(id: string): Awaitable<Snapshot | undefined>;
  put(id: string, snapshot: Snapshot): Awaitable<void>;
}

/** What an idempotency key stands for: a run, and a digest of what its first caller asked for. */
export interface KeyClaim {
  readonly workflowId: string;
  readonly fingerprint: string;
}

/** Idempotency keys: the first process that claims a key decides its run and fingerprint, for good. */
export interface IdempotencyKeys {
  claim(key: string, claim: KeyClaim): Awaitable<KeyClaim>;
  /** The run that a key stands for; it may not exist yet. `undefined` if the key is unclaimed. */
  find(key: string): Awaitable<string | undefined>;
}
