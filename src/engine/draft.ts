import type { Clock } from "../model/clock.ts";
import type { Fact, JournalEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Lease } from "../model/store.ts";
import { type Decision, decide } from "../run/decide.ts";
import { fold } from "../run/fold.ts";
import { follow } from "../run/growth.ts";
import { overdue } from "../run/lease.ts";
import type { RunState } from "../run/state.ts";
import type { Attempts } from "./attempts.ts";
import { type Absorbed, factsFrom, type Input } from "./input.ts";
import { stamper } from "./stamp.ts";

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

/** What one round comes to, before it is in the journal. */
export interface Round {
  readonly events: readonly JournalEvent[];
  /** What the rules said last; its facts are among the events. */
  readonly decision: Decision;
  readonly replies: readonly NonNullable<Absorbed["reply"]>[];
  readonly taken: readonly Input[];
}

/** What is about to be written: the state, folded ahead of the journal by the events of one round. Writes nothing, and starts nothing. */
export class Draft {
  state: RunState;
  private readonly stamp: (lastAt: number) => number;
  private batch: JournalEvent[] = [];

  constructor(private readonly options: DraftOptions) {
    this.state = options.state;
    this.stamp = stamper(options.clock);
  }

  /** The instant as this run counts it. */
  now(): number {
    return this.stamp(this.state.lastAt);
  }

  /** Turns what arrived into events, and lets the rules decide until nothing follows any more. */
  round(taken: readonly Input[], attempts: Attempts): Round {
    const replies = this.absorb(taken, attempts);
    const decision = this.settle();
    const events = this.batch;
    this.batch = [];
    return { events, decision, replies, taken };
  }

  /** Nothing of the round was written: it did not happen. */
  discard(): void {
    this.state = this.options.reload();
    follow(this.options.plan, this.state);
  }

  /** The replies wait until what they tell of is on disk. */
  private absorb(inputs: readonly Input[], attempts: Attempts): Round["replies"] {
    const { plan } = this.options;
    const replies: NonNullable<Absorbed["reply"]>[] = [];
    for (const input of inputs) {
      if (input.kind === "message") this.expire();
      const { facts, cause, reply } = factsFrom(input, plan, this.state, attempts, this.now());
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
}

/** What only a process that executes the run may write down. */
const begins = (fact: Fact): boolean =>
  fact.type === "step_started" ||
  fact.type === "verification_started" ||
  (fact.type === "checkpoint_created" && fact.trigger === "risky");
