import type { Clock } from "../model/clock.ts";
import type { Fact, JournalEvent } from "../model/event.ts";
import type { Message } from "../model/message.ts";
import type { Plan } from "../model/plan.ts";
import { err, ok, type Result } from "../model/result.ts";
import type { AppendFailure, Journal, Lease } from "../model/store.ts";
import { type Decision, decide } from "../run/decide.ts";
import { fold } from "../run/fold.ts";
import { follow } from "../run/growth.ts";
import { overdue } from "../run/lease.ts";
import { inFlight } from "../run/recovery.ts";
import { freeze } from "../run/snapshot.ts";
import { isFinal, type RunState } from "../run/state.ts";
import { Attempts, type AttemptsOptions } from "./attempts.ts";
import { type Captured, factsFrom, type Input, type Reply, type SendFailure } from "./input.ts";
import { stamper } from "./stamp.ts";

export interface LoopOptions extends AttemptsOptions {
  readonly state: RunState;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly clock: Clock;
  /** False for a process that took the run only to apply a message: it settles what it must, and starts nothing. */
  readonly executes: boolean;
  /** Folds the journal anew, after a write that failed: the state in memory had run ahead of it. */
  readonly reload: () => RunState;
  /** Called once, when the run is final, or lost to another owner. */
  readonly onClosed: (why: Closed, error?: unknown) => void;
  /** Events between two snapshots; at least the number of steps, since that is what a snapshot costs. */
  readonly snapshotEvery: number;
  /** Records the work tree at a directory as it is now, for a checkpoint. */
  readonly capture: (cwd: string, checkpoint: string) => Promise<Captured>;
}

/** Why a loop ended: its run did; another process owns it now; or a mistake of ours, which must not harm other runs. */
export type Closed = "final" | "lost" | "left" | "broken";

/** A round on its way from being decided to being acted upon. */
interface Done {
  readonly events: readonly JournalEvent[];
  /** What the rules said last; its facts are among the events. */
  readonly decision: Decision;
  readonly replies: readonly { readonly reply: Reply; readonly result: Result<void, SendFailure> }[];
  readonly taken: readonly Input[];
}

/** Rounds of a busy run after which other work of the process gets its turn. */
const ROUNDS_PER_TURN = 32;
const LOST = err({ reason: "lost", message: "another process owns the run now" } as const);
/** How long to wait before trying a full disk again, in milliseconds. */
const STALL = 1_000;

/**
 * The engine of one run, for as long as this process owns it. One round: take what arrived, let the rules decide until
 * nothing follows, append the lot in one write, make sure of still being the owner, and only then act and answer. Nothing
 * that is not in the journal is acted upon or told.
 */
export class RunLoop {
  private state: RunState;
  private readonly stamp: (lastAt: number) => number;
  private inputs: Input[] = [];
  private batch: JournalEvent[] = [];
  private readonly attempts: Attempts;
  private readonly listeners = new Set<() => void>();
  private cancelAlarm: (() => void) | undefined;
  private busy = false;
  /** A round that is in the journal but not yet, for all we know, on the disk. */
  private pending: Done | undefined;
  private capturing: string | undefined;
  private sinceSnapshot = 0;
  private open = true;
  /** Why nothing can be written at the moment. */
  stalled: AppendFailure | undefined;

