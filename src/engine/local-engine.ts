import { type Awaitable, andThen } from "../model/contracts/awaitable.ts";
import type {
  AdoptOptions,
  Engine,
  EngineFailure,
  ObservedRun,
  RunProblem,
  SendFailure,
  StartRequest,
} from "../model/contracts/engine.ts";
import type { Observer, RunNews } from "../model/contracts/observer.ts";
import type { Scheduler } from "../model/contracts/scheduler.ts";
import type { StepSyntax, StepType } from "../model/contracts/step.ts";
import { type Journal, type Lease, type LeaseStatus, START, type Store } from "../model/contracts/store.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import type { JournalEvent } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import { handleMessage } from "../run/handle-message.ts";
import { notFound, problemFailure, untrustedStateFailure } from "../run/run-failure.ts";
import { evaluateGates } from "../run/state/evaluate-gates.ts";
import { createRun } from "./create-run.ts";
import { detachRun } from "./detach.ts";
import { followJournal } from "./follow-journal.ts";
import { hasWorkersIn } from "./owner/evidence.ts";
import { ioFailure } from "./owner/io-failure.ts";
import { JournalCache } from "./owner/journal-cache.ts";
import { type LoadedRun, loadCreatedRun, loadRun } from "./owner/load-run.ts";
import { type LoopOptions, RunLoop } from "./owner/loop.ts";
import { Observers } from "./owner/observers.ts";
import type { CloseReason } from "./owner/release-run.ts";
import { problemOf } from "./owner/run-problem.ts";
import { type TakeOverOptions, type TakeOverParts, takeOver } from "./owner/take-over.ts";
import { sendToOwner } from "./send-to-owner.ts";
import { waitForChange } from "./wait-for-change.ts";

export interface EngineOptions
  extends Pick<LoopOptions, "schedule" | "capture" | "takeTree" | "baselineWait" | "path" | "killGrace"> {
  readonly store: Store;
  /** The step types that Baton performs itself, by name. */
  readonly steps: ReadonlyMap<string, StepType>;
  /** The syntax of every step type that a workflow may use. */
  readonly syntax: readonly StepSyntax[];
  readonly scheduler: Scheduler;
  readonly pid: number;
  readonly killOrphans: TakeOverParts["killOrphans"];
  readonly snapshotEvery: number;
  /** Starts a process that takes over the run, at once if the lease still has this epoch. */
  readonly detach: (id: string, epoch: number) => void;
  /** Called with the loop of every run that this process starts to execute. */
  readonly onExecute?: (loop: RunLoop) => void;
  readonly observers?: readonly Observer[];
  readonly log: (message: string) => void;
}

/** How often a waiting caller's process reads the journal of another process, in milliseconds. */
const JOURNAL_POLL_INTERVAL_MS = 50;
/** How long one observation of a run may spend on opening gates, in milliseconds. */
const MAX_GATE_TIME_MS = 50;

/** Executes runs in this process, and sends messages to the owners of runs in other processes. */
export class LocalEngine implements Engine {
  private readonly loops = new Map<string, RunLoop>();
  private readonly adoptions = new Map<string, Promise<Result<RunLoop, EngineFailure>>>();
  /** The journals of runs that other processes own. */
  private readonly journalCache: JournalCache;
  /** Runs that this process must not adopt again, because Baton's own code failed on them. */
  private readonly broken = new Set<string>();

  private readonly observers: Observers;

  constructor(private readonly options: EngineOptions) {
    this.journalCache = new JournalCache(options.store, options.syntax);
    this.observers = new Observers(options.observers ?? [], options);
  }

