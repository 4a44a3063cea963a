import { isFinal } from "../run/state.ts";
import type { LocalEngine } from "./local.ts";

export interface WatchOptions {
  /** Milliseconds between two signs of life. */
  readonly heartbeat: number;
  /** How long a run may have been without an owner and still be resumed without being asked for, in milliseconds. */
  readonly resumeWithin: number;
  /** What to do with an orphaned run: take it up here, or give it to a process of its own. `nothing`: leave it. */
  readonly orphans: "adopt" | "detach" | "nothing";
}

/** How often inboxes are looked into, in milliseconds: an answer is promised in under a second. */
const INBOX = 200;

/**
 * The regular rounds of a process that executes runs: it gives signs of life, reads its inboxes, and looks for runs whose owner died.
 * Polling rather than file notifications: those do not work on every file system, and a look costs microseconds.
 */
export class Watch {
  private cancel: (() => void)[] = [];
  /** Orphans that were given to a process of their own, by the epoch they had: that process needs a moment to take them. */
  private readonly given = new Map<string, number>();
  /** Journals of ended runs by size: one that has not grown has nothing to say. */
  private readonly ended = new Map<string, number>();

  constructor(
    private readonly engine: LocalEngine,
    private readonly watch: WatchOptions,
  ) {}

  start(): void {
    this.every(this.watch.heartbeat, () => {
      for (const loop of this.engine.owned()) if (loop.stillOwner()) loop.beat();
    });
    this.every(INBOX, () => this.readInboxes());
    if (this.watch.orphans === "nothing") return;
    // Not at the very start: hosts start servers only to see whether they start, and end them again at once.
    this.cancel.push(this.engine.options.clock.alarm(this.watch.heartbeat / 2, () => this.adoptOrphans()));
    this.every(this.watch.heartbeat, () => this.adoptOrphans());
  }

  stop(): void {
    for (const cancel of this.cancel) cancel();
    this.cancel = [];
  }

  private readInboxes(): void {
    const { inbox } = this.engine.options.store;
    for (const loop of this.engine.owned()) {
      for (const message of inbox.list(loop.id)) {
        // Removed only once the answer is in the journal: a message that is read twice is obeyed once.
        void loop.send(message, true).then((answer) => {
          if (answer.ok || !["lost", "disk_full", "io_error"].includes(answer.error.reason)) {
            inbox.remove(loop.id, message.id);
          }
        });
      }
    }
  }

  private adoptOrphans(): void {
    const { store, log } = this.engine.options;
    for (const id of store.list()) {
      try {
        if (this.engine.mayAdopt(id) && this.isOrphan(id)) this.takeUp(id);
      } catch (error) {
        log(`run ${id} could not be looked at: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  private isOrphan(id: string): boolean {
    const { store } = this.engine.options;
    const size = store.size(id);
    if (this.ended.get(id) === size) return false;
    const lease = store.lease(id);
    if (lease.state === "held") return false;
    const seen = this.engine.look(id);
    if (!seen) return false;
    if (isFinal(seen.state)) this.ended.set(id, size);
    return isOrphaned(seen, this.watch.resumeWithin) === "recently";
  }

  private takeUp(id: string): void {
    const { store, detach, log } = this.engine.options;
    if (this.watch.orphans === "detach" || this.engine.look(id)?.state.detach) {
      const { epoch } = store.lease(id);
      if (this.given.get(id) !== epoch) detach(id, epoch);
      this.given.set(id, epoch);
      return;
    }
    void this.engine.adopt(id).then((adopted) => {
      if (!adopted.ok && adopted.error.reason !== "owned") log(adopted.error.message);
    });
  }

  private every(ms: number, round: () => void): void {
    const { clock } = this.engine.options;
    const slot = this.cancel.length;
    const again = () => {
      this.cancel[slot] = clock.alarm(ms, () => {
        again();
        try {
          round();
        } catch (error) {
          // An unreadable directory today may be readable in the next round.
          this.engine.options.log(error instanceof Error ? error.message : String(error));
        }
      });
    };
    again();
  }
}

/**
 * Whether a run that should be running has no owner: `recently` enough to be resumed without being asked for, or `long` ago, when it waits
 * for somebody to say so.
 */
export function isOrphaned(
  { state, owner, now, problem }: NonNullable<ReturnType<LocalEngine["look"]>>,
  resumeWithin: number,
): "recently" | "long" | undefined {
  if (owner === "own" || owner.state === "held" || state.status === "paused" || isFinal(state) || problem)
    return undefined;
  const lastSign = Math.max(state.lastAt, owner.lastBeat ?? 0);
  return now - lastSign <= resumeWithin ? "recently" : "long";
}
