import type { AttemptEnd } from "../../../src/model/contracts/step.ts";
import { assignmentIdFrom } from "../../../src/model/ids.ts";
import type { Message, Request } from "../../../src/model/message.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import { isFinal } from "../../../src/run/state/state.ts";
import { acceptableSteps } from "../../../src/run/worker/accept.ts";
import { Simulation, type Watch } from "./simulation.ts";

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
    "complete lying",
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
  ...["note", "note", "amend", "amend", "amend", "amend notes", "take over", "take over", "take over"],
  ...["cancel", "restart", "checkpoint", "delete", "restore", "restore", "crash", "crash", "leave"],
] as const;

/**
 * An action of a caller, a worker or a power cut, `after` milliseconds after the previous move. `pick` and `also`
 * choose its subject from what exists then.
 */
export interface Move {
  readonly after: number;
  readonly kind: (typeof MOVES)[number];
  readonly pick: number;
  readonly also: number;
}

/** The environment of a simulated run with workers, decided beforehand, so that two simulations can be compared. */
export interface WorkersWorld {
  /** The duration of an attempt or verification, and whether it succeeds, given the step's failures so far. */
  performs(index: number, failures: number): { takes: number; end: AttemptEnd };
  readonly moves: readonly Move[];
  /** The duration of a capture of code, in milliseconds. */
  readonly captures?: number;
  /** Number of messages and tokens before the simulation. */
  readonly serial?: number;
  /** Number of rounds after which the state is frozen and revived. */
  readonly reviveEvery?: number;
}

const WORKERS = [undefined, undefined, "ann", "bob"];

/**
 * Plays a run with workers that follow the moves, and owners that die. After the moves all actors are well-behaved, so
 * every run must end.
 */
export function simulateWorkers(plan: Plan, begun: RunState, world: WorkersWorld, watch: Watch = {}) {
  let serial = world.serial ?? 0;
  const sent: Message[] = [];
  const moves = [...world.moves];
  let moveAt = begun.lastAt + (moves[0]?.after ?? 0);
  const simulation = new Simulation(plan, begun, {
    attempt: world.performs,
    captureMs: world.captures,
    reviveEvery: world.reviveEvery,
    watch,
  });

  const send = (message: Message): boolean => {
    sent.push(message);
    return simulation.send(message);
  };
  const ask = (request: Request): boolean => send({ id: `m${serial++}`, ...request } as Message);
  const tokens = (count: number) =>
    Array.from({ length: count }, () => {
      const number = serial++;
      const bytes = Uint8Array.from({ length: 12 }, (_, n) => Math.floor(number / 32 ** n) % 32);
      return assignmentIdFrom(simulation.state.workflowId, bytes);
    });

  const move = ({ kind, pick, also }: Move) => {
    const { state } = simulation;
    const stepId = plan.workflow.steps[pick % plan.size]!.id;
    const given = [...state.tokens.keys()];
    // Mostly one of the latest assignments: the older ones have lost their steps.
    const assignment = given[given.length - 1 - (pick % (also % 4 === 0 ? given.length : Math.min(given.length, 6)))];
    const checkpoint = state.checkpoints[pick % Math.max(1, state.checkpoints.length)]?.id;
    const worker = WORKERS[also % WORKERS.length];
    const as = { ...(worker !== undefined && { worker }) };
    switch (kind) {
      case "accept":
        return ask({ action: "accept", tokens: tokens(1 + (pick % 3)), ...as, withoutBaseline: also % 7 === 0 });
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
        return simulation.takeOver(kind === "leave");
      case "again": {
        const before = sent[sent.length - 1 - (pick % Math.min(sent.length, 5))];
        return before && send(before);
      }
      case "answer":
      case "answer again":
      case "answer wrongly": {
        const open = [...state.awaitingAnswers];
        const about = kind === "answer again" || open.length === 0 ? pick % plan.size : open[pick % open.length]!;
        const { id } = plan.workflow.steps[about]!;
        const round = state.steps[about]!.rounds?.length ?? 0;
        const answers = kind === "answer wrongly" ? { q2: "x" } : also % 2 === 0 ? { q1: "yes" } : ["yes"];
        return ask({ action: "answer", stepId: id, answers, ...(also % 3 === 0 && round > 0 && { round }) });
      }
      case "take over": {
        const held = [...state.claimed].filter((index) => state.steps[index]!.status === "assigned");
        const index = held[pick % Math.max(1, held.length)] ?? pick % plan.size;
        const { lease } = state.steps[index]!;
        const takeOver = {
          ...{ reason: `gone ${serial}`, quietMs: 10 },
          ...(also % 3 === 0 && lease && { assignment: lease.token }),
          ...(also % 5 === 0 && { terminal: true }),
        };
        return ask({ action: "accept", tokens: tokens(1), stepId: plan.workflow.steps[index]!.id, takeOver, ...as });
      }
      case "wait":
        return;
    }
    if (assignment === undefined) return;
    switch (kind) {
      case "complete":
        return ask({
          ...{ action: "complete", assignment, output: { ok: serial }, context: { said: serial } },
          ...(also % 2 === 0 && { notes: [{ text: `n${serial}` }] }),
        });
      case "note":
        return ask({ action: "note", assignment, notes: [{ text: `n${serial}`, for: "all" }] });
      case "amend":
        return ask({
          ...{ action: "amend", assignment, output: { ok: serial } },
          ...(also % 4 === 0 && { notes: [{ text: `n${serial}` }] }),
        });
      case "amend notes":
        return ask({ action: "amend", assignment, notes: [{ text: `n${serial}` }] });
      case "complete wrongly":
        return ask({ action: "complete", assignment, output: "words" });
      case "complete empty":
        return ask({ action: "complete", assignment });
      case "complete lying":
        return ask({ action: "complete", assignment, output: { ok: 1, filesChanged: ["nowhere"] } });
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

  /** Performs one action that lets the run continue; `false` if there is nothing to do. */
  const help = (): boolean => {
    const { state } = simulation;
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
    const [asking] = state.awaitingAnswers;
    if (asking !== undefined) {
      ask({ action: "answer", stepId: plan.workflow.steps[asking]!.id, answers: ["at last"] });
      return true;
    }
    const runner = acceptableSteps(plan, state, {}).length === 0;
    if (acceptableSteps(plan, state, { runner }).length === 0) return false;
    // It may have to wait until the checks of the step have run before the work.
    return ask({ action: "accept", tokens: tokens(1), worker: "helper", ...(runner && { runner }) });
  };

  simulation.play({
    actNow: () => moves.length === 0 && help(),
    due: () => (moves.length > 0 ? moveAt : Infinity),
    act: (now) => {
      while (moves.length > 0 && moveAt <= now) {
        move(moves.shift()!);
        moveAt += moves[0]?.after ?? 0;
      }
    },
    done: () => moves.length === 0,
  });
  return { journal: simulation.journal, state: simulation.state };
}
