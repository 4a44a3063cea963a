import type { AppendFailure, Journal } from "../../model/contracts/store.ts";
import type { JournalEvent } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { inFlight } from "../../run/recovery.ts";
import { isFinal, type RunState } from "../../run/state/state.ts";
import { Effects, type EffectsOptions } from "./effects.ts";
import type { Input, SendFailure } from "./loop-input.ts";
import { type DraftOptions, type Round, RoundBuilder, UNDECIDED } from "./round.ts";

export interface LoopOptions extends DraftOptions, EffectsOptions {
  readonly journal: Journal;
  /** Called once, when the run is final, or lost to another owner. */
  readonly onClosed: (why: Closed, error?: unknown) => void;
}

/** Why a loop ended: its run did; another process owns it now; or a mistake of ours, which must not harm other runs. */
export type Closed = "final" | "lost" | "left" | "broken";

/** A round, and whether there is more to decide at once. */
type Settled = Round & { readonly more: boolean };

/** How long a turn may take, in milliseconds, and how many rounds of a busy run are one, before other work of the process gets its turn. */
const LONGEST_TURN = 20;
/** What begins is written down in the same turn, however long beginning takes. */
const LEAST_ROUNDS = 2;
const ROUNDS_PER_TURN = 32;
const LOST = err({ reason: "lost", message: "another process owns the run now" } as const);
/** How long to wait before trying a full disk again, in milliseconds. */
const STALL = 1_000;

/**
 * The engine of one run, for as long as this process owns it. One round: take what arrived, and append it; let the rules decide until nothing
 * follows, and append that; make sure of still being the owner, and only then act and answer. Nothing that is not in the journal is acted
 * upon or told.
 */
export class RunLoop {
  private readonly draft: RoundBuilder;
  private readonly effects: Effects;
  private inputs: Input[] = [];
  private readonly listeners = new Set<() => void>();
  private cancelAlarm: (() => void) | undefined;
  private busy = false;
  /** A round that is in the journal but not yet, for all we know, on the disk. */
  private pending: Settled | undefined;
  private open = true;
  private decided = false;
  /** Why nothing can be written at the moment. */
  private unwritten: AppendFailure | undefined;

  constructor(private readonly options: LoopOptions) {
    this.draft = new RoundBuilder(options);
    const arrived = (input: Input) => {
      this.inputs.push(input);
      this.turn();
    };
    this.effects = new Effects(options, arrived, () => this.state);
  }

  private get state(): RunState {
    return this.draft.state;
  }

  get id(): string {
    return this.options.id;
  }

  /** Whether this process owns the run, as far as it knows. */
  get owned(): boolean {
    return this.open;
  }

  /** The state as journalled. Readers must not keep it across turns. */
  get view(): { readonly plan: Plan; readonly state: RunState } {
    return { plan: this.options.plan, state: this.state };
  }

  /** Why the run does not go on at the moment: its journal or the logs of its steps cannot be written. It goes on by itself once they can. */
  get stalled(): AppendFailure | undefined {
    const message = this.effects.attempts.stalled;
    return this.unwritten ?? (message === undefined ? undefined : { reason: "io_error", message });
  }

  /** The instant as this run counts it. */
  now(): number {
    return this.draft.now();
  }

  /**
   * Begins to work. Attempts that the journal shows in flight must be dead by now; the rules say what becomes of them.
   * @param first a message to be obeyed before anything else, e.g. the restart of a run that has ended
   */
  begin(first?: Message): Promise<Result<void, SendFailure>> {
    if (inFlight(this.state).length > 0) this.inputs.push({ kind: "recover" });
    if (first) return this.send(first);
    this.turn();
    return Promise.resolve(ok(undefined));
  }

  /** @param fromInbox the sender is another process: its refusal, too, is answered through the journal */
  send(message: Message, fromInbox = false): Promise<Result<void, SendFailure>> {
    if (!this.open) return Promise.resolve(LOST);
    return new Promise((reply) => {
      this.inputs.push({ kind: "message", message, fromInbox, reply });
      this.turn();
    });
  }

  /** Resolves once all that `view` shows may be told: at once, or with `durability: power` when the disk has it. */
  durable(): Promise<void> {
    return this.open && this.state.durability === "power" ? this.options.journal.sync() : Promise.resolve();
  }

  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stops owning the run: running groups are killed, and the next owner takes it from the journal. */
  abandon(why: Closed, error?: unknown): void {
    if (!this.open) return;
    this.open = false;
    this.cancelAlarm?.();
    this.effects.attempts.abandon();
    // A courtesy to the next owner, if there is time and space: without it, what ran is taken for crashed.
    if (why === "left" && inFlight(this.state).length > 0 && this.options.lease.held()) {
      this.options.journal.append([{ at: this.now(), epoch: this.options.lease.epoch, type: "owner_left" }]);
    }
    const waiting = this.inputs;
    this.inputs = [];
    for (const input of waiting) {
      if (input.kind === "message") input.reply(LOST);
    }
    this.options.journal.close();
    this.options.onClosed(why, error);
    this.tell();
  }

