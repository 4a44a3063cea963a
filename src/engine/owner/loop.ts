import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { SendFailure } from "../../model/contracts/engine.ts";
import type { AppendFailure, Journal } from "../../model/contracts/store.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Definition } from "../../model/definition.ts";
import type { JournalEvent } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { underWay } from "../../run/recovery.ts";
import { isFinal } from "../../run/state/state.ts";
import { Alarm } from "./alarm.ts";
import { Effects, type EffectsOptions } from "./effects.ts";
import { JournalWriter } from "./journal-writer.ts";
import type { LoopInput } from "./loop-input.ts";
import { holdsNow } from "./ownership.ts";
import { type CloseReason, releaseRun } from "./release-run.ts";
import { NO_DECISION, type Round, RoundBuilder, type RoundBuilderOptions } from "./round.ts";

export interface LoopOptions extends RoundBuilderOptions, EffectsOptions {
  readonly journal: Journal;
  /** Called with what has just been written to the journal, after it was acted on. */
  readonly onEvents: (state: RunState, events: readonly JournalEvent[]) => void;
  /** Called once, when the loop has closed. `released`: its journal and lease are, too. `error`: what broke it. */
  readonly onClosed: (why: CloseReason, released: Awaitable<void>, error?: unknown) => void;
}

/** A journalled round whose effects and answers are still to come. `more`: the rules have more to decide at once. */
type JournalledRound = Round & { readonly more: boolean };

/** How long a turn may take before other work of the process comes in between, in milliseconds. */
const MAX_TURN_MS = 20;
/** Two rounds journal the start of an attempt and its process in the same turn, however long the start takes. */
const MIN_ROUNDS_PER_TURN = 2;
/** How many rounds of a busy run make one turn at most. */
const MAX_ROUNDS_PER_TURN = 32;
const OWNERSHIP_LOST = err({ reason: "lost", message: "another process owns the run now" } as const);
/** How long to wait before writing to a full disk again, in milliseconds. */
const WRITE_RETRY_INTERVAL_MS = 1_000;

/**
 * Runs one run while this process owns it. One round:
 * 1. turn the inputs into events, and append them;
 * 2. let the rules decide until nothing follows, and append those events;
 * 3. check that this process still is the owner;
 * 4. only then act and answer.
 * Baton never acts on or reports what is not in the journal.
 */
