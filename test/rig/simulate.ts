import type { AttemptEnd } from "../../src/model/contracts/step.ts";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import { factsOfOutcome } from "../../src/run/attempt-outcome.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { recover } from "../../src/run/recovery.ts";
import { isFinal, type RunState } from "../../src/run/state/state.ts";
import { acceptable } from "../../src/run/worker/accept.ts";

/** The world that a simulated run meets. All of it is decided beforehand, so that two simulations can be compared. */
export interface World {
  /** How long an attempt takes, in milliseconds, and how it ends, by what the step has failed so far. */
  attempt(step: string, failures: number): { takes: number; end: AttemptEnd };
  /** What callers ask for, and when. */
  readonly messages?: readonly { readonly at: number; readonly message: Message }[];
  /** When the owner dies, and the next one takes the run at once. */
  readonly crashes?: readonly number[];
}

export interface Simulated {
  readonly journal: JournalEvent[];
  readonly state: RunState;
}

/** A run of the rules alone: no processes, no files, no clock but the one here. Throws if the run hangs. */
export function simulate(plan: Plan, state: RunState, world: World, journal: JournalEvent[] = []): Simulated {
  let now = state.lastAt;
  const messages = [...(world.messages ?? [])];
  const crashes = [...(world.crashes ?? [])];
  const hands = new Map<string, { due: number; end: AttemptEnd }>();
  const inFlight = new Map<number, { due: number; end: AttemptEnd; stopped?: "cancel" | "timeout" }>();

  const commit = (facts: readonly Fact[], cause?: string) => {
    for (const fact of facts) {
      const event = { at: now, epoch: state.epoch, ...fact, ...(cause && { cause }) } as JournalEvent;
      fold(plan, state, event);
      journal.push(event);
      if (event.type !== "step_started" && event.type !== "verification_started") continue;
      const index = plan.indexOf.get(event.step)!;
      const { takes, end } = world.attempt(event.step, state.steps[index]!.failures);
      inFlight.set(index, { due: now + takes, end });
    }
  };

  /** Somebody who takes whatever step is offered, or came back, and delivers it when its time is up. */
  const work = () => {
    for (const index of state.status === "running" && !state.stopping ? acceptable(plan, state, {}) : []) {
      const token = `as_${journal.length}`;
      const id = `accept ${token}`;
      const accepted = handleMessage(plan, state, { id, action: "accept", tokens: [token], stepId: idOf(index) }, now);
      if (!accepted.ok) continue;
      commit(accepted.value, id);
      const { takes, end } = world.attempt(idOf(index), state.steps[index]!.failures);
      hands.set(token, { due: now + takes, end });
    }
  };
  const idOf = (index: number) => plan.workflow.steps[index]!.id;

  if (state.running.size > 0) commit(recover(plan, state));
  for (let turns = 0; turns < 100_000; turns++) {
    let decision = decide(plan, state, now);
    while (decision.facts.length > 0) {
      commit(decision.facts);
      decision = decide(plan, state, now);
    }
    if (isFinal(state)) return { journal, state };
    if (state.offered.size + state.claimed.size > 0) {
      const before = journal.length;
      work();
      if (journal.length > before) continue;
    }
    for (const { index, why } of decision.stops) {
      const flight = inFlight.get(index)!;
      flight.stopped ??= why;
      flight.due = Math.min(flight.due, now + 1);
    }
    const due = Math.min(
      ...[...inFlight.values(), ...hands.values()].map(({ due }) => due),
      crashes[0] ?? Infinity,
      messages[0]?.at ?? Infinity,
      decision.wakeAt ?? Infinity,
    );
    if (due === Infinity)
      throw new Error(`the run hangs: ${JSON.stringify(state.steps.map((step) => step.status))}, ${state.status}`);
    now = Math.max(now, due);
    while (messages[0] && messages[0].at <= now) {
      const { message } = messages.shift()!;
      const received = handleMessage(plan, state, message, now);
      if (received.ok) commit(received.value, message.id);
    }
    if (crashes[0] !== undefined && crashes[0] <= now) {
      crashes.shift();
      inFlight.clear();
      const taken: JournalEvent = { type: "lease_taken", at: now, epoch: state.epoch + 1, pid: 1 };
      fold(plan, state, taken);
      journal.push(taken);
      commit(recover(plan, state));
    }
    for (const [token, { due, end }] of hands) {
      if (due > now) continue;
      hands.delete(token);
      const about = { id: `deliver ${token}`, assignment: token };
      const message: Message =
        end.outcome === "completed"
          ? { ...about, action: "complete", output: end.output ?? null }
          : { ...about, action: "fail", reason: end.message };
      const received = handleMessage(plan, state, message, now);
      if (received.ok) commit(received.value, message.id);
    }
    for (const [index, flight] of inFlight) {
      if (flight.due > now) continue;
      inFlight.delete(index);
      commit(factsOfOutcome(plan, state, index, flight.end, flight.stopped, now));
    }
  }
  throw new Error("the run does not end");
}

export const outcome = (state: RunState) => ({ status: state.status, steps: state.steps.map((step) => step.status) });