  /** Whether this process still is the owner; if not, it lets go at once. */
  stillOwner(): boolean {
    if (this.open && !this.options.lease.held()) this.abandon("lost");
    return this.open;
  }

  /** A sign of life, and a look at the clock: no timer tells that it was set. */
  beat(): void {
    this.options.lease.beat();
    this.turn();
  }

  private turn(): void {
    if (this.busy || !this.open) return;
    this.busy = true;
    this.rounds();
  }

  /** Rounds until there is nothing to do, giving way to the rest of the process now and then. */
  private rounds(): void {
    const { clock, journal } = this.options;
    const began = clock.elapsed();
    const enough = () => clock.elapsed() - began > LONGEST_TURN;
    try {
      for (let round = 0; round < ROUNDS_PER_TURN && !(round >= LEAST_ROUNDS && enough()); round++) {
        const after = this.round(enough);
        if (after === "idle") return;
        if (after === "on disk") {
          // `busy` stays set: what arrives meanwhile waits for the next round, and shares one sync.
          journal.sync().then(
            () => this.rounds(),
            (error) => this.abandon("broken", error),
          );
          return;
        }
      }
      setImmediate(() => this.rounds());
    } catch (error) {
      this.abandon("broken", error);
    }
  }

  /** One round. `on disk`: what it decided may be acted upon only once the disk has it; the next call does so. */
  private round(enough: () => boolean): "again" | "idle" | "on disk" {
    if (!this.open) return "idle";
    if (this.pending) {
      const act = this.pending;
      this.pending = undefined;
      return this.act(act);
    }
    const taken = this.inputs;
    this.inputs = [];
    // What has happened is written before anything is decided that follows from it: a decision that takes this process down repeats nothing.
    const { events: happened, replies } = this.draft.absorb(taken, this.effects.attempts);
    const first = this.write(happened);
    if (!first.ok) return this.failed(first.error, taken);
    const { events: decided, decision, more } = this.draft.settle(enough);
    const second = this.write(decided);
    const round = second.ok
      ? { events: [...happened, ...decided], decision, replies, taken, more }
      : { events: happened, decision: UNDECIDED, replies, taken, more: false };
    if (!second.ok && second.error.reason === "lost") return this.failed(second.error, taken);
    if (second.ok && !more) this.decidedOnce();
    if (!second.ok) this.stall(second.error);
    if (round.events.length === 0 || this.state.durability !== "power") return this.act(round);
    this.pending = round;
    return "on disk";
  }

  private write(events: readonly JournalEvent[]): Result<void, AppendFailure> {
    if (events.length === 0) return ok(undefined);
    const written = this.options.journal.append(events);
    if (written.ok) this.unwritten = undefined;
    return written;
  }

  /** The round is in the journal: now its effects, its answers, and the news. */
  private act(round: Settled): "again" | "idle" {
    const { events, decision, replies, more } = round;
    if ((events.length > 0 || replies.length > 0) && !this.stillOwner()) {
      for (const { reply } of replies) reply(LOST);
      return "idle";
    }
    this.effects.perform(this.state, round);
    for (const { reply, result } of replies) reply(result);
    if (events.length > 0) {
      this.effects.snapshot(this.state, events.length);
      this.tell();
    }
    if (isFinal(this.state) && !this.effects.capturing) this.abandon("final");
    else if (this.inputs.length > 0 || more) return "again";
    else {
      this.busy = false;
      if (!this.unwritten) this.setAlarm(decision.wakeAt);
    }
    return "idle";
  }

  /** From now on the run is not taken for one that ends whoever decides about it (SEMANTICS §2). */
  private decidedOnce(): void {
    this.decided ||= this.options.lease.mark();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** Nothing of this round was written: it did not happen. What was observed stays so, and is written once there is space. */
  private failed(failure: AppendFailure, taken: readonly Input[]): "idle" {
    for (const input of taken) if (input.kind === "message") input.reply(err(failure));
    if (failure.reason === "lost") {
      this.abandon("lost");
      return "idle";
    }
    this.stall(failure);
    this.inputs = [...taken.filter((input) => input.kind !== "message"), ...this.inputs];
    this.busy = false;
    this.tell();
    return "idle";
  }

  /** Nothing can be written now; it is tried again. What memory knows beyond the journal is forgotten. */
  private stall(failure: AppendFailure): void {
    this.unwritten = failure;
    this.draft.discard();
    this.cancelAlarm?.();
    this.cancelAlarm = this.options.clock.alarm(STALL, () => this.turn());
  }

  /**
   * @param wakeAt what the decision of this very round said. To ask again would lose what becomes due between the two questions:
   * it would be no instant to wake at any more, and nobody would act upon it.
   */
  private setAlarm(wakeAt: number | undefined): void {
    this.cancelAlarm?.();
    this.cancelAlarm = undefined;
    if (wakeAt === undefined) return;
    this.cancelAlarm = this.options.clock.alarm(wakeAt - this.now(), () => this.turn());
  }
}