export class RunLoop {
  private readonly builder: RoundBuilder;
  private readonly effects: Effects;
  private inputs: LoopInput[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly alarm: Alarm;
  private busy = false;
  private readonly writer: JournalWriter;
  private open = true;
  private decided = false;

  constructor(private readonly options: LoopOptions) {
    this.builder = new RoundBuilder(options);
    this.writer = new JournalWriter(options.journal);
    this.alarm = new Alarm(options.scheduler, () => this.takeTurn());
    const enqueue = (input: LoopInput) => {
      this.inputs.push(input);
      this.takeTurn();
    };
    this.effects = new Effects(options, enqueue, () => this.state);
  }

  private get state(): RunState {
    return this.builder.state;
  }

  get id(): string {
    return this.options.id;
  }
  /** Whether this process owns the run, as far as it knows. */
  get owned(): boolean {
    return this.open;
  }

  /** Resolves once `view` shows nothing but what the journal holds: at once, unless the store is still writing. */
  journalled(): Promise<void> {
    return this.writer.settled();
  }

  /** The state of the run, ahead of the journal while the store writes. Readers must not keep it across turns. */
  get view(): { readonly definition: Definition; readonly plan: Plan; readonly state: RunState } {
    const { definition, plan } = this.options;
    return { definition, plan, state: this.state };
  }

  /** Why the run stands still: its journal or a step log cannot be written. It goes on by itself once both can. */
  get stalled(): AppendFailure | undefined {
    const message = this.effects.attempts.stalled;
    return this.writer.failure ?? (message === undefined ? undefined : { reason: "io_error", message });
  }

  /** The current instant in the run's own time, in milliseconds since 1970. */
  now(): number {
    return this.builder.now();
  }

  /**
   * Starts the loop. Attempts that the journal shows in flight must be dead by now; the rules say what follows.
   * @param first a message that is handled before everything else but recovery, e.g. the restart of a final run
   */
  begin(first?: Message): Promise<Result<void, SendFailure>> {
    if (underWay(this.state).length > 0) this.inputs.push({ kind: "recover" });
    if (first) return this.send(first);
    this.takeTurn();
    return Promise.resolve(ok(undefined));
  }

  /** @param fromInbox the sender is another process, which reads the answer, a refusal included, in the journal */
  send(message: Message, fromInbox = false): Promise<Result<void, SendFailure>> {
    if (!this.open) return Promise.resolve(OWNERSHIP_LOST);
    return new Promise((reply) => {
      this.inputs.push({ kind: "message", message, fromInbox, reply });
      this.takeTurn();
    });
  }

  /** Resolves once everything in `view` may be reported: at once, or after a sync with `durability: power`. */
  durable(): Promise<void> {
    return this.open && this.state.durability === "power" ? this.options.journal.sync() : Promise.resolve();
  }

  /** Calls the listener after every change. Returns a function that stops that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Gives up the run: kills the running process groups. The next owner continues from the journal. */
  abandon(why: CloseReason, error?: unknown): void {
    if (!this.open) return;
    this.open = false;
    this.alarm.cancel();
    this.effects.abandon();
    const waiting = this.inputs;
    this.inputs = [];
    for (const input of waiting) {
      if (input.kind === "message") input.reply(OWNERSHIP_LOST);
    }
    // Without the event, the next owner takes the attempts in flight for crashed.
    const left = why === "left" && underWay(this.state).length > 0;
    const { epoch } = this.options.lease;
    const last: JournalEvent | undefined = left ? { at: this.now(), epoch, type: "owner_left" } : undefined;
    this.options.onClosed(why, releaseRun(this.options, why, last), error);
    this.notifyListeners();
  }

  /** Whether this process still owns the run. If it does not, the loop closes at once. */
  stillOwner(): Awaitable<boolean> {
    if (!this.open) return false;
    return andThen(holdsNow(this.options.lease, this.options.scheduler), (held) => {
      if (!held) this.abandon("lost");
      return this.open;
    });
  }

  /** Renews the lease, and takes a turn: no timer tells that the system clock was set. */
  heartbeat(): Awaitable<void> {
    return andThen(this.stillOwner(), (owner) =>
      owner ? andThen(this.options.lease.beat(), () => this.takeTurn()) : undefined,
    );
  }

  private takeTurn(): void {
    if (this.busy || !this.open) return;
    this.busy = true;
    this.runRounds();
  }

  /** Runs rounds until the loop is idle. Yields to the rest of the process after each turn. */
  private runRounds(): void {
    const { scheduler } = this.options;
    const began = scheduler.elapsed();
    const timeIsUp = () => scheduler.elapsed() - began > MAX_TURN_MS;
    try {
      for (let count = 0; count < MAX_ROUNDS_PER_TURN && !(count >= MIN_ROUNDS_PER_TURN && timeIsUp()); count++) {
        const after = this.runRound(timeIsUp);
        if (after instanceof Promise) return this.continueAfter(after);
        if (after === "idle") return;
      }
      scheduler.defer(() => this.runRounds());
    } catch (error) {
      this.abandon("broken", error);
    }
  }

  /** `busy` stays set: inputs that arrive meanwhile wait for the next round, and share one write and one sync. */
  private continueAfter(round: Promise<"again" | "idle">): void {
    round.then(
      (after) => {
        if (after === "again") this.runRounds();
      },
      (error) => this.abandon("broken", error),
    );
  }

  private runRound(timeIsUp: () => boolean): Awaitable<"again" | "idle"> {
    if (!this.open) return "idle";
    const inputs = this.inputs;
    this.inputs = [];
    // Baton writes what happened before it decides what follows. So if a decision kills this process, the next owner
    // repeats no work.
    const { events: happened, replies } = this.builder.absorb(inputs, this.effects.attempts);
    return andThen(this.write(happened), (firstWrite) => {
      if (!firstWrite.ok) return this.handleFailedWrite(firstWrite.error, inputs);
      const { events: decided, decision, more } = this.builder.decide(timeIsUp);
      return andThen(this.write(decided), (secondWrite) => {
        if (secondWrite.ok) {
          const round = { events: [...happened, ...decided], decision, replies, inputs, more };
          return more ? this.deliver(round) : andThen(this.markDecided(), () => this.deliver(round));
        }
        if (secondWrite.error.reason === "lost") return this.handleFailedWrite(secondWrite.error, inputs);
        const round = { events: happened, decision: NO_DECISION, replies, inputs, more: false };
        return andThen(this.stall(secondWrite.error), () => this.deliver(round));
      });
    });
  }

  private write(events: readonly JournalEvent[]): Awaitable<Result<void, AppendFailure>> {
    // If the loop was closed meanwhile, what was written counts for the next owner; this one must not act on it.
    return andThen(this.writer.append(events), (written) => (this.open ? written : OWNERSHIP_LOST));
  }

  /** Makes the round survive a power cut if its run asks for that, then acts on it. */
  private deliver(round: JournalledRound): Awaitable<"again" | "idle"> {
    if (round.events.length === 0 || this.state.durability !== "power") return this.act(round);
    return this.options.journal.sync().then(() => this.act(round));
  }

  /** Performs the effects of a journalled round, sends its answers, and notifies the listeners. */
  private act(round: JournalledRound): Awaitable<"again" | "idle"> {
    const { events, replies } = round;
    const owner = events.length > 0 || replies.length > 0 ? this.stillOwner() : this.open;
    return andThen(owner, (owner) => {
      if (!owner) {
        for (const { reply } of replies) reply(OWNERSHIP_LOST);
        return "idle";
      }
      this.effects.perform(this.state, round);
      for (const { reply, result } of replies) reply(result);
      const snapshot = events.length > 0 ? this.effects.snapshot(this.state, events.length) : undefined;
      if (events.length > 0) this.notifyListeners(events);
      return andThen(snapshot, () => this.afterRound(round));
    });
  }

  private afterRound({ decision, more }: JournalledRound): "again" | "idle" {
    if (isFinal(this.state) && !this.effects.capturing) this.abandon("final");
    else if (this.inputs.length > 0 || more) return "again";
    else {
      const { wakeAt } = decision;
      this.busy = false;
      // Another call of decide() could skip a deadline that passed in between.
      if (!this.writer.failure) this.alarm.set(wakeAt === undefined ? undefined : wakeAt - this.now());
    }
    return "idle";
  }

  /** Marks the lease after the first complete decision, so that it does not count towards quarantine (SEMANTICS §2). */
  private markDecided(): Awaitable<void> {
    if (this.decided) return;
    return andThen(this.options.lease.mark(), (marked) => {
      this.decided = marked;
    });
  }

  private notifyListeners(events: readonly JournalEvent[] = []): void {
    for (const listener of this.listeners) listener();
    this.options.onEvents(this.state, events);
  }

  /** Undoes a round of which nothing was written. Messages fail; observations stay queued until they can be written. */
  private handleFailedWrite(failure: AppendFailure, inputs: readonly LoopInput[]): Awaitable<"idle"> {
    for (const input of inputs) if (input.kind === "message") input.reply(err(failure));
    if (failure.reason === "lost") {
      this.abandon("lost");
      return "idle";
    }
    return andThen(this.stall(failure), () => {
      this.inputs = [...inputs.filter((input) => input.kind !== "message"), ...this.inputs];
      this.busy = false;
      this.notifyListeners();
      return "idle" as const;
    });
  }

  /** Drops the state that is ahead of the journal, and retries later. */
  private stall(failure: AppendFailure): Awaitable<void> {
    this.writer.failure = failure;
    this.alarm.set(WRITE_RETRY_INTERVAL_MS);
    return this.writer.ahead(this.builder.discard());
  }
}
