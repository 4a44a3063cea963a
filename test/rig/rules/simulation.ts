import type { AttemptEnd } from "../../../src/model/contracts/step.ts";
import type { Fact, JournalEvent } from "../../../src/model/event.ts";
import type { Message } from "../../../src/model/message.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { StepStatus } from "../../../src/model/run.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import { factsOfOutcome } from "../../../src/run/attempt-outcome.ts";
import { type Decision, decide } from "../../../src/run/decide.ts";
import { factsOfBaseline } from "../../../src/run/features/baselines.ts";
import { FEATURES } from "../../../src/run/features/index.ts";
import { fold } from "../../../src/run/fold.ts";
import { handleMessage } from "../../../src/run/handle-message.ts";
import { recover, underWay } from "../../../src/run/recovery.ts";
import { fromSnapshot, toSnapshot } from "../../../src/run/snapshot.ts";
import { isFinal } from "../../../src/run/state/state.ts";
import { expireAssignment } from "../../../src/run/worker/accept.ts";
import { factsOfTree } from "../../../src/run/worker/taken-tree.ts";
import { allChecks, withChecks } from "./checks.ts";

/** Observes a simulated run, and throws if a rule is broken. */
export interface Watch {
  event?(state: RunState, event: JournalEvent): void;
  /** Called before the owner applies the message. */
  message?(state: RunState, message: Message, answer: ReturnType<typeof handleMessage>): void;
  /** Called when the owner has no more decisions until the next event. */
  settled?(state: RunState, decision: Decision, now: number): void;
}

/** All actors except Baton: callers, workers, power cuts. */
export interface Actors {
  /** Acts at once, before time passes; `false` if there is nothing to do. */
  actNow?(): boolean;
  /** The time of the next action, in milliseconds; `Infinity` if none is planned. */
  due(): number;
  /** Performs the actions that are due at `now`. */
  act(now: number): void;
  /** Whether the actors have no more actions for a run that has ended. */
  done(): boolean;
}

interface Options {
  /** The duration of an attempt or verification, in milliseconds, and its end, given the step's failures so far. */
  readonly attempt: (index: number, failures: number) => { takes: number; end: AttemptEnd };
  /** The duration of a capture of code, in milliseconds. */
  readonly captureMs?: number | undefined;
  /** Number of rounds after which the state is frozen and revived. */
  readonly reviveEvery?: number | undefined;
  readonly journal?: JournalEvent[];
  readonly watch?: Watch;
}

interface Flight {
  readonly end: AttemptEnd;
  due: number;
  stopped?: "cancel" | "timeout";
}

/** Throws if an event moves a step in a way that the table of transitions does not allow. */
function checkTransition({ type }: JournalEvent, before: StepStatus, after: StepStatus): void {
  const moves = FEATURES.transitions[type];
  // Events without an entry concern the run, or consequences of a step.
  if (!moves) return;
  // A worker whose lease has expired may still act as before if no other worker has accepted the step.
  const late = before === "ready" ? [...(moves.assigned ?? []), "ready"] : [];
  if (moves[before]?.includes(after) || late.includes(after)) return;
  throw new Error(`${type} took a step from ${before} to ${after}`);
}

/** Number of rounds after which a run that has not ended counts as endless. */
const MAX_ROUNDS = 100_000;

/** A run of the rules alone, on a virtual scheduler: no process, no file. Throws if the run hangs or does not end. */
export class Simulation {
  now: number;
  readonly journal: JournalEvent[];
  private readonly flights = new Map<number, Flight>();
  private readonly learning = new Map<string, { kind: "baseline" | "tree"; index: number; due: number }>();
  private capture: { readonly id: string; readonly due: number } | undefined;

  constructor(
    readonly plan: Plan,
    public state: RunState,
    private readonly options: Options,
  ) {
    this.now = state.lastAt;
    this.journal = options.journal ?? [];
  }

  commit(facts: readonly Fact[], cause?: string, epoch = this.state.epoch): void {
    const { plan, options } = this;
    for (const fact of facts) {
      const event = { at: this.now, epoch, ...fact, ...(cause && { cause }) } as JournalEvent;
      const index = "step" in event && event.step !== undefined ? plan.indexOf.get(event.step) : undefined;
      const before = index === undefined ? undefined : this.state.steps[index]!.status;
      // Its gate let it pass before the state was read anew; nothing has been decided since.
      const passed = index !== undefined && this.state.gates.has(index);
      fold(plan, this.state, event);
      const after = index === undefined ? undefined : this.state.steps[index]!.status;
      if (after !== undefined) checkTransition(event, passed && after === "ready" ? "ready" : before!, after);
      this.journal.push(event);
      options.watch?.event?.(this.state, event);
      // Its checks are stopped: they looked at what no longer counts.
      if (event.type === "delivery_amended" && event.again) this.flights.delete(index!);
      if (event.type !== "step_started" && event.type !== "verification_started") continue;
      const started = plan.indexOf.get(event.step)!;
      const { takes, end } = options.attempt(started, this.state.steps[started]!.failures);
      this.flights.set(started, { due: this.now + takes, end: withChecks(plan, this.state, started, end) });
    }
  }

