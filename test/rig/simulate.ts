import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { AttemptEnd } from "../../src/model/step.ts";
import { conclude } from "../../src/run/attempt.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { receive } from "../../src/run/receive.ts";
import { recover } from "../../src/run/recovery.ts";
import { isFinal, type RunState } from "../../src/run/state.ts";

/** The world that a simulated run meets. All of it is decided beforehand, so that two simulations can be compared. */
export interface World {
  /** How long an attempt takes, in milliseconds, and how it ends, by what the step has failed so far. */
  attempt(step: string, failures: number): { takes: number; end: AttemptEnd };
  /** What callers ask for, and when. */
  readonly messages?: readonly { readonly at: number; readonly message: Message }[];
}

export interface Simulated {
  readonly journal: JournalEvent[];
  readonly state: RunState;
}

/** A run of the rules alone: no processes, no files, no clock but the one here. Throws if the run hangs. */
export function simulate(plan: Plan, state: RunState, world: World, journal: JournalEvent[] = []): Simulated {
  let now = state.lastAt;
  const messages = [...(world.messages ?? [])];
  const inFlight = new Map<number, { due: number; end: AttemptEnd; stopped?: "cancel" | "timeout" }>();

  const commit = (facts: readonly Fact[], cause?: string) => {
    for (const fact of facts) {
      const event = { at: now, epoch: state.epoch, ...fact, ...(cause && { cause }) } as JournalEvent;
      fold(plan, state, event);
      journal.push(event);
      if (event.type !== "step_started") continue;
      const index = plan.indexOf.get(event.step)!;
      const { takes, end } = world.attempt(event.step, state.steps[index]!.failures);
      inFlight.set(index, { due: now + takes, end });
    }
  };

  if (state.running.size > 0) commit(recover(plan, state));
  for (let turns = 0; turns < 100_000; turns++) {
    let decision = decide(plan, state, now);
    while (decision.facts.length > 0) {
      commit(decision.facts);
      decision = decide(plan, state, now);
    }
    if (isFinal(state)) return { journal, state };
    for (const { index, why } of decision.stops) {
      const flight = inFlight.get(index)!;
      flight.stopped ??= why;
      flight.due = Math.min(flight.due, now + 1);
    }
    const due = Math.min(
      ...[...inFlight.values()].map((flight) => flight.due),
      messages[0]?.at ?? Infinity,
      decision.wakeAt ?? Infinity,
    );
    if (due === Infinity)
      throw new Error(`the run hangs: ${JSON.stringify(state.steps.map((step) => step.status))}, ${state.status}`);
    now = Math.max(now, due);
    while (messages[0] && messages[0].at <= now) {
      const { message } = messages.shift()!;
      const received = receive(plan, state, message, now);
      if (received.ok) commit(received.value, message.id);
    }
    for (const [index, flight] of inFlight) {
      if (flight.due > now) continue;
      inFlight.delete(index);
      commit(conclude(plan, state, index, flight.end, flight.stopped, now));
    }
  }
  throw new Error("the run does not end");
}

export const outcome = (state: RunState) => ({ status: state.status, steps: state.steps.map((step) => step.status) });
