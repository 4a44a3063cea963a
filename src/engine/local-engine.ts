import type { Clock } from "../model/contracts/clock.ts";
import type { StepSyntax, StepType } from "../model/contracts/step.ts";
import type { AppendFailure, Lease, LeaseStatus, Store } from "../model/contracts/store.ts";
import type { Message } from "../model/message.ts";
import type { Plan } from "../model/plan.ts";
import { err, ok, type Result } from "../model/result.ts";
import { handleMessage } from "../run/handle-message.ts";
import { openGates } from "../run/state/settle.ts";
import type { RunState } from "../run/state/state.ts";
import { createRun, type StartRequest } from "./create-run.ts";
import { detachRun } from "./detach.ts";
import {
  type EngineFailure,
  ioFailure,
  notFound,
  problemFailure,
  untrustedStateFailure,
} from "./owner/engine-failure.ts";
import { JournalCache } from "./owner/journal-cache.ts";
import { type LoadedRun, loadCreatedRun, loadRun } from "./owner/load-run.ts";
import { type CloseReason, type LoopOptions, RunLoop } from "./owner/loop.ts";
import type { SendFailure } from "./owner/loop-input.ts";
import { problemOf, type RunProblem } from "./owner/run-problem.ts";
import { type TakeOverOptions, takeOver } from "./owner/take-over.ts";
import { sendToOwner } from "./send-to-owner.ts";

export interface EngineOptions {
  readonly store: Store;
  /** The step types that Baton performs itself, by name. */
  readonly steps: ReadonlyMap<string, StepType>;
  /** The syntax of every step type that a workflow may use. */
  readonly syntax: readonly StepSyntax[];
  readonly clock: Clock;
  readonly pid: number;
  readonly random: (bytes: number) => Uint8Array;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGrace: number;
  readonly snapshotEvery: number;
  readonly schedule: LoopOptions["schedule"];
  readonly capture: LoopOptions["capture"];
  /** Starts a process that takes over the run, at once if the lease still has this epoch. */
  readonly detach: (id: string, epoch: number) => void;
  /** Called with the loop of every run that this process starts to execute. */
  readonly onExecute?: (loop: RunLoop) => void;
  readonly log: (message: string) => void;
}

/** A run as it is now. `state` belongs to the engine: read it before the next turn, and do not change it. */
export interface ObservedRun {
  readonly plan: Plan;
  readonly state: RunState;
  /** The current instant in the run's own time, in milliseconds since 1970. */
  readonly now: number;
  /** `own`: this process owns the run. Otherwise the status of the lease. */
  readonly owner: "own" | LeaseStatus;
  /** Why Baton does not continue the run, or why the run cannot go on now (a full disk). */
  readonly problem?: RunProblem | { readonly kind: AppendFailure["reason"]; readonly message: string };
}

/** How often a waiting caller's process reads the journal of another process, in milliseconds. */
const JOURNAL_POLL_INTERVAL_MS = 50;
/** How long one observation of a run may spend on opening gates, in milliseconds. */
const MAX_GATE_TIME_MS = 50;

/** Executes runs in this process, and sends messages to the owners of runs in other processes. */
export class LocalEngine {
  private readonly loops = new Map<string, RunLoop>();
  private readonly adoptions = new Map<string, Promise<Result<RunLoop, EngineFailure>>>();
  /** The journals of runs that other processes own. */
  readonly journalCache: JournalCache;
  /** Runs that this process must not adopt again, because Baton's own code failed on them. */
  private readonly broken = new Set<string>();

  constructor(readonly options: EngineOptions) {
    this.journalCache = new JournalCache(options.store, this.syntax);
  }

