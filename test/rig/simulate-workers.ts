import type { AttemptEnd } from "../../src/model/contracts/step.ts";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import { assignmentIdFrom } from "../../src/model/ids.ts";
import type { Message, Request } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import { factsOfOutcome } from "../../src/run/attempt-outcome.ts";
import { type Decision, decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { inFlight, recover } from "../../src/run/recovery.ts";
import { freeze, revive } from "../../src/run/state/snapshot.ts";
import { isFinal, type RunState } from "../../src/run/state/state.ts";
import { acceptable, overdue } from "../../src/run/worker/accept.ts";

export const MOVES = [
  ...["accept", "accept", "accept", "accept", "accept", "accept", "accept step", "accept step", "accept as"],
  ...["accept runner", "accept runner", "progress", "progress", "release", "release", "transfer", "transfer", "wait"],
  ...[
    "complete",
    "complete",
    "complete",
    "complete",
    "complete",
    "complete wrongly",
    "complete empty",
    "complete empty",
  ],
  ...["fail", "fail", "fail", "again", "again", "pause", "resume", "resume", "resume", "restart step", "restart step"],
  ...[
    "ask",
    "ask",
    "ask",
    "ask",
    "ask twice",
    "answer",
    "answer",
    "answer",
    "answer",
    "answer again",
    "answer wrongly",
  ],
  ...["cancel", "restart", "checkpoint", "delete", "restore", "restore", "crash", "crash", "leave"],
] as const;

/** Something that somebody does, so many milliseconds after the move before. What it is about is picked from what there is then. */
export interface Move {
  readonly after: number;
  readonly kind: (typeof MOVES)[number];
  readonly pick: number;
  readonly also: number;
}

/** The world that a simulated run with workers meets. All of it is decided beforehand, so that two simulations can be compared. */
export interface WorkersWorld {
  /** How long an attempt or a verification takes, and whether it goes well, by what the step has failed so far. */
  performs(index: number, failures: number): { takes: number; end: AttemptEnd };
  readonly moves: readonly Move[];
  /** How long it takes to record the code of a checkpoint. */
  readonly captures?: number;
  /** How many messages and tokens there were before. */
  readonly serial?: number;
  /** The state is frozen and revived after every so many rounds. */
  readonly reviveEvery?: number;
}

/** Whoever watches the simulation and knows what must hold. */
export interface Watch {
  event?(state: RunState, event: JournalEvent): void;
  /** Before it is obeyed. */
  message?(state: RunState, message: Message, answer: ReturnType<typeof handleMessage>): void;
  /** Nothing follows any more, until something happens. */
  settled?(state: RunState, decision: Decision, now: number): void;
}

interface Flight {
  readonly end: AttemptEnd;
  due: number;
  stopped?: "cancel" | "timeout";
}

const WORKERS = [undefined, undefined, "ann", "bob"];

/**
 * A run of the rules alone, with workers who do whatever the moves say, and owners who die. Once the moves are over everybody is well-behaved,
 * so every run must come to its end: throws if it hangs.
 */
export function simulateWorkers(plan: Plan, begun: RunState, world: WorkersWorld, watch: Watch = {}) {
  let state = begun;
  let now = state.lastAt;
  let serial = world.serial ?? 0;
  let rounds = 0;
  let capture: { readonly id: string; readonly due: number } | undefined;
  const journal: JournalEvent[] = [];
  const flights = new Map<number, Flight>();
  const sent: Message[] = [];
  const moves = [...world.moves];
  let moveAt = now + (moves[0]?.after ?? 0);

  const commit = (facts: readonly Fact[], cause?: string, epoch = state.epoch) => {
    for (const fact of facts) {
      const event = { at: now, epoch, ...fact, ...(cause && { cause }) } as JournalEvent;
      fold(plan, state, event);
      journal.push(event);
      watch.event?.(state, event);
      if (event.type !== "step_started" && event.type !== "verification_started") continue;
      const index = plan.indexOf.get(event.step)!;
      const { takes, end } = world.performs(index, state.steps[index]!.failures);
      flights.set(index, { due: now + takes, end });
    }
  };
  const send = (message: Message) => {
    for (let late = overdue(plan, state, now); late; late = overdue(plan, state, now)) commit([late]);
    const answer = handleMessage(plan, state, message, now);
    watch.message?.(state, message, answer);
    sent.push(message);
    if (answer.ok) commit(answer.value, message.id);
  };
  const ask = (request: Request) => send({ id: `m${serial++}`, ...request } as Message);
  const tokens = (count: number) =>
    Array.from({ length: count }, () => {
      const number = serial++;
      return assignmentIdFrom(
        state.workflowId,
        Uint8Array.from({ length: 12 }, (_, n) => Math.floor(number / 32 ** n) % 32),
      );
    });

  /** Another process takes the run: what the one before performed is lost. */
  const takeOver = (orderly: boolean) => {
    if (orderly && inFlight(state).length > 0) commit([{ type: "owner_left" }]);
    flights.clear();
    capture = undefined;
    commit([{ type: "lease_taken", pid: 1, lastBeat: now }], undefined, state.epoch + 1);
    if (inFlight(state).length > 0) commit(recover(plan, state));
  };

  const move = ({ kind, pick, also }: Move) => {
    const stepId = plan.workflow.steps[pick % plan.size]!.id;
    const given = [...state.tokens.keys()];
    // Mostly one of the latest: the older ones have long lost their steps.
    const assignment = given[given.length - 1 - (pick % (also % 4 === 0 ? given.length : Math.min(given.length, 6)))];
    const checkpoint = state.checkpoints[pick % Math.max(1, state.checkpoints.length)]?.id;
    const worker = WORKERS[also % WORKERS.length];
    const as = { ...(worker !== undefined && { worker }) };
    switch (kind) {
      case "accept":
        return ask({ action: "accept", tokens: tokens(1 + (pick % 3)), ...as });
      case "accept step":
        return ask({ action: "accept", tokens: tokens(1), stepId, ...as });
      case "accept as":
        return ask({ action: "accept", tokens: tokens(1), agent: `ag${pick % 4}`, ...as });
      case "accept runner":
        return ask({ action: "accept", tokens: tokens(1), stepId, runner: true, worker: "runner" });
      case "pause":
      case "resume":
      case "cancel":
      case "restart":
        return ask({ action: kind });
      case "restart step":
        return ask({ action: "restart", stepId });
      case "checkpoint":
        return ask({ action: "checkpoint" });
      case "delete":
        return checkpoint && ask({ action: "delete_checkpoint", checkpoint });
      case "restore":
        return checkpoint && ask({ action: "restore", checkpoint });
      case "crash":
      case "leave":
        return takeOver(kind === "leave");
      case "again": {
        const before = sent[sent.length - 1 - (pick % Math.min(sent.length, 5))];
        return before && send(before);
      }
      case "answer":
      case "answer again":
      case "answer wrongly": {
        const open = [...state.asking];
        const about = kind === "answer again" || open.length === 0 ? pick % plan.size : open[pick % open.length]!;
        const { id } = plan.workflow.steps[about]!;
        const round = state.steps[about]!.rounds?.length ?? 0;
        const answers = kind === "answer wrongly" ? { q2: "x" } : also % 2 === 0 ? { q1: "yes" } : ["yes"];
        return ask({ action: "answer", stepId: id, answers, ...(also % 3 === 0 && round > 0 && { round }) });
      }
      case "wait":
        return;
    }
    if (assignment === undefined) return;
    switch (kind) {
      case "complete":
        return ask({ action: "complete", assignment, output: { ok: serial }, context: { said: serial } });
      case "complete wrongly":
        return ask({ action: "complete", assignment, output: "words" });
      case "complete empty":
        return ask({ action: "complete", assignment });
      case "fail":
        return ask({ action: "fail", assignment, reason: "cannot", ...(also % 2 === 0 && { output: serial }) });
      case "progress":
        return ask({ action: "progress", assignment, percent: pick % 100 });
      case "release":
        return ask({ action: "release", assignment });
      case "ask":
        return ask({ action: "ask", assignment, questions: [{ id: "q1", question: `${also % 2}?` }] });
      case "ask twice":
        ask({ action: "ask", assignment, questions: [{ id: "q1", question: "1?" }] });
        return ask({ action: "ask", assignment, questions: [{ id: "q1", question: `${also % 2}?` }] });
      case "transfer":
        return ask({ action: "transfer", assignment, to: { kind: "agent", name: `ag${also % 4}` } });
    }
  };

  /** One thing that a well-behaved world does so that the run can go on; `false`: there is nothing to be done. */
  const help = (): boolean => {
    if (state.restoring || isFinal(state)) return false;
    if (state.status === "paused") {
      ask({ action: "resume" });
      return true;
    }
    const held = state.steps.find((step) => step.status === "assigned");
    if (held) {
      ask({ action: "complete", assignment: held.lease!.token, output: { ok: 1 } });
      return true;
    }
    if (state.stopping) return false;
    const [asking] = state.asking;
    if (asking !== undefined) {
      ask({ action: "answer", stepId: plan.workflow.steps[asking]!.id, answers: ["at last"] });
      return true;
    }
    const runner = acceptable(plan, state, {}).length === 0;
    if (acceptable(plan, state, { runner }).length === 0) return false;
    ask({ action: "accept", tokens: tokens(1), worker: "helper", ...(runner && { runner }) });
    return true;
  };

  for (let turns = 0; turns < 20_000; turns++) {
    let decision = decide(plan, state, now);
    while (decision.facts.length > 0) {
      commit(decision.facts);
      decision = decide(plan, state, now);
    }
    if (world.reviveEvery && ++rounds % world.reviveEvery === 0)
      state = revive(plan, JSON.parse(JSON.stringify(freeze(state))));
    watch.settled?.(state, decision, now);
    const captured = state.capturing[0];
    if (captured !== undefined && capture?.id !== captured)
      capture = { id: captured, due: now + (world.captures ?? 1) };
    if (isFinal(state) && moves.length === 0 && captured === undefined) return { journal, state };
    for (const { index, why } of decision.stops) {
      const flight = flights.get(index)!;
      flight.stopped ??= why;
      flight.due = Math.min(flight.due, now + 1);
    }
    if (moves.length === 0 && help()) continue;
    const due = Math.min(
      ...[...flights.values()].map((flight) => flight.due),
      moves.length > 0 ? moveAt : Number.POSITIVE_INFINITY,
      capture?.due ?? Number.POSITIVE_INFINITY,
      decision.wakeAt ?? Number.POSITIVE_INFINITY,
    );
    if (due === Number.POSITIVE_INFINITY)
      throw new Error(`the run hangs: ${JSON.stringify(state.steps.map((step) => step.status))}, ${state.status}`);
    now = Math.max(now, due);
    while (moves.length > 0 && moveAt <= now) {
      move(moves.shift()!);
      moveAt += moves[0]?.after ?? 0;
    }
    for (const [index, flight] of flights) {
      if (flight.due > now) continue;
      flights.delete(index);
      commit(factsOfOutcome(plan, state, index, flight.end, flight.stopped, now));
    }
    if (capture && capture.due <= now) {
      const { id } = capture;
      capture = undefined;
      if (state.capturing.includes(id)) commit([{ type: "checkpoint_captured", checkpoint: id, problem: "simulated" }]);
    }
  }
  throw new Error("the run does not end");
}
