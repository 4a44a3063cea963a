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
import { handOver } from "./detach.ts";
import { type EngineFailure, ioFailure, notFound, unfit, untrustedState } from "./owner/engine-failure.ts";
import { JournalReader } from "./owner/journal-cache.ts";
import { type Loaded, loadRun, newlyMade } from "./owner/load-run.ts";
import { type Closed, type LoopOptions, RunLoop } from "./owner/loop.ts";
import type { SendFailure } from "./owner/loop-input.ts";
import { problemOf, type RunProblem } from "./owner/run-problem.ts";
import { type TakeOver, takeOver } from "./owner/take-over.ts";
import { sendToOwner } from "./send-to-owner.ts";

export interface EngineOptions {
  readonly store: Store;
  /** What Baton performs itself. */
  readonly steps: ReadonlyMap<string, StepType>;
  /** Every kind of step that a workflow may have. */
  readonly syntax: readonly StepSyntax[];
  readonly clock: Clock;
  readonly pid: number;
  readonly random: (bytes: number) => Uint8Array;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGrace: number;
  readonly snapshotEvery: number;
  readonly soon: LoopOptions["soon"];
  /** Starts a process that will own the run, at once if the lease still has this epoch. */
  readonly capture: LoopOptions["capture"];
  readonly detach: (id: string, epoch: number) => void;
  /** Called with every run that this process begins to execute. */
  readonly attend?: (loop: RunLoop) => void;
  readonly log: (message: string) => void;
}

/** A run as it is now. `state` belongs to the engine: read it before the next turn, and do not change it. */
export interface ObservedRun {
  readonly plan: Plan;
  readonly state: RunState;
  /** The instant, as this run counts it. */
  readonly now: number;
  /** `own`: this process executes it. */
  readonly owner: "own" | LeaseStatus;
  /** Why the run is not carried on, or cannot go on at the moment: a full disk. */
  readonly problem?: RunProblem | { readonly kind: AppendFailure["reason"]; readonly message: string };
}

/** How often to look at another process's journal while waiting for news, in milliseconds. */
const FOLLOW = 50;
/** How long a look at a run may compute what its gates say, in milliseconds. */
const LONGEST_LOOK = 50;

/** Runs workflows in this process, and knows the way to those that other processes run. */
export class LocalEngine {
  private readonly loops = new Map<string, RunLoop>();
  private readonly adopting = new Map<string, Promise<Result<RunLoop, EngineFailure>>>();
  /** The runs that others own, as far as their journals go. */
  readonly others: JournalReader;
  /** Runs that this process must not take up again: a rule of ours failed on them. */
  private readonly broken = new Set<string>();

  constructor(readonly options: EngineOptions) {
    this.others = new JournalReader(options.store, this.syntax);
  }