  constructor(private readonly options: LoopOptions) {
    this.state = options.state;
    this.stamp = stamper(options.clock);
    this.attempts = new Attempts(options, (index, attempt, report) => {
      this.inputs.push({ kind: "report", index, attempt, report });
      this.turn();
    });
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

  /** The instant as this run counts it. */
  now(): number {
    return this.stamp(this.state.lastAt);
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
    this.attempts.abandon();
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
    for (const listener of this.listeners) listener();
  }

  /** Whether this process still is the owner; if not, it lets go at once. */
  stillOwner(): boolean {
    if (this.open && !this.options.lease.held()) this.abandon("lost");
    return this.open;
  }

  beat(): void {
    this.options.lease.beat();
  }

  private turn(): void {
    if (this.busy || !this.open) return;
    this.busy = true;
    this.rounds();
  }

  /** Rounds until there is nothing to do, giving way to the rest of the process now and then. */
  private rounds(): void {
    try {
      for (let round = 0; round < ROUNDS_PER_TURN; round++) {
        const after = this.round();
        if (after === "idle") return;
        if (after === "on disk") {
          // `busy` stays set: what arrives meanwhile waits for the next round, and shares one sync.
          this.options.journal.sync().then(
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
  private round(): "again" | "idle" | "on disk" {
    if (!this.open) return "idle";
    if (this.pending) {
      const act = this.pending;
      this.pending = undefined;
      return this.act(act);
    }
    const taken = this.inputs;
    this.inputs = [];
    const replies = this.absorb(taken);
    const decision = this.settle();
    const events = this.batch;
    this.batch = [];
    const done: Done = { events, decision, replies, taken };
    if (events.length === 0) return this.act(done);
    const written = this.options.journal.append(events);
    if (!written.ok) return this.failed(written.error, done);
    this.stalled = undefined;
    if (this.state.durability !== "power") return this.act(done);
    this.pending = done;
    return "on disk";
  }

  /** The round is in the journal: now its effects, its answers, and the news. */
  private act({ events, decision, replies, taken }: Done): "again" | "idle" {
    if ((events.length > 0 || replies.length > 0) && !this.stillOwner()) {
      for (const { reply } of replies) reply(LOST);
      return "idle";
    }
    for (const input of taken) {
      if (input.kind === "report" && input.report.kind === "ended") this.attempts.forget(input.index);
    }
    for (const event of events) {
      if (event.type === "step_started") this.attempts.start(this.state, event.step);
      else if (event.type === "verification_started") this.attempts.verify(this.state, event.step);
      else if (event.type === "run_paused") this.attempts.pause();
      else if (event.type === "run_resumed") this.attempts.resume();
    }
    this.capture();
    for (const { index, why } of decision.stops) this.attempts.stop(index, why);
    for (const { reply, result } of replies) reply(result);
    if (events.length > 0) this.tell(events.length);
    if (isFinal(this.state) && this.capturing === undefined) this.abandon("final");
    else if (this.inputs.length > 0) return "again";
    else {
      this.busy = false;
      this.setAlarm(decision.wakeAt);
    }
    return "idle";
  }

  /** Nothing starts while the code of a checkpoint is being recorded, so that it is the code of that position. */
  private capture(): void {
    const { capturing, cwd } = this.state;
    const [checkpoint] = capturing;
    if (checkpoint === undefined || checkpoint === this.capturing || !this.options.executes) return;
    this.capturing = checkpoint;
    const done = (captured: Captured) => {
      if (this.capturing === checkpoint) this.capturing = undefined;
      this.inputs.push({ kind: "captured", checkpoint, captured });
      this.turn();
    };
    this.options.capture(cwd, checkpoint).then(done, (error) => done({ problem: String(error) }));
  }

  private tell(events: number): void {
    this.sinceSnapshot += events;
    const { store, id, plan, snapshotEvery } = this.options;
    if (this.sinceSnapshot >= Math.max(snapshotEvery, plan.size)) {
      this.sinceSnapshot = 0;
      const position = { offset: store.size(id), events: this.state.rev };
      // Asked after the size: else a next owner's events, which this state knows nothing of, could stand in front of it.
      if (this.options.lease.held()) store.snapshots.put(id, { position, state: freeze(this.state) });
    }
    for (const listener of this.listeners) listener();
  }

  /** Turns what arrived into events. The replies wait until these are on disk. */
  private absorb(inputs: readonly Input[]): Done["replies"] {
    const { plan } = this.options;
    const replies: { reply: Reply; result: Result<void, SendFailure> }[] = [];
    for (const input of inputs) {
      if (input.kind === "message") this.expire();
      const { facts, cause, reply } = factsFrom(input, plan, this.state, this.attempts, this.now());
      this.commit(facts, cause);
      if (reply) replies.push(reply);
    }
    return replies;
  }

  /** Whoever asks sees what time has done, whether or not its alarm has rung. */
  private expire(): void {
    for (;;) {
      const late = overdue(this.options.plan, this.state, this.now());
      if (!late) return;
      this.commit([late]);
    }
  }

  /** Lets the rules decide until nothing follows any more. */
  private settle(): Decision {
    for (;;) {
      const decision = decide(this.options.plan, this.state, this.now());
      const [next] = decision.facts;
      if (!next || (!this.options.executes && begins(next))) return decision;
      this.commit(decision.facts);
    }
  }

  private commit(facts: readonly Fact[], cause?: string): void {
    for (const fact of facts) {
      const at = this.now();
      const event = {
        at,
        epoch: this.options.lease.epoch,
        ...fact,
        ...(cause !== undefined && { cause }),
      } as JournalEvent;
      fold(this.options.plan, this.state, event);
      this.batch.push(event);
    }
  }

  /** Nothing of this round was written: it did not happen. What was observed stays so, and is written once there is space. */
  private failed(failure: AppendFailure, { taken }: Done): "idle" {
    for (const input of taken) if (input.kind === "message") input.reply(err(failure));
    if (failure.reason === "lost") {
      this.abandon("lost");
      return "idle";
    }
    this.stalled = failure;
    this.state = this.options.reload();
    follow(this.options.plan, this.state);
    this.inputs = [...taken.filter((input) => input.kind !== "message"), ...this.inputs];
    this.busy = false;
    this.cancelAlarm?.();
    this.cancelAlarm = this.options.clock.alarm(STALL, () => this.turn());
    for (const listener of this.listeners) listener();
    return "idle";
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

/** What only a process that executes the run may write down. */
const begins = (fact: Fact): boolean =>
  fact.type === "step_started" ||
  fact.type === "verification_started" ||
  (fact.type === "checkpoint_created" && fact.trigger === "risky");
