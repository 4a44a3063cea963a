import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { Lease } from "../../model/contracts/store.ts";
import type { Fact, JournalEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { type Decision, decide } from "../../run/decide.ts";
import { fold } from "../../run/fold.ts";
import { evaluateGates } from "../../run/state/evaluate-gates.ts";
import { extendPlan } from "../../run/state/expansion.ts";
import { isFinal } from "../../run/state/state.ts";
import { expireAssignment } from "../../run/worker/accept.ts";
import type { Attempts } from "./attempts.ts";
import { factsOfInput, type InputResult, type LoopInput } from "./loop-input.ts";
import { type MonotonicTime, monotonicTime } from "./monotonic-time.ts";

export interface RoundBuilderOptions {
  readonly plan: Plan;
  readonly state: RunState;
  readonly lease: Lease;
  readonly scheduler: Scheduler;
  /** False for a process that took the run only to apply a message: it settles what it must, and starts nothing. */
  readonly executes: boolean;
  /** Folds the journal from scratch, after a failed write has left the state in memory ahead of it. */
  readonly reload: () => Awaitable<RunState>;
}

type Replies = readonly NonNullable<InputResult["reply"]>[];

/** The outcome of one round. */
export interface Round {
  readonly events: readonly JournalEvent[];
  /** The last decision of the rules. Its facts are among the events. */
  readonly decision: Decision;
  readonly replies: Replies;
  readonly inputs: readonly LoopInput[];
}

/** Collects the events of one round and folds them into the state, ahead of the journal. Writes and starts nothing. */
export class RoundBuilder {
  state: RunState;
  private readonly time: MonotonicTime;
  private batch: JournalEvent[] = [];

  constructor(private readonly options: RoundBuilderOptions) {
    this.state = options.state;
    this.time = monotonicTime(options.scheduler);
  }

  /** The current instant in the run's own time, in milliseconds since 1970. */
  now(): number {
    return this.time.now(this.state.lastAt);
  }

  /** Turns inputs into events. The caller sends the replies once the events are on disk. */
  absorb(inputs: readonly LoopInput[], attempts: Attempts): { events: readonly JournalEvent[]; replies: Replies } {
    this.recordClockJump();
    const { plan } = this.options;
    const replies: NonNullable<InputResult["reply"]>[] = [];
    for (const input of inputs) {
      if (input.kind === "message") this.expireOverdue();
      const { facts, cause, reply } = factsOfInput(input, plan, this.state, attempts, this.now());
      this.commit(facts, cause);
      if (reply) replies.push(reply);
    }
    return { events: this.takeBatch(), replies };
  }

  /**
   * Lets the rules decide until nothing more follows.
   * @param timeIsUp whether the turn has taken long enough; then `more` tells that the next turn has to go on deciding
   */
  decide(timeIsUp: () => boolean): { events: readonly JournalEvent[]; decision: Decision; more: boolean } {
    const { plan, executes } = this.options;
    let gates = 0;
    const gatesTimeIsUp = () => gates++ >= MIN_GATES_PER_TURN && timeIsUp();
    for (let decisions = 0; decisions < MIN_DECISIONS_PER_TURN || !timeIsUp(); decisions++) {
      if (!this.state.stopping) evaluateGates(plan, this.state, gatesTimeIsUp);
      if (this.state.gates.size > 0) break;
      const decision = decide(plan, this.state, this.now());
      const [next] = decision.facts;
      if (!next || (!executes && startsWork(next))) return { events: this.takeBatch(), decision, more: false };
      this.commit(decision.facts);
    }
    return { events: this.takeBatch(), decision: NO_DECISION, more: true };
  }

  /** Undoes a round whose write failed. */
  discard(): Awaitable<void> {
    return andThen(this.options.reload(), (state) => {
      this.state = state;
      extendPlan(this.options.plan, state);
    });
  }

  /** Applies every deadline that has passed before a message is handled, even if its alarm has not fired yet. */
  private expireOverdue(): void {
    for (;;) {
      const overdueFact = expireAssignment(this.options.plan, this.state, this.now());
      if (!overdueFact) return;
      this.commit([overdueFact]);
    }
  }

  /** Returns the events since the last call. */
  private takeBatch(): readonly JournalEvent[] {
    const events = this.batch;
    this.batch = [];
    return events;
  }

  /** Records a clock jump first, so that no duration is judged with the jump in it. */
  private recordClockJump(): void {
    this.now();
    const by = this.time.takeJump();
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

/** The least that one turn decides, however long it takes: a busy machine must not split a small run's decision. */
const MIN_DECISIONS_PER_TURN = 64;
const MIN_GATES_PER_TURN = 8;

export const NO_DECISION: Decision = { facts: [], stops: [] };

/** Whether only a process that executes the run may write this fact. */
const startsWork = (fact: Fact): boolean =>
  fact.type === "step_started" ||
  fact.type === "verification_started" ||
  fact.type === "baseline_started" ||
  (fact.type === "checkpoint_created" && fact.trigger === "risky");
