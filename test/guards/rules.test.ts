import { expect, test } from "vitest";
import type { Dependency } from "../../src/model/workflow.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import type { StepSketch } from "../rig/rules/workflow.ts";
import { expectWithin, type Limit } from "./limit.ts";
import { countingReads, type Reads } from "./reads.ts";

const FEW = 1_000;
const MANY = 100_000;
const LAYER = 100;

const limits = (of: string, today: Reads & { events: number }): Record<"lists" | "heaps" | "events", Limit> => ({
  lists: {
    what: `elements that the rules read per step of ${of}`,
    today: today.lists,
    margin: 0.05,
    advice: "No event may cost O(graph): keep an index in the state instead of walking the steps.",
  },
  heaps: {
    what: `entries of heaps that the rules read per step of ${of}, by the logarithm of the number of steps`,
    today: today.heaps,
    margin: 0.05,
    advice: "An operation of a heap costs O(log n). Use the heap less often, or prune it less often.",
  },
  events: {
    what: `events per step of ${of}`,
    today: today.events,
    margin: 0.01,
    advice: "Every owner folds all of them when it takes over a run. Put the fact into an event that there is anyway.",
  },
});

const CHAIN = limits("a chain", { lists: 1, heaps: 1, events: 1 });
const FAN = limits("a fan-out and fan-in", { lists: 1, heaps: 1, events: 1 });
const LAYERS = limits("a graph in layers", { lists: 1, heaps: 1, events: 1 });
const AGENTS = limits("a fan-out of agent steps", { lists: 1, heaps: 1, events: 1 });

type Shape = (size: number) => Dependency[];

const idOf = (n: number): string => `s${n}`;
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const chain: Shape = (size) => numbers(1, size).map((n) => ({ from: idOf(n - 1), to: idOf(n) }));
const fan: Shape = (size) =>
  numbers(1, size - 1).flatMap((n) => [
    { from: idOf(0), to: idOf(n) },
    { from: idOf(n), to: idOf(size - 1) },
  ]);
/** Each step waits for two of the layer before: the one above it, and its neighbour. */
const layers: Shape = (size) =>
  numbers(LAYER, size).flatMap((n) => [
    { from: idOf(n - LAYER), to: idOf(n) },
    { from: idOf(n - LAYER - (n % LAYER) + ((n + 1) % LAYER)), to: idOf(n) },
  ]);

/** Plays a run to its end, by the rules alone, and says what each step cost. */
function play(size: number, shape: Shape, step: (id: string) => StepSketch, act: (desk: Desk) => void) {
  const desk = new Desk(
    numbers(0, size).map((n) => step(idOf(n))),
    shape(size),
  );
  const { reads, ...counting } = countingReads(desk.plan, desk.state);
  Object.assign(desk, counting);
  act(desk);
  expect(desk.state.status).toBe("completed");
  return { lists: reads.lists / size, heaps: reads.heaps / size / Math.log2(size), events: desk.journal.length / size };
}

/** Ends every attempt, in the order in which they started. The journal grows meanwhile. */
function endAll(desk: Desk): void {
  for (const event of desk.journal) if (event.type === "step_started") desk.end(event.step);
}

function deliverAll(desk: Desk): void {
  for (let [assignment] = desk.accept(); assignment !== undefined; [assignment] = desk.accept())
    desk.ask({ action: "complete", assignment, output: null });
}

test.each([
  ["a chain", CHAIN, chain],
  ["a fan-out and fan-in", FAN, fan],
  ["a graph in layers", LAYERS, layers],
])("a step of %s costs the same among 100,000 as among 1,000", (_, limit, shape) => {
  for (const size of [FEW, MANY]) {
    const cost = play(size, shape, (id) => ({ id }), endAll);
    for (const name of ["lists", "heaps", "events"] as const) expectWithin(limit[name], cost[name], `${size} steps`);
  }
});

test("a worker's step costs the same among 10,000 that it could accept as among 1,000", () => {
  for (const size of [FEW, 10 * FEW]) {
    const cost = play(size, fan, (id) => agentStep(id), deliverAll);
    for (const name of ["lists", "heaps", "events"] as const) expectWithin(AGENTS[name], cost[name], `${size} steps`);
  }
});
