import { isFinal } from "../run/state/state.ts";
import type { LocalEngine } from "./local-engine.ts";
import type { RunLoop } from "./owner/loop.ts";

export interface SupervisorOptions {
  /** Milliseconds between two signs of life. */
  readonly heartbeat: number;
  /** How long a run may have been without an owner and still be resumed without being asked for, in milliseconds. */
  readonly resumeWithin: number;
  /** What to do with an orphaned run: take it up here, or give it to a process of its own. `nothing`: leave it. */
  readonly orphans: "adopt" | "detach" | "nothing";
}

/** How often inboxes are looked into, in milliseconds: an answer is promised in under a second. */
const INBOX_POLL_INTERVAL_MS = 200;
/** How long a process that was given an orphan has to take it, in milliseconds. */
const DETACH_TIMEOUT_MS = 15_000;

/**
 * The regular rounds of a process that executes runs: it gives signs of life, reads its inboxes, and looks for runs whose owner died; once, also
 * for what such processes left half-made.
 * Polling rather than file notifications: those do not work on every file system, and a look costs microseconds.
 */
export class Supervisor {
  private cancel: (() => void)[] = [];
  /** When orphans were last given to a process of their own: that process needs a moment to take them. */
  private readonly detachedAt = new Map<string, number>();
  /** What was said of a run, so that it is said once. */
  private readonly logged = new Map<string, string>();
  /** Journals with nothing more to say, by size: of ended runs, and of those that cannot be carried on. */
  private readonly sizeWhenDone = new Map<string, number>();
  private looking = false;

  constructor(
    private readonly engine: LocalEngine,
    private readonly options: SupervisorOptions,
  ) {}

  start(): void {
    this.every(this.options.heartbeat, () => {
      for (const loop of this.engine.ownedLoops()) if (loop.stillOwner()) loop.heartbeat();
    });
    this.every(INBOX_POLL_INTERVAL_MS, () => this.readInboxes());
    this.every(this.options.heartbeat, () => this.followParents());
    if (this.options.orphans === "nothing") return;
    // Not at the very start: hosts start servers only to see whether they start, and end them again at once.
    const first = () => void this.adoptOrphans().then(() => this.sweep());
    this.cancel.push(this.engine.options.clock.alarm(this.options.heartbeat / 2, first));
    this.every(this.options.heartbeat, () => void this.adoptOrphans());
  }

  stop(): void {
    for (const cancel of this.cancel) cancel();
    this.cancel = [];
  }

  private readInboxes(): void {
    const { inbox } = this.engine.options.store;
    for (const loop of this.engine.ownedLoops()) {
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

  /**
   * A run that is a step ends when its step does, however that came about: by somebody who only handed on a request, say, and knew nothing of
   * this run.
   */
  private followParents(): void {
    for (const loop of this.engine.ownedLoops()) {
      try {
        this.followParent(loop);
      } catch (error) {
        // The run around it cannot be read: that is no reason to leave others to themselves.
        this.logOnce(loop.id, `what ${loop.id} is a step of cannot be looked at: ${errorMessage(error)}`);
      }
    }
  }

  private followParent(loop: RunLoop): void {
    const { parent, stopping } = loop.view.state;
    if (!parent || stopping || isFinal(loop.view.state)) return;
    const seen = this.engine.observe(parent.workflowId);
    const index = seen?.plan.indexOf.get(parent.stepId);
    if (!seen || seen.problem || index === undefined) return;
    const { status, child } = seen.state.steps[index]!;
    const wanted = status === "running" || (status === "ready" && !isFinal(seen.state));
    if (wanted && (child === undefined || child === loop.id)) return;
    const id = Buffer.from(this.engine.options.random(16)).toString("hex");
    void loop.send({ id, action: "cancel" });
  }

  /** Looks at every run that may be orphaned, giving way in between: there may be thousands, and calls want answers. */
  private async adoptOrphans(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      for (const id of this.engine.options.store.list()) {
        await new Promise(setImmediate);
        if (this.cancel.length === 0) return;
        await this.adoptOrphan(id);
      }
    } catch (error) {
      this.logError(error);
    } finally {
      this.looking = false;
    }
  }

  private mayBeOrphan(id: string): boolean {
    const { store } = this.engine.options;
    return this.engine.canAdopt(id) && this.sizeWhenDone.get(id) !== store.size(id) && store.lease(id).state !== "held";
  }

  /** One after the other: should the first decision about a run end this process, no other run is taken for what ended it. */
  private async adoptOrphan(id: string): Promise<void> {
    try {
      const { store } = this.engine.options;
      if (!this.mayBeOrphan(id)) return;
      // Asked first: a crowd of them need not be read again and again.
      const foreign = store.trust.foreign(id);
      if (foreign !== undefined) return this.logOnce(id, `${id} is left alone: ${foreign}`);
      const size = store.size(id);
      // Until there is more of it, there is nothing more to say of one that cannot be read.
      this.sizeWhenDone.set(id, size);
      const seen = this.engine.observe(id);
      if (!seen) return;
      if (seen.problem) return this.logOnce(id, `${id} is left alone: ${seen.problem.message}`);
      if (!isFinal(seen.state)) this.sizeWhenDone.delete(id);
      if (isOrphaned(seen, this.options.resumeWithin) === "recently") await this.adoptOrDetach(id);
    } catch (error) {
      this.logOnce(id, `${id} cannot be looked at: ${errorMessage(error)}`);
    }
  }

  /** Run by run, giving way in between: nobody waits for it, and there may be thousands. */
  private async sweep(): Promise<void> {
    const { store } = this.engine.options;
    try {
      store.sweep();
      for (const id of store.list()) {
        await new Promise(setImmediate);
        if (this.cancel.length === 0) return;
        store.sweep(id);
      }
    } catch (error) {
      this.logError(error);
    }
  }

  private logError(error: unknown): void {
    this.engine.options.log(errorMessage(error));
  }

  private logOnce(id: string, message: string): void {
    if (this.logged.get(id) === message) return;
    this.logged.set(id, message);
    this.engine.options.log(message);
  }

  private async adoptOrDetach(id: string): Promise<void> {
    const { store, clock, detach } = this.engine.options;
    if (this.options.orphans === "detach" || this.engine.observe(id)?.state.detach) {
      const now = clock.now();
      if (now - (this.detachedAt.get(id) ?? Number.NEGATIVE_INFINITY) < DETACH_TIMEOUT_MS) return;
      this.detachedAt.set(id, now);
      return detach(id, store.lease(id).epoch);
    }
    const adopted = await this.engine.adopt(id);
    if (!adopted.ok && adopted.error.reason !== "owned") this.logOnce(id, adopted.error.message);
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
          this.logError(error);
        }
      });
    };
    again();
  }
}

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Whether a run that should be running has no owner: `recently` enough to be resumed without being asked for, or `long` ago, when it waits
 * for somebody to say so.
 */
export function isOrphaned(
  { state, owner, now, problem }: NonNullable<ReturnType<LocalEngine["observe"]>>,
  resumeWithin: number,
): "recently" | "long" | undefined {
  if (owner === "own" || owner.state === "held" || state.status === "paused" || isFinal(state) || problem)
    return undefined;
  // A lease that was given back has no beat left; then the journal tells when somebody was there last.
  const lastSign = owner.lastBeat ?? state.lastAt;
  return now - lastSign <= resumeWithin ? "recently" : "long";
}
