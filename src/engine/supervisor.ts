import { isFinal } from "../run/state/state.ts";
import type { LocalEngine } from "./local-engine.ts";
import type { RunLoop } from "./owner/loop.ts";

export interface SupervisorOptions {
  /** How often the supervisor renews leases and looks for orphans, in milliseconds. */
  readonly heartbeat: number;
  /** How long a run may have been an orphan and still be resumed without a request, in milliseconds. */
  readonly resumeWithin: number;
  /** What to do with an orphan. `adopt`: run it here; `detach`: give it a process of its own; `nothing`: leave it. */
  readonly orphans: "adopt" | "detach" | "nothing";
}

/** How often the supervisor reads inboxes, in milliseconds: senders are promised an answer in under a second. */
const INBOX_POLL_INTERVAL_MS = 200;
/** How long a detached process has to take over its orphan, in milliseconds. */
const DETACH_TIMEOUT_MS = 15_000;

/**
 * The periodic work of a process that executes runs: it renews leases, reads inboxes and adopts orphans. Once after its
 * start, it removes the half-written files of killed processes.
 * It polls, since file notifications do not work on every file system, and a poll costs microseconds.
 */
export class Supervisor {
  private cancel: (() => void)[] = [];
  /** When each orphan was last given to a process of its own, in milliseconds since 1970. That process needs time. */
  private readonly detachedAt = new Map<string, number>();
  /** The last message that was logged about a run, so that it is logged once. */
  private readonly logged = new Map<string, string>();
  /** Journal sizes of final runs and of runs with a problem. While the size stays the same, there is nothing to do. */
  private readonly sizeWhenDone = new Map<string, number>();
  private adopting = false;

  constructor(
    private readonly engine: LocalEngine,
    private readonly options: SupervisorOptions,
  ) {}

  start(): void {
    this.every(this.options.heartbeat, () => {
      for (const loop of this.engine.ownedLoops()) if (loop.stillOwner()) loop.heartbeat();
    });
    this.every(INBOX_POLL_INTERVAL_MS, () => this.readInboxes());
    this.every(this.options.heartbeat, () => this.cancelLostChildren());
    if (this.options.orphans === "nothing") return;
    // Not at once: hosts start a server just to see whether it starts, and stop it again.
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
        // A message is removed only once its answer is in the journal. A message that is read twice takes effect once.
        void loop.send(message, true).then((answer) => {
          if (answer.ok || !["lost", "disk_full", "io_error"].includes(answer.error.reason)) {
            inbox.remove(loop.id, message.id);
          }
        });
      }
    }
  }

  /**
   * Cancels each owned child run whose step no longer runs. The process that ended the step may not have known of the
   * child: it may have owned the parent only to apply one message.
   */
  private cancelLostChildren(): void {
    for (const loop of this.engine.ownedLoops()) {
      try {
        this.cancelIfStepEnded(loop);
      } catch (error) {
        // An unreadable parent must not keep the other runs from being checked.
        this.logOnce(loop.id, `the parent of ${loop.id} cannot be read: ${errorMessage(error)}`);
      }
    }
  }

  private cancelIfStepEnded(loop: RunLoop): void {
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

  /** Checks every run that may be an orphan. Yields after each: there may be thousands, and calls wait for answers. */
  private async adoptOrphans(): Promise<void> {
    if (this.adopting) return;
    this.adopting = true;
    try {
      for (const id of this.engine.options.store.list()) {
        await new Promise(setImmediate);
        if (this.cancel.length === 0) return;
        await this.adoptOrphan(id);
      }
    } catch (error) {
      this.logError(error);
    } finally {
      this.adopting = false;
    }
  }

  private mayBeOrphan(id: string): boolean {
    const { store } = this.engine.options;
    return this.engine.canAdopt(id) && this.sizeWhenDone.get(id) !== store.size(id) && store.lease(id).state !== "held";
  }

  /** Adopts orphans one by one: if the first decision about a run kills this process, no other run is blamed for it. */
  private async adoptOrphan(id: string): Promise<void> {
    try {
      const { store } = this.engine.options;
      if (!this.mayBeOrphan(id)) return;
      // This check comes first: without it, many foreign runs would be read in every round.
      const foreign = store.trust.foreign(id);
      if (foreign !== undefined) return this.logOnce(id, `${id} is not executed: ${foreign}`);
      const size = store.size(id);
      // Set before the read: a run that cannot be read is not tried again until its journal grows.
      this.sizeWhenDone.set(id, size);
      const seen = this.engine.observe(id);
      if (!seen) return;
      if (seen.problem) return this.logOnce(id, `${id} is not executed: ${seen.problem.message}`);
      if (!isFinal(seen.state)) this.sizeWhenDone.delete(id);
      if (isOrphaned(seen, this.options.resumeWithin) === "recently") await this.adoptOrDetach(id);
    } catch (error) {
      this.logOnce(id, `${id} cannot be read: ${errorMessage(error)}`);
    }
  }

  /** Sweeps run by run. Yields after each: there may be thousands, and no caller waits for this. */
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
          // A directory that is unreadable now may be readable in the next round.
          this.logError(error);
        }
      });
    };
    again();
  }
}

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Whether a run that should be running has no owner. `recently`: Baton resumes it by itself; `long`: it waits for a
 * request, since its last owner disappeared more than `resumeWithin` milliseconds ago.
 */
export function isOrphaned(
  { state, owner, now, problem }: NonNullable<ReturnType<LocalEngine["observe"]>>,
  resumeWithin: number,
): "recently" | "long" | undefined {
  if (owner === "own" || owner.state === "held" || state.status === "paused" || isFinal(state) || problem)
    return undefined;
  // A released lease has no heartbeat. Then the last event tells when the run last had an owner.
  const lastSign = owner.lastBeat ?? state.lastAt;
  return now - lastSign <= resumeWithin ? "recently" : "long";
}
