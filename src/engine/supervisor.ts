import type { Awaitable } from "../model/contracts/awaitable.ts";
import { nextTurn, type Scheduler } from "../model/contracts/scheduler.ts";
import type { Store } from "../model/contracts/store.ts";
import { messageIdFrom } from "../model/ids.ts";
import { isOrphaned } from "../run/orphaned.ts";
import { isFinal } from "../run/state/state.ts";
import type { LocalEngine } from "./local-engine.ts";
import type { RunLoop } from "./owner/loop.ts";

export interface SupervisorOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  /** How often the supervisor renews leases and looks for orphans, in milliseconds. */
  readonly heartbeat: number;
  /** How long a run may have been an orphan and still be resumed without a request, in milliseconds. */
  readonly resumeWithin: number;
  /** What to do with an orphan. `adopt`: run it here; `detach`: give it a process of its own; `nothing`: leave it. */
  readonly orphans: "adopt" | "detach" | "nothing";
  /** Starts a process that takes over the run, at once if the lease still has this epoch. */
  readonly detach: (id: string, epoch: number) => void;
  readonly log: (message: string) => void;
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
  private readonly alarms = new Set<() => void>();
  private stopped = false;
  /** When each orphan was last given to a process of its own, in milliseconds since 1970. That process needs time. */
  private readonly detachedAt = new Map<string, number>();
  /** The last message that was logged about a run, so that it is logged once. */
  private readonly logged = new Map<string, string>();
  /** Journal sizes of final runs and of runs with a problem. While the size stays the same, there is nothing to do. */
  private readonly sizeWhenDone = new Map<string, number>();

  constructor(
    private readonly engine: LocalEngine,
    private readonly options: SupervisorOptions,
  ) {}

  start(): void {
    const { heartbeat, orphans } = this.options;
    this.forEachLoop(heartbeat, (loop) => loop.heartbeat());
    this.forEachLoop(INBOX_POLL_INTERVAL_MS, (loop) => this.readInbox(loop));
    this.forEachLoop(heartbeat, (loop) => this.cancelIfStepEnded(loop));
    if (orphans === "nothing") return;
    // Not at once: hosts start a server just to see whether it starts, and stop it again.
    this.alarm(heartbeat / 2, () => void this.adoptOrphans().then(() => this.sweep()));
    this.every(heartbeat, () => this.adoptOrphans());
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.alarms) cancel();
    this.alarms.clear();
  }

  /**
   * Does something for every owned run, every `ms` milliseconds. A run for which it fails or takes long does not hold
   * up the others.
   */
  private forEachLoop(ms: number, work: (loop: RunLoop) => Awaitable<void>): void {
    const underWay = new Set<RunLoop>();
    const perform = async (loop: RunLoop) => {
      underWay.add(loop);
      try {
        await work(loop);
      } catch (error) {
        this.logOnce(loop.id, `${loop.id}: ${errorMessage(error)}`);
      } finally {
        underWay.delete(loop);
      }
    };
    this.every(ms, () => {
      for (const loop of this.engine.ownedLoops()) if (!underWay.has(loop)) void perform(loop);
    });
  }

  private async readInbox(loop: RunLoop): Promise<void> {
    const { inbox } = this.options.store;
    for (const message of await inbox.list(loop.id)) {
      // A message is removed only once its answer is in the journal. A message that is read twice takes effect once.
      void loop.send(message, true).then((answer) => {
        if (answer.ok || !["lost", "disk_full", "io_error"].includes(answer.error.reason)) {
          return inbox.remove(loop.id, message.id);
        }
      });
    }
  }

  /**
   * Cancels an owned child run whose step no longer runs. The process that ended the step may not have known of the
   * child: it may have owned the parent only to apply one message.
   */
  private async cancelIfStepEnded(loop: RunLoop): Promise<void> {
    const { parent, stopping } = loop.view.state;
    if (!parent || stopping || isFinal(loop.view.state)) return;
    const seen = await this.engine.observe(parent.workflowId);
    const index = seen?.plan.indexOf.get(parent.stepId);
    if (!seen || seen.problem || index === undefined) return;
    const { status, child } = seen.state.steps[index]!;
    const wanted = status === "running" || (status === "ready" && !isFinal(seen.state));
    if (wanted && (child === undefined || child === loop.id)) return;
    const id = messageIdFrom(this.options.scheduler.random(16));
    void loop.send({ id, action: "cancel" });
  }

  /** Checks every run that may be an orphan. Yields after each: there may be thousands, and calls wait for answers. */
  private async adoptOrphans(): Promise<void> {
    try {
      for (const id of await this.options.store.list()) {
        await nextTurn(this.options.scheduler);
        if (this.stopped) return;
        await this.adoptOrphan(id);
      }
    } catch (error) {
      this.options.log(errorMessage(error));
    }
  }

  private async mayBeOrphan(id: string): Promise<boolean> {
    const { store } = this.options;
    if (!this.engine.canAdopt(id)) return false;
    return this.sizeWhenDone.get(id) !== (await store.size(id)) && (await store.lease(id)).state !== "held";
  }

  /** Adopts orphans one by one: if the first decision about a run kills this process, no other run is blamed for it. */
  private async adoptOrphan(id: string): Promise<void> {
    try {
      const { store, resumeWithin } = this.options;
      if (!(await this.mayBeOrphan(id))) return;
      // This check comes first: without it, many foreign runs would be read in every round.
      const foreign = store.trust.foreign(id);
      if (foreign !== undefined) return this.logOnce(id, `${id} is not executed: ${foreign}`);
      // Set before the read: a run that cannot be read is not tried again until its journal grows.
      this.sizeWhenDone.set(id, await store.size(id));
      const seen = await this.engine.observe(id);
      if (!seen) return;
      if (seen.problem) return this.logOnce(id, `${id} is not executed: ${seen.problem.message}`);
      if (!isFinal(seen.state)) this.sizeWhenDone.delete(id);
      if (isOrphaned(seen, resumeWithin) === "recently") await this.adoptOrDetach(id, seen.state.detach);
    } catch (error) {
      this.logOnce(id, `${id} cannot be read: ${errorMessage(error)}`);
    }
  }

  private async adoptOrDetach(id: string, detached: boolean): Promise<void> {
    const { store, scheduler, orphans, detach } = this.options;
    if (orphans === "detach" || detached) {
      const now = scheduler.now();
      if (now - (this.detachedAt.get(id) ?? Number.NEGATIVE_INFINITY) < DETACH_TIMEOUT_MS) return;
      this.detachedAt.set(id, now);
      return detach(id, (await store.lease(id)).epoch);
    }
    const adopted = await this.engine.adopt(id);
    if (!adopted.ok && adopted.error.reason !== "owned") this.logOnce(id, adopted.error.message);
  }

  /** Sweeps run by run. Yields after each: there may be thousands, and no caller waits for this. */
  private async sweep(): Promise<void> {
    const { store, scheduler, log } = this.options;
    try {
      await store.sweep();
      for (const id of await store.list()) {
        await nextTurn(scheduler);
        if (this.stopped) return;
        await store.sweep(id);
      }
    } catch (error) {
      log(errorMessage(error));
    }
  }

  private logOnce(id: string, message: string): void {
    if (this.logged.get(id) === message) return;
    this.logged.set(id, message);
    this.options.log(message);
  }

  /** Repeats a round until `stop`. A round that takes longer than `ms` delays the next one. */
  private every(ms: number, round: () => Awaitable<void>): void {
    this.alarm(ms, () => {
      const again = () => this.every(ms, round);
      new Promise<void>((resolve) => resolve(round())).then(again, (error) => {
        // A directory that is unreadable now may be readable in the next round.
        this.options.log(errorMessage(error));
        again();
      });
    });
  }

  private alarm(ms: number, ring: () => void): void {
    if (this.stopped) return;
    const cancel = this.options.scheduler.alarm(ms, () => {
      this.alarms.delete(cancel);
      ring();
    });
    this.alarms.add(cancel);
  }
}

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