  /** Makes a run and starts it. An idempotency key that was used for the same definition gives the run it made then. */
  async start(request: StartRequest): Promise<Result<{ id: string; existing: boolean }, EngineFailure>> {
    const { store, clock, random } = this.options;
    try {
      const refusal = store.trust.refusal();
      if (refusal !== undefined) return err(untrustedState(refusal));
      const run = createRun(request, { store, now: clock.now(), random: random(10) });
      if (!run.ok) return run;
      const { id, made } = run.value;
      if (!made) return ok({ id, existing: true });
      if (request.detach) return await handOver(id, made.lease, { ...this.options, pause: (ms) => this.pause(ms) });
      this.own(id, newlyMade(request.definition, this.syntax, made.events), made.lease, true);
      return ok({ id, existing: false });
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  /** Takes over a run that nobody owns, and executes it. */
  adopt(id: string, options: Omit<TakeOver, "executes"> = {}): Promise<Result<RunLoop, EngineFailure>> {
    const loop = this.loops.get(id);
    if (loop) return Promise.resolve(ok(loop));
    const running = this.adopting.get(id);
    if (running) return running;
    const adopting = this.takeOver(id, { executes: true, ...options }).finally(() => this.adopting.delete(id));
    this.adopting.set(id, adopting);
    return adopting;
  }

  /**
   * Brings a message to the run's owner, whoever that is, and its answer back. If nobody owns the run, this process takes it:
   * to execute it if `executes`, else only to apply the message.
   */
  async send(id: string, message: Message, executes: boolean): Promise<Result<void, SendFailure | EngineFailure>> {
    // Ownership may change hands while the message is on its way; it is the same message wherever it arrives.
    for (let tries = 0; tries < 10; tries++) {
      const loop = this.loops.get(id);
      if (loop) {
        const answer = await loop.send(message);
        if (answer.ok || answer.error.reason !== "lost") return answer;
        continue;
      }
      const seen = this.lookAtOthers(id);
      if (!seen) return err(notFound(id));
      const { loaded, lease, problem } = seen;
      // A run that ends whoever decides about it can still be ended.
      if (problem && !(problem.kind === "quarantined" && message.action === "cancel")) return err(unfit(id, problem));
      if (lease.state === "held") {
        const answer = await sendToOwner(this, id, message);
        if (answer) return answer;
        continue;
      }
      // Nobody need take the run only to be refused.
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
    return err({ reason: "no_answer", message: `the run ${id} keeps changing its owner; try again` });
  }

  /** The run as it is now, or undefined if there is none of that id. */
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
    const seen = this.lookAtOthers(id);
    if (!seen) return undefined;
    const { loaded, lease, problem } = seen;
    const now = Math.max(this.options.clock.now(), loaded.state.lastAt);
    return { plan: loaded.plan, state: loaded.state, now, owner: lease, ...(problem && { problem }) };
  }

  /** A run that this process does not own. What its gates say is computed only where nothing is wrong with it, and only for so long. */
  private lookAtOthers(
    id: string,
  ): { loaded: Loaded; lease: LeaseStatus; problem: RunProblem | undefined } | undefined {
    const { store, clock } = this.options;
    const loaded = this.others.read(id);
    if (!loaded) return undefined;
    const lease = store.lease(id);
    const problem = problemOf(store, id, loaded, lease);
    const until = clock.elapsed() + LONGEST_LOOK;
    if (!problem) openGates(loaded.plan, loaded.state, () => clock.elapsed() > until);
    return { loaded, lease, problem };
  }

  /** Resolves when all that `look` shows may be told. */
  durable(id: string): Promise<void> {
    return this.loops.get(id)?.durable() ?? Promise.resolve();
  }

  list(): string[] {
    return this.options.store.list();
  }

  /** Resolves when there is anything newer than `rev`, after `ms` milliseconds, or when the signal says so. */
  async changed(id: string, rev: number, ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.options.clock.now() + ms;
    for (;;) {
      const seen = this.observe(id);
      const left = until - this.options.clock.now();
      if (!seen || seen.state.rev > rev || seen.problem || left <= 0 || signal?.aborted) return;
      await this.nextNews(id, seen.owner === "own" ? left : Math.min(left, FOLLOW), signal);
    }
  }

  /** The loops of the runs that this process owns. */
  owned(): readonly RunLoop[] {
    return [...this.loops.values()];
  }

  mayAdopt(id: string): boolean {
    return !this.broken.has(id) && !this.loops.has(id) && !this.adopting.has(id);
  }

  /** Kills what this process runs, and lets go of everything. Takes no time: the next owner needs only the journals. */
  leave(): void {
    for (const loop of this.owned()) loop.abandon("left");
  }

  private get syntax() {
    return this.options.syntax;
  }

  private async takeOver(id: string, how: TakeOver): Promise<Result<RunLoop, EngineFailure>> {
    try {
      const taken = await takeOver(id, how, this.options);
      if (!taken.ok) return taken;
      const { loaded, lease, journal } = taken.value;
      return ok(this.own(id, loaded, lease, how.executes, { journal, ...(how.first && { first: how.first }) }));
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  private own(
    id: string,
    { plan, state }: Pick<Loaded, "plan" | "state">,
    lease: Lease,
    executes: boolean,
    given: { journal?: ReturnType<Store["journal"]>; first?: Message } = {},
  ): RunLoop {
    const { store } = this.options;
    this.others.forget(id);
    const loop = new RunLoop({
      ...this.options,
      id,
      plan,
      state,
      lease,
      journal: given.journal ?? store.journal(id, lease),
      executes,
      reload: () => loadRun(store, this.syntax, id)!.state,
      onClosed: (why, error) => this.closed(id, lease, why, error),
    });
    // Whoever took it asked for it: should it be left alone again, that is said again.
    this.broken.delete(id);
    this.loops.set(id, loop);
    // The answer to the first message is asked for again by whoever sent it; here it only has to come before the end.
    void loop.begin(given.first);
    if (executes) this.options.attend?.(loop);
    return loop;
  }

  private closed(id: string, lease: Lease, why: Closed, error: unknown): void {
    this.loops.delete(id);
    if (why === "broken") {
      this.broken.add(id);
      this.options.log(`run ${id} was left alone: ${error instanceof Error ? error.stack : String(error)}`);
    }
    // A process that dies needs no release, and one that lost the run has none to give.
    if (why !== "lost") lease.release();
  }

  private nextNews(id: string, ms: number, signal?: AbortSignal): Promise<void> {
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

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.options.clock.alarm(ms, resolve));
  }
}
