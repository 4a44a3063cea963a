import type { Clock } from "../../model/contracts/clock.ts";
import type { Lease } from "../../model/contracts/store.ts";
import type { Fact, JournalEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { type Decision, decide } from "../../run/decide.ts";
import { fold } from "../../run/fold.ts";
import { follow } from "../../run/state/expansion.ts";
import { openGates } from "../../run/state/settle.ts";
import { isFinal, type RunState } from "../../run/state/state.ts";
import { overdue } from "../../run/worker/accept.ts";
import type { Attempts } from "./attempts.ts";
import { type Absorbed, factsFrom, type Input } from "./loop-input.ts";
import { type Stamper, stamper } from "./monotonic-time.ts";

export interface DraftOptions {
  readonly plan: Plan;
  readonly state: RunState;
  readonly lease: Lease;
  readonly clock: Clock;
  /** False for a process that took the run only to apply a message: it settles what it must, and starts nothing. */
  readonly executes: boolean;
  /** Folds the journal anew, after a write that failed: the state in memory had run ahead of it. */
  readonly reload: () => RunState;
}

type Replies = readonly NonNullable<Absorbed["reply"]>[];

/** What one round comes to. */
export interface Round {
  readonly events: readonly JournalEvent[];
  /** What the rules said last; its facts are among the events. */
  readonly decision: Decision;
  readonly replies: Replies;
  readonly taken: readonly Input[];
}

/** What is about to be written: the state, folded ahead of the journal by the events of one round. Writes nothing, and starts nothing. */
export class RoundBuilder {
  state: RunState;
  private readonly stamp: Stamper;
  private batch: JournalEvent[] = [];

  constructor(private readonly options: DraftOptions) {
    this.state = options.state;
    this.stamp = stamper(options.clock);
  }

  /** The instant as this run counts it. */
  now(): number {
    return this.stamp.now(this.state.lastAt);
  }

  /** Turns what arrived into events. The replies wait until what they tell of is on disk. */
  absorb(inputs: readonly Input[], attempts: Attempts): { events: readonly JournalEvent[]; replies: Replies } {
    this.keepDurations();
    const { plan } = this.options;
    const replies: NonNullable<Absorbed["reply"]>[] = [];
    for (const input of inputs) {
      if (input.kind === "message") this.expire();
      const { facts, cause, reply } = factsFrom(input, plan, this.state, attempts, this.now());
      this.commit(facts, cause);
      if (reply) replies.push(reply);
    }
    return { events: this.taken(), replies };
  }

  /**
   * Lets the rules decide until nothing follows any more.
   * @param enough whether it has taken so long that others should have their turn; then there may be `more` to decide
   */
  settle(enough: () => boolean): { events: readonly JournalEvent[]; decision: Decision; more: boolean } {
    const { plan, executes } = this.options;
    let gates = 0;
    const enoughGates = () => gates++ >= LEAST_GATES && enough();
    for (let decisions = 0; decisions < LEAST_DECISIONS || !enough(); decisions++) {
      if (!this.state.stopping) openGates(plan, this.state, enoughGates);
      if (this.state.gates.size > 0) break;
      const decision = decide(plan, this.state, this.now());
      const [next] = decision.facts;
      if (!next || (!executes && begins(next))) return { events: this.taken(), decision, more: false };
      this.commit(decision.facts);
    }
    return { events: this.taken(), decision: UNDECIDED, more: true };
  }

  /** Nothing of the round was written: it did not happen. */
  discard(): void {
    this.state = this.options.reload();
    follow(this.options.plan, this.state);
  }

  /** Whoever asks sees what time has done, whether or not its alarm has rung. */
  private expire(): void {
    for (;;) {
      const late = overdue(this.options.plan, this.state, this.now());
      if (!late) return;
      this.commit([late]);
    }
  }

  /** The events since this was last asked. */
  private taken(): readonly JournalEvent[] {
    const events = this.batch;
    this.batch = [];
    return events;
  }

  /** Before anything is judged by how long it takes. */
  private keepDurations(): void {
    this.now();
    const by = this.stamp.jump();
    if (by > 0 && !isFinal(this.state)) this.commit([{ type: "clock_jumped", by }]);
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
}

/** What is decided in one turn however long it takes: a small run is not decided by halves because the machine is busy. */
const LEAST_DECISIONS = 64;
const LEAST_GATES = 8;

export const UNDECIDED: Decision = { facts: [], stops: [] };

/** What only a process that executes the run may write down. */
const begins = (fact: Fact): boolean =>
  fact.type === "step_started" ||
  fact.type === "verification_started" ||
  (fact.type === "checkpoint_created" && fact.trigger === "risky");
