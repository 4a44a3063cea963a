import type { Definition } from "../definition.ts";
import type { JournalEvent } from "../event.ts";
import type { Message } from "../message.ts";
import type { Result } from "../result.ts";
import type { Trust } from "../trust.ts";

/** A place in a journal: so many bytes, and so many events before it. */
export interface Position {
  readonly offset: number;
  readonly events: number;
}
export const START: Position = { offset: 0, events: 0 };

/**
 * `torn`: an unfinished write of an owner that died, directly before the next owner's `lease_taken`; harmless.
 * `corrupt`: an unreadable line anywhere else; events before it stand, the run is quarantined.
 * `newer_format`: written by a newer Baton; shown read-only.
 */
export interface JournalProblem {
  readonly kind: "torn" | "corrupt" | "newer_format";
  /** Byte offset of the line. */
  readonly offset: number;
  readonly message: string;
}

/** A stretch of a journal. `next` is where to go on; an unfinished last line is left for then. */
export interface JournalPage {
  readonly events: readonly JournalEvent[];
  readonly next: Position;
  readonly problems: readonly JournalProblem[];
}

/** Why nothing was written. After any of these the journal is as it was before, but for `lost`. */
export interface AppendFailure {
  readonly reason:
    | "disk_full"
    | "io_error"
    /** What was written in part could not be taken back: the run must be left to a next owner. */
    | "lost";
  readonly message: string;
}

/** The write end of a journal. One per owner; every `append` is one write(2) at the end of the file. */
export interface Journal {
  append(events: readonly JournalEvent[]): Result<void, AppendFailure>;
  /** Resolves once everything appended so far is on the disk itself (fdatasync); concurrent calls share one. */
  sync(): Promise<void>;
  close(): void;
}

/** Who holds a lease, as its file tells. */
export interface Holder {
  readonly pid: number;
  readonly processStarted: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/**
 * `free`: nobody ever held it, or it was released; `held`: its holder lives; `dead`: its holder is known to be gone;
 * `stale`: no heartbeat for too long; for one whose process is seen to live, four times too long.
 */
export interface LeaseStatus {
  readonly state: "free" | "held" | "dead" | "stale";
  /** The highest epoch taken so far; 0 if none. */
  readonly epoch: number;
  readonly holder?: Holder;
  /** Last heartbeat, milliseconds since 1970. */
  readonly lastBeat?: number;
  /** How many of the latest leases, at most `UNDECIDED`, ended without `mark`; absent: none, or it is held. */
  readonly undecided?: number;
}
/** So many owners in a row whose first decision about a run never ended: the run is taken for what ended them. */
export const UNDECIDED = 3;

/** The right to write a run's journal, for as long as `held()`. */
export interface Lease {
  readonly epoch: number;
  /** False as soon as anybody took a higher epoch. One system call; asked before each append's effects and each answer. */
  held(): boolean;
  beat(): void;
  /** Notes that the holder's first decision about the run has ended. False if that could not be written. */
  mark(): boolean;
  /** Gives it back, so that others need not wait for it to go stale. */
  release(): void;
}

/** A cached fold of a journal's prefix; may vanish at any time. */
export interface Snapshot {
  readonly position: Position;
  readonly state: unknown;
}

/** A run of which not even the definition can be read. Thrown: it concerns one run, and no caller can mend it. */
export class DamagedRun extends Error {
  override readonly name = "DamagedRun";
}

/**
 * Where runs live. Implementations: `store/file`, `store/memory`; both pass `test/suites/store.suite.ts`.
 * Methods throw on what no caller can mend (an unreadable directory); `NotFound` is a value.
 */
export interface Store {
  /** Makes the run appear, whole or not at all, with its first events; the caller gets lease 1. `undefined`: the id is taken. */
  create(id: string, definition: Definition, events: readonly JournalEvent[]): Lease | undefined;
  /** Ids of all runs, in no particular order. */
  list(): string[];
  definition(id: string): Definition | undefined;
  /** The journal from a position on; `undefined` if there is no such run. */
  read(id: string, from: Position): JournalPage | undefined;
  /** Bytes in the journal: cheap to ask, to see whether there is anything new. */
  size(id: string): number;
  lease(id: string): LeaseStatus;
  /** Takes the lease `epoch` by creating it exclusively; `undefined` if somebody was faster. */
  acquire(id: string, epoch: number): Lease | undefined;
  /** The write end, for the holder of `lease`. The first write starts on a fresh line. */
  journal(id: string, lease: Lease): Journal;
  /** Puts these events in the place of a damaged journal, which is kept beside it. Only for the holder of the highest lease. */
  salvage(id: string, events: readonly JournalEvent[]): void;
  /** Removes what processes that died left half-made, and long ago: in a run, or without an id in what lies beside the runs. */
  sweep(id?: string): void;
  readonly inbox: Inbox;
  readonly snapshots: Snapshots;
  readonly keys: Keys;
  /** What of it may be executed. */
  readonly trust: Trust;
  /** Files of one attempt. Parent directories exist when this returns. */
  files(id: string, step: string, attempt: number): { stdout: string; stderr: string; output: string };
}

export interface Inbox {
  put(id: string, message: Message): void;
  /** Waiting messages, oldest first. An unreadable one is dropped. */
  list(id: string): Message[];
  remove(id: string, messageId: string): void;
}

export interface Snapshots {
  get(id: string): Snapshot | undefined;
  put(id: string, snapshot: Snapshot): void;
}

/** Idempotency keys: the first to claim a key decides its run and fingerprint, for good. */
export interface Keys {
  claim(key: string, claim: { workflowId: string; fingerprint: string }): { workflowId: string; fingerprint: string };
  /** The run that a key stands for; it may not have been made yet. `undefined`: nobody claimed the key. */
  find(key: string): string | undefined;
}