  async start(request: StartRequest): Promise<Result<{ id: string; existing: boolean }, EngineFailure>> {
    const { store, scheduler } = this.options;
    try {
      const refusal = store.trust.refusal();
      if (refusal !== undefined) return err(untrustedStateFailure(refusal));
      const run = await createRun(request, { store, now: scheduler.now(), random: scheduler.random(10) });
      if (!run.ok) return run;
      const { id, made } = run.value;
      if (!made) return ok({ id, existing: true });
      if (request.detach) return await detachRun(id, made.lease, this.options);
      const loaded = loadCreatedRun(request.definition, this.options.syntax, made.events);
      this.openLoop(id, loaded, made.lease, true, { written: made.events });
      return ok({ id, existing: false });
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  async adopt(id: string, options: AdoptOptions = {}): Promise<Result<void, EngineFailure>> {
    const adopted = await this.adoptLoop(id, options);
    return adopted.ok ? ok(undefined) : adopted;
  }

  private adoptLoop(id: string, options: Omit<TakeOverOptions, "executes">): Promise<Result<RunLoop, EngineFailure>> {
    const loop = this.loops.get(id);
    if (loop) return Promise.resolve(ok(loop));
    const running = this.adoptions.get(id);
    if (running) return running;
    const adopting = this.takeOver(id, { executes: true, ...options }).finally(() => this.adoptions.delete(id));
    this.adoptions.set(id, adopting);
    return adopting;
  }

  /**
   * There are three cases:
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
      const seen = await this.observeUnowned(id);
      if (!seen) return err(notFound(id));
      const { loaded, lease, problem } = seen;
      // A quarantined run can still be cancelled.
      if (problem && !(problem.kind === "quarantined" && message.action === "cancel"))
        return err(problemFailure(id, problem));
      if (lease.state === "held") {
        const answer = await sendToOwner({ ...this.options, journalCache: this.journalCache }, id, message);
        if (answer) return answer;
        continue;
      }
      // A message that would be refused, or would change nothing, is no reason to take over the run.
      const judged = handleMessage(
        loaded.plan,
        loaded.state,
        message,
        Math.max(this.options.scheduler.now(), loaded.state.lastAt),
      );
      if (!judged.ok) return judged;
      if (judged.value.length === 0) return ok(undefined);
      const taken = executes
        ? await this.adoptLoop(id, { first: message })
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

  async observe(id: string): Promise<ObservedRun | undefined> {
    const loop = this.loops.get(id);
    if (loop && (await loop.stillOwner())) {
      await loop.journalled();
      const { stalled } = loop;
      return {
        ...loop.view,
        rev: loop.view.state.rev,
        now: loop.now(),
        owner: "own",
        ...(stalled && { problem: { kind: stalled.reason, message: stalled.message } }),
      };
    }
    const seen = await this.observeUnowned(id);
    if (!seen) return undefined;
    const { loaded, lease, problem } = seen;
    const { definition, plan, state } = loaded;
    const now = Math.max(this.options.scheduler.now(), state.lastAt);
    return { definition, plan, state, rev: state.rev, now, owner: lease, ...(problem && { problem }) };
  }

  /** Reads a run that this process does not own. Opens its gates only if it has no problem, and for a limited time. */
  private async observeUnowned(
    id: string,
  ): Promise<{ loaded: LoadedRun; lease: LeaseStatus; problem: RunProblem | undefined } | undefined> {
    const { store, scheduler } = this.options;
    const loaded = await this.journalCache.read(id);
    if (!loaded) return undefined;
    const lease = await store.lease(id);
    const problem = problemOf(store, id, loaded, lease);
    const until = scheduler.elapsed() + MAX_GATE_TIME_MS;
    if (!problem) evaluateGates(loaded.plan, loaded.state, () => scheduler.elapsed() > until);
    return { loaded, lease, problem };
  }

  durable(id: string): Promise<void> {
    return this.loops.get(id)?.durable() ?? Promise.resolve();
  }

  follow(id: string, signal: AbortSignal): AsyncIterable<RunNews> {
    const positionOf = (id: string) => this.journalCache.positionOf(id);
    return followJournal({ ...this.options, engine: this, positionOf }, id, signal);
  }

  async list(): Promise<readonly string[]> {
    return this.options.store.list();
  }

  async events(id: string): Promise<readonly JournalEvent[]> {
    return (await this.options.store.read(id, START))?.events ?? [];
  }

  async findByKey(key: string): Promise<string | undefined> {
    return this.options.store.keys.find(key);
  }

  files(id: string, step: string, attempt: number) {
    return this.options.store.files(id, step, attempt);
  }

  async changed(id: string, rev: number, ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.options.scheduler.now() + ms;
    for (;;) {
      const seen = await this.observe(id);
      const left = until - this.options.scheduler.now();
      if (!seen || seen.state.rev > rev || seen.problem || left <= 0 || signal?.aborted) return;
      const loop = this.loops.get(id);
      // An owned run that has ended since has no loop any more that could tell of it.
      const ms = loop ? left : Math.min(left, seen.owner === "own" ? 0 : JOURNAL_POLL_INTERVAL_MS);
      await waitForChange({ loop, rev, ms, signal }, this.options.scheduler);
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

  private async takeOver(id: string, how: TakeOverOptions): Promise<Result<RunLoop, EngineFailure>> {
    try {
      const taken = await takeOver(id, how, this.options);
      if (!taken.ok) return taken;
      const { loaded, lease, journal, event } = taken.value;
      const given = { journal, written: [event], ...(how.first && { first: how.first }) };
      return ok(this.openLoop(id, loaded, lease, how.executes, given));
    } catch (error) {
      return err(ioFailure(error));
    }
  }

  private openLoop(
    id: string,
    { definition, plan, state }: Pick<LoadedRun, "definition" | "plan" | "state">,
    lease: Lease,
    executes: boolean,
    given: { written: readonly JournalEvent[]; journal?: Journal; first?: Message },
  ): RunLoop {
    const { store } = this.options;
    this.journalCache.forget(id);
    const loop: RunLoop = new RunLoop({
      ...this.options,
      id,
      definition,
      plan,
      state,
      lease,
      journal: given.journal ?? store.journal(id, lease),
      executes,
      othersWorkIn: (top) => this.ownedLoops().some((other) => other.id !== id && hasWorkersIn(other.view, top)),
      reload: () => andThen(loadRun(store, this.options.syntax, id), (loaded) => loaded!.state),
      onEvents: (state, events) => this.observers.notify(id, plan, state, events),
      onClosed: (why, released, error) => this.onLoopClosed(id, loop, why, released, error),
    });
    // Taking over a broken run is an explicit request. If it breaks again, the log says so again.
    this.broken.delete(id);
    this.loops.set(id, loop);
    this.observers.notify(id, plan, state, given.written);
    // The sender of the first message sends it again to get the answer. Here it only has to be the loop's first input.
    void loop.begin(given.first);
    if (executes) this.options.onExecute?.(loop);
    return loop;
  }

  private onLoopClosed(id: string, loop: RunLoop, why: CloseReason, released: Awaitable<void>, error: unknown): void {
    if (this.loops.get(id) === loop) this.loops.delete(id);
    if (why === "broken") {
      this.broken.add(id);
      this.options.log(`run ${id}: Baton does not execute it: ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (released instanceof Promise)
      released.catch((error) => this.options.log(`the lease of ${id} could not be released: ${error}`));
  }
}
