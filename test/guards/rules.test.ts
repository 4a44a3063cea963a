import { expect, test } from "vitest";
import type { Dependency } from "../../src/model/workflow.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import type { StepSketch } from "../rig/rules/workflow.ts";
import { expectWithin, type Limit } from "./limit.ts";
import { countingReads, type Reads } from "./reads.ts";

/** How many steps the runs have. Heaps are counted among these, where their logarithm shows already. */
const FEW = [1_000, 10_000];
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
    what: `entries of heaps that the rules read per step of ${of}, among 10,000`,
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

const CHAIN = limits("a chain", { lists: 44, heaps: 27, events: 2 });
const FAN = limits("a fan-out and fan-in", { lists: 62, heaps: 91.7, events: 2 });
const LAYERS = limits("a graph in layers", { lists: 62, heaps: 60.9, events: 2 });
const AGENTS = limits("a fan-out of agent steps", { lists: 100, heaps: 37, events: 3 });

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

/** Plays a run to its end, by the rules alone, and counts what each step costs. */
function play(
  limit: ReturnType<typeof limits>,
  size: number,
  shape: Shape,
  step: (id: string) => StepSketch,
  act: (desk: Desk) => void,
): void {
  const desk = new Desk(
    numbers(0, size).map((n) => step(idOf(n))),
    shape(size),
  );
  const { reads, ...counting } = countingReads(desk.plan, desk.state, size < MANY);
  Object.assign(desk, counting);
  act(desk);
  expect(desk.state.status).toBe("completed");
  const among = `among ${size} steps`;
  expectWithin(limit.lists, reads.lists / size, among);
  expectWithin(limit.heaps, reads.heaps / size, among);
  expectWithin(limit.events, desk.journal.length / size, among);
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
  for (const size of [...FEW, MANY]) play(limit, size, shape, (id) => ({ id }), endAll);
});

test("a worker's step costs the same among 10,000 that it could accept as among 1,000", () => {
  for (const size of FEW) play(AGENTS, size, fan, (id) => agentStep(id), deliverAll);
});
