import type { AttemptEnd } from "../../../src/model/contracts/step.ts";
import type { JournalEvent } from "../../../src/model/event.ts";
import type { Message } from "../../../src/model/message.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import { acceptableSteps } from "../../../src/run/worker/accept.ts";
import { Simulation } from "./simulation.ts";

/** The environment of a simulated run, decided beforehand, so that two simulations can be compared. */
export interface World {
  /** The duration of an attempt, in milliseconds, and its end, given the step's failures so far. */
  attempt(step: string, failures: number): { takes: number; end: AttemptEnd };
  /** The messages of callers, with their times. */
  readonly messages?: readonly { readonly at: number; readonly message: Message }[];
  /** The times at which the owner dies and another owner takes over at once. */
  readonly crashes?: readonly number[];
}

export interface Simulated {
  readonly journal: JournalEvent[];
  readonly state: RunState;
}

/** Plays a run with well-behaved workers, who accept every step at once and deliver it when its time is up. */
export function simulate(plan: Plan, state: RunState, world: World, journal: JournalEvent[] = []): Simulated {
  const messages = [...(world.messages ?? [])];
  const crashes = [...(world.crashes ?? [])];
  const assignments = new Map<string, { due: number; end: AttemptEnd }>();
  const idOf = (index: number) => plan.workflow.steps[index]!.id;
  const attempt = (index: number, failures: number) => world.attempt(idOf(index), failures);
  const simulation = new Simulation(plan, state, { attempt, journal });

  const acceptAll = (): boolean => {
    const offered = state.status === "running" && !state.stopping ? acceptableSteps(plan, state, {}) : [];
    return (
      offered.filter((index) => {
        const token = `as_${journal.length}`;
        const { takes, end } = attempt(index, state.steps[index]!.failures);
        const id = `accept ${token}`;
        if (!simulation.send({ id, action: "accept", tokens: [token], stepId: idOf(index) })) return false;
        assignments.set(token, { due: simulation.now + takes, end });
        return true;
      }).length > 0
    );
  };
  const deliver = (token: string, end: AttemptEnd) => {
    const about = { id: `deliver ${token}`, assignment: token };
    if (end.outcome === "completed") simulation.send({ ...about, action: "complete", output: end.output ?? null });
    else simulation.send({ ...about, action: "fail", reason: end.message });
  };

  simulation.recover();
  simulation.play({
    actNow: acceptAll,
    done: () => true,
    due: () =>
      Math.min(...[...assignments.values()].map(({ due }) => due), crashes[0] ?? Infinity, messages[0]?.at ?? Infinity),
    act: (now) => {
      while (messages[0] && messages[0].at <= now) simulation.send(messages.shift()!.message);
      if (crashes[0] !== undefined && crashes[0] <= now) {
        crashes.shift();
        simulation.takeOver();
      }
      for (const [token, { due, end }] of assignments) {
        if (due > now) continue;
        assignments.delete(token);
        deliver(token, end);
      }
    },
  });
  return { journal, state };
}

export const outcome = (state: RunState) => ({ status: state.status, steps: state.steps.map((step) => step.status) });
