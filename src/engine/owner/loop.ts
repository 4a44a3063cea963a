import type { AppendFailure, Journal } from "../../model/contracts/store.ts";
import type { JournalEvent } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { inFlight } from "../../run/recovery.ts";
import { isFinal, type RunState } from "../../run/state/state.ts";
import { Effects, type EffectsOptions } from "./effects.ts";
import type { LoopInput, SendFailure } from "./loop-input.ts";
import { NO_DECISION, type Round, RoundBuilder, type RoundBuilderOptions } from "./round.ts";

export interface LoopOptions extends RoundBuilderOptions, EffectsOptions {
  readonly journal: Journal;
  /** Called once, when the loop has closed. `error`: what broke it. */
  readonly onClosed: (why: CloseReason, error?: unknown) => void;
}

/**
 * Why a loop ended. `final`: the run has ended; `lost`: another process owns the run; `left`: this process exits or has
 * no more to do with the run; `broken`: an error in Baton's own code, which must not harm other runs.
 */
export type CloseReason = "final" | "lost" | "left" | "broken";

/** A round whose effects and answers are still to come. `more`: the rules have more to decide at once. */
type UndeliveredRound = Round & { readonly more: boolean };

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
  private cancelAlarm: (() => void) | undefined;
  private busy = false;
  /** A round that is in the journal, but perhaps not on the disk yet. */
  private unsynced: UndeliveredRound | undefined;
  private open = true;
  private decided = false;
  /** Why the journal cannot be written at the moment. */
  private writeFailure: AppendFailure | undefined;

  constructor(private readonly options: LoopOptions) {
    this.builder = new RoundBuilder(options);
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

  /** The state according to the journal. Readers must not keep it across turns. */
  get view(): { readonly plan: Plan; readonly state: RunState } {
    return { plan: this.options.plan, state: this.state };
  }

  /** Why the run stands still: its journal or a step log cannot be written. It goes on by itself once both can. */
  get stalled(): AppendFailure | undefined {
    const message = this.effects.attempts.stalled;
    return this.writeFailure ?? (message === undefined ? undefined : { reason: "io_error", message });
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
    if (inFlight(this.state).length > 0) this.inputs.push({ kind: "recover" });
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

  /** Calls the listener after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Gives up the run: kills the running process groups. The next owner continues from the journal. */
  abandon(why: CloseReason, error?: unknown): void {
    if (!this.open) return;
    this.open = false;
    this.cancelAlarm?.();
    this.effects.attempts.abandon();
    // Best effort, for the next owner: without this event, it takes the attempts in flight for crashed.
    if (why === "left" && inFlight(this.state).length > 0 && this.options.lease.held()) {
      this.options.journal.append([{ at: this.now(), epoch: this.options.lease.epoch, type: "owner_left" }]);
    }
    const waiting = this.inputs;
    this.inputs = [];
    for (const input of waiting) {
      if (input.kind === "message") input.reply(OWNERSHIP_LOST);
    }
    this.options.journal.close();
    this.options.onClosed(why, error);
    this.notifyListeners();
  }

  /** Whether this process still owns the run. If it does not, the loop closes at once. */
  stillOwner(): boolean {
    if (this.open && !this.options.lease.held()) this.abandon("lost");
    return this.open;
  }

  /** Renews the lease, and takes a turn: no timer tells that the system clock was set. */
  heartbeat(): void {
    this.options.lease.beat();
    this.takeTurn();
  }

  private takeTurn(): void {
    if (this.busy || !this.open) return;
    this.busy = true;
    this.runRounds();
  }

  /** Runs rounds until the loop is idle. Yields to the rest of the process after each turn. */
  private runRounds(): void {
    const { clock, journal } = this.options;
    const began = clock.elapsed();
    const timeIsUp = () => clock.elapsed() - began > MAX_TURN_MS;
    try {
      for (let count = 0; count < MAX_ROUNDS_PER_TURN && !(count >= MIN_ROUNDS_PER_TURN && timeIsUp()); count++) {
        const after = this.runRound(timeIsUp);
        if (after === "idle") return;
        if (after === "on disk") {
          // `busy` stays set: inputs that arrive meanwhile wait for the next round and share one sync.
          journal.sync().then(
            () => this.runRounds(),
            (error) => this.abandon("broken", error),
          );
          return;
        }
      }
      setImmediate(() => this.runRounds());
    } catch (error) {
      this.abandon("broken", error);
    }
  }

  /** Runs one round. `on disk`: the round needs a sync first; the call after the sync acts on it. */
  private runRound(timeIsUp: () => boolean): "again" | "idle" | "on disk" {
    if (!this.open) return "idle";
    if (this.unsynced) {
      const round = this.unsynced;
      this.unsynced = undefined;
      return this.act(round);
    }
    const inputs = this.inputs;
    this.inputs = [];
    // Baton writes what happened before it decides what follows. So if a decision kills this process, the next owner
    // repeats no work.
    const { events: happened, replies } = this.builder.absorb(inputs, this.effects.attempts);
    const firstWrite = this.write(happened);
    if (!firstWrite.ok) return this.handleFailedWrite(firstWrite.error, inputs);
    const { events: decided, decision, more } = this.builder.decide(timeIsUp);
    const secondWrite = this.write(decided);
    const round = secondWrite.ok
      ? { events: [...happened, ...decided], decision, replies, inputs, more }
      : { events: happened, decision: NO_DECISION, replies, inputs, more: false };
    if (!secondWrite.ok && secondWrite.error.reason === "lost")
      return this.handleFailedWrite(secondWrite.error, inputs);
    if (secondWrite.ok && !more) this.markDecided();
    if (!secondWrite.ok) this.stall(secondWrite.error);
    if (round.events.length === 0 || this.state.durability !== "power") return this.act(round);
    this.unsynced = round;
    return "on disk";
  }

  private write(events: readonly JournalEvent[]): Result<void, AppendFailure> {
    if (events.length === 0) return ok(undefined);
    const written = this.options.journal.append(events);
    if (written.ok) this.writeFailure = undefined;
    return written;
  }

  /** Performs the effects of a journalled round, sends its answers, and notifies the listeners. */
  private act(round: UndeliveredRound): "again" | "idle" {
    const { events, decision, replies, more } = round;
    if ((events.length > 0 || replies.length > 0) && !this.stillOwner()) {
      for (const { reply } of replies) reply(OWNERSHIP_LOST);
      return "idle";
    }
    this.effects.perform(this.state, round);
    for (const { reply, result } of replies) reply(result);
    if (events.length > 0) {
      this.effects.snapshot(this.state, events.length);
      this.notifyListeners();
    }
    if (isFinal(this.state) && !this.effects.capturing) this.abandon("final");
    else if (this.inputs.length > 0 || more) return "again";
    else {
      this.busy = false;
      if (!this.writeFailure) this.setAlarm(decision.wakeAt);
    }
    return "idle";
  }

  /**
   * Marks the lease after the first complete decision: a marked lease does not count towards quarantine (SEMANTICS §2).
   */
  private markDecided(): void {
    this.decided ||= this.options.lease.mark();
  }

  private notifyListeners(): void {
    for (const listener of this.listeners) listener();
  }

  /** Undoes a round of which nothing was written. Messages fail; observations stay queued until they can be written. */
  private handleFailedWrite(failure: AppendFailure, inputs: readonly LoopInput[]): "idle" {
    for (const input of inputs) if (input.kind === "message") input.reply(err(failure));
    if (failure.reason === "lost") {
      this.abandon("lost");
      return "idle";
    }
    this.stall(failure);
    this.inputs = [...inputs.filter((input) => input.kind !== "message"), ...this.inputs];
    this.busy = false;
    this.notifyListeners();
    return "idle";
  }

  /** Drops the state that is ahead of the journal, and retries later. */
  private stall(failure: AppendFailure): void {
    this.writeFailure = failure;
    this.builder.discard();
    this.cancelAlarm?.();
    this.cancelAlarm = this.options.clock.alarm(WRITE_RETRY_INTERVAL_MS, () => this.takeTurn());
  }

  /**
   * @param wakeAt from this round's decision. Another call of decide() could skip a deadline that passed in between.
   */
  private setAlarm(wakeAt: number | undefined): void {
    this.cancelAlarm?.();
    this.cancelAlarm = undefined;
    if (wakeAt === undefined) return;
    this.cancelAlarm = this.options.clock.alarm(wakeAt - this.now(), () => this.takeTurn());
  }
}