  /** Creates a run and starts it. An idempotency key used before for the same definition gives the run of that time. */
  async start(request: StartRequest): Promise<Result<{ id: string; existing: boolean }, EngineFailure>> {
    const { store, clock, random } = this.options;
    try {
      const refusal = store.trust.refusal();
      if (refusal !== undefined) return err(untrustedStateFailure(refusal));
      const run = createRun(request, { store, now: clock.now(), random: random(10) });
      if (!run.ok) return run;
      const { id, made } = run.value;
      if (!made) return ok({ id, existing: true });
      if (request.detach) return await detachRun(id, made.lease, { ...this.options, sleep: (ms) => this.sleep(ms) });
      this.openLoop(id, loadCreatedRun(request.definition, this.syntax, made.events), made.lease, true);
      return ok({ id, existing: false });
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  /** Takes over a run that has no living owner, and executes it. */
  adopt(id: string, options: Omit<TakeOverOptions, "executes"> = {}): Promise<Result<RunLoop, EngineFailure>> {
    const loop = this.loops.get(id);
    if (loop) return Promise.resolve(ok(loop));
    const running = this.adoptions.get(id);
    if (running) return running;
    const adopting = this.takeOver(id, { executes: true, ...options }).finally(() => this.adoptions.delete(id));
    this.adoptions.set(id, adopting);
    return adopting;
  }

  /**
   * Delivers a message to the run's owner and returns the answer. There are three cases:
   * - this process owns the run: its loop handles the message;
   * - another process owns the run: the message goes through the inbox, and the answer comes back in the journal;
   * - the run has no owner: this process takes it over, to execute it if `executes`, else only to apply the message.
   */
  async send(id: string, message: Message, executes: boolean): Promise<Result<void, SendFailure | EngineFailure>> {
    // The owner may change while the message is on its way. The message keeps its id, so it takes effect only once.
    for (let tries = 0; tries < 10; tries++) {
      const loop = this.loops.get(id);
      if (loop) {
        const answer = await loop.send(message);
        if (answer.ok || answer.error.reason !== "lost") return answer;
        continue;
      }
      const seen = this.observeUnowned(id);
      if (!seen) return err(notFound(id));
      const { loaded, lease, problem } = seen;
      // A quarantined run can still be cancelled.
      if (problem && !(problem.kind === "quarantined" && message.action === "cancel"))
        return err(problemFailure(id, problem));
      if (lease.state === "held") {
        const answer = await sendToOwner(this, id, message);
        if (answer) return answer;
        continue;
      }
      // A message that would be refused, or would change nothing, is no reason to take over the run.
      const judged = handleMessage(
        loaded.plan,
        loaded.state,
        message,
        Math.max(this.options.clock.now(), loaded.state.lastAt),
      );
      if (!judged.ok) return judged;
      if (judged.value.length === 0) return ok(undefined);
      const taken = executes
        ? await this.adopt(id, { first: message })
        : await this.takeOver(id, { executes, first: message });
      if (!taken.ok) {
        if (taken.error.reason === "owned") continue;
        return taken;
      }
      const answer = await taken.value.send(message);
      if (!executes) taken.value.abandon("left");
      if (answer.ok || answer.error.reason !== "lost") return answer;
    }
    return err({ reason: "no_answer", message: `the owner of the run ${id} keeps changing; try again` });
  }

  /** The run as it is now, or undefined if no run has this id. */
  observe(id: string): ObservedRun | undefined {
    const loop = this.loops.get(id);
    if (loop?.stillOwner()) {
      const { stalled } = loop;
      return {
        ...loop.view,
        now: loop.now(),
        owner: "own",
        ...(stalled && { problem: { kind: stalled.reason, message: stalled.message } }),
      };
    }
    const seen = this.observeUnowned(id);
    if (!seen) return undefined;
    const { loaded, lease, problem } = seen;
    const now = Math.max(this.options.clock.now(), loaded.state.lastAt);
    return { plan: loaded.plan, state: loaded.state, now, owner: lease, ...(problem && { problem }) };
  }

  /** Reads a run that this process does not own. Opens its gates only if it has no problem, and for a limited time. */
  private observeUnowned(
    id: string,
  ): { loaded: LoadedRun; lease: LeaseStatus; problem: RunProblem | undefined } | undefined {
    const { store, clock } = this.options;
    const loaded = this.journalCache.read(id);
    if (!loaded) return undefined;
    const lease = store.lease(id);
    const problem = problemOf(store, id, loaded, lease);
    const until = clock.elapsed() + MAX_GATE_TIME_MS;
    if (!problem) openGates(loaded.plan, loaded.state, () => clock.elapsed() > until);
    return { loaded, lease, problem };
  }

  /** Resolves when everything that `observe` shows is durable and may be reported. */
  durable(id: string): Promise<void> {
    return this.loops.get(id)?.durable() ?? Promise.resolve();
  }

  list(): string[] {
    return this.options.store.list();
  }

  /** Resolves when the run is newer than `rev`, has a problem or is gone, after `ms` milliseconds, or on abort. */
  async changed(id: string, rev: number, ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.options.clock.now() + ms;
    for (;;) {
      const seen = this.observe(id);
      const left = until - this.options.clock.now();
      if (!seen || seen.state.rev > rev || seen.problem || left <= 0 || signal?.aborted) return;
      await this.waitForChange(id, seen.owner === "own" ? left : Math.min(left, JOURNAL_POLL_INTERVAL_MS), signal);
    }
  }

  /** The loops of the runs that this process owns. */
  ownedLoops(): readonly RunLoop[] {
    return [...this.loops.values()];
  }

  canAdopt(id: string): boolean {
    return !this.broken.has(id) && !this.loops.has(id) && !this.adoptions.has(id);
  }

  /** Kills what this process runs, and gives up its runs. Waits for nothing: the next owner needs only the journals. */
  abandonAll(): void {
    for (const loop of this.ownedLoops()) loop.abandon("left");
  }

  private get syntax() {
    return this.options.syntax;
  }

  private async takeOver(id: string, how: TakeOverOptions): Promise<Result<RunLoop, EngineFailure>> {
    try {
      const taken = await takeOver(id, how, this.options);
      if (!taken.ok) return taken;
      const { loaded, lease, journal } = taken.value;
      return ok(this.openLoop(id, loaded, lease, how.executes, { journal, ...(how.first && { first: how.first }) }));
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  private openLoop(
    id: string,
    { plan, state }: Pick<LoadedRun, "plan" | "state">,
    lease: Lease,
    executes: boolean,
    given: { journal?: ReturnType<Store["journal"]>; first?: Message } = {},
  ): RunLoop {
    const { store } = this.options;
    this.journalCache.forget(id);
    const loop = new RunLoop({
      ...this.options,
      id,
      plan,
      state,
      lease,
      journal: given.journal ?? store.journal(id, lease),
      executes,
      reload: () => loadRun(store, this.syntax, id)!.state,
      onClosed: (why, error) => this.onLoopClosed(id, lease, why, error),
    });
    // Taking over a broken run is an explicit request. If it breaks again, the log says so again.
    this.broken.delete(id);
    this.loops.set(id, loop);
    // The sender of the first message sends it again to get the answer. Here it only has to be the loop's first input.
    void loop.begin(given.first);
    if (executes) this.options.onExecute?.(loop);
    return loop;
  }

  private onLoopClosed(id: string, lease: Lease, why: CloseReason, error: unknown): void {
    this.loops.delete(id);
    if (why === "broken") {
      this.broken.add(id);
      this.options.log(`run ${id}: Baton does not execute it: ${error instanceof Error ? error.stack : String(error)}`);
    }
    // A process that lost the run has no lease to release.
    if (why !== "lost") lease.release();
  }

  private waitForChange(id: string, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stopListening?.();
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const stopListening = this.loops.get(id)?.onChange(done);
      const cancel = this.options.clock.alarm(ms, done);
      signal?.addEventListener("abort", done);
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.options.clock.alarm(ms, resolve));
  }
}