  /** A doer begins to learn something for a step. What it learns is right whenever the state still asks for it. */
  private begin(kind: "baseline" | "tree", index: number): void {
    const key = `${kind} ${index}`;
    if (!this.learning.has(key)) this.learning.set(key, { kind, index, due: this.now + 1 + (index % 3) });
  }

  /** Sends a message to the owner; `false` if the owner refuses it. */
  send(message: Message): boolean {
    const { plan, now } = this;
    for (let late = expireAssignment(plan, this.state, now); late; late = expireAssignment(plan, this.state, now))
      this.commit([late]);
    const answer = handleMessage(plan, this.state, message, now);
    this.options.watch?.message?.(this.state, message, answer);
    if (answer.ok) this.commit(answer.value, message.id);
    return answer.ok;
  }

  /** Another process takes over the run. Attempts of the former owner are lost. */
  takeOver(orderly = false): void {
    if (orderly && underWay(this.state).length > 0) this.commit([{ type: "owner_left" }]);
    this.flights.clear();
    this.capture = undefined;
    this.learning.clear();
    this.commit([{ type: "lease_taken", pid: 1, lastBeat: this.now }], undefined, this.state.epoch + 1);
    this.recover();
  }

  /** Recovers attempts in flight, as a new owner does. */
  recover(): void {
    if (underWay(this.state).length > 0) this.commit(recover(this.plan, this.state));
  }

  /** Plays the run until it has ended and the actors have nothing left to do. */
  play(actors: Actors): void {
    const { options } = this;
    for (let round = 1; round < MAX_ROUNDS; round++) {
      const decision = this.decide();
      if (options.reviveEvery && round % options.reviveEvery === 0)
        this.state = fromSnapshot(this.plan, JSON.parse(JSON.stringify(toSnapshot(this.state))));
      options.watch?.settled?.(this.state, decision, this.now);
      const [captured] = this.state.capturing;
      if (captured !== undefined && this.capture?.id !== captured)
        this.capture = { id: captured, due: this.now + (options.captureMs ?? 1) };
      if (isFinal(this.state) && actors.done() && captured === undefined) return;
      this.stop(decision);
      for (const index of this.state.baselining) this.begin("baseline", index);
      for (const index of this.state.treeing) this.begin("tree", index);
      if (actors.actNow?.()) continue;
      this.advance(Math.min(actors.due(), decision.wakeAt ?? Infinity));
      actors.act(this.now);
      this.land();
    }
    throw new Error("the run does not end");
  }

  private decide(): Decision {
    for (;;) {
      const decision = decide(this.plan, this.state, this.now);
      if (decision.facts.length === 0) return decision;
      this.commit(decision.facts);
    }
  }

  /** A stopped attempt ends a moment later. */
  private stop({ stops }: Decision): void {
    for (const { index, why } of stops) {
      const flight = this.flights.get(index)!;
      flight.stopped ??= why;
      flight.due = Math.min(flight.due, this.now + 1);
    }
  }

  private advance(until: number): void {
    const due = Math.min(
      until,
      ...[...this.flights.values(), ...this.learning.values()].map(({ due }) => due),
      this.capture?.due ?? Infinity,
    );
    if (due === Infinity) {
      const statuses = this.state.steps.map((step) => step.status);
      throw new Error(`the run hangs: ${JSON.stringify(statuses)}, ${this.state.status}`);
    }
    this.now = Math.max(this.now, due);
  }

  /** Ends the attempts and the capture that are due. */
  private land(): void {
    for (const [index, { due, end, stopped }] of this.flights) {
      if (due > this.now) continue;
      this.flights.delete(index);
      this.commit(factsOfOutcome(this.plan, this.state, index, end, stopped, this.now));
    }
    const learning = [...this.learning].sort(([, a], [, b]) => a.index - b.index);
    for (const [key, { kind, index, due }] of learning) {
      if (due > this.now) continue;
      this.learning.delete(key);
      this.commit(this.learned(kind, index));
    }
    if (!this.capture || this.capture.due > this.now) return;
    const { id } = this.capture;
    this.capture = undefined;
    if (this.state.capturing.includes(id))
      this.commit([{ type: "checkpoint_captured", checkpoint: id, problem: "simulated" }]);
  }

  private learned(kind: "baseline" | "tree", index: number): Fact[] {
    const { plan, state, now } = this;
    if (kind === "baseline")
      return factsOfBaseline(plan, state, index, { tree: "t", checks: allChecks(plan, state, index, "failed") });
    const moment = state.steps[index]!.treeing;
    if (moment === undefined) return [];
    const { id } = plan.workflow.steps[index]!;
    const changed = { top: "/", changed: [id], missing: ["nowhere"], unseen: [], insertions: 1, deletions: 0 };
    // One tree in three is too large to be taken.
    const taken = index % 3 === 2 ? {} : { tree: `t${state.rev}`, ...(moment === "delivery" && { changed }) };
    return factsOfTree(plan, state, index, { moment, others: false, ...taken }, now);
  }
}
