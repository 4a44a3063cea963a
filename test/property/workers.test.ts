import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentSyntax, skillSyntax } from "../../src/engine/steps/agent.ts";
import type { Dependency } from "../../src/model/workflow.ts";
import { fold, initialState } from "../../src/run/fold.ts";
import { toSnapshot } from "../../src/run/snapshot.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { comparable } from "../rig/rules/comparable.ts";
import type { Sketch } from "../rig/rules/random-workflow.ts";
import { witness } from "../rig/rules/reference-model.ts";
import { runs } from "../rig/rules/runs.ts";
import { MOVES, type Move, simulateWorkers, type WorkersWorld } from "../rig/rules/simulate-workers.ts";
import { commandSyntax, created, type StepSketch, workflowOf } from "../rig/rules/workflow.ts";

const MOST_STEPS = 7;
const ROLLS = 16;

interface WorkersSketch extends Sketch {
  readonly code: boolean;
  readonly timeout: number | undefined;
  readonly moves: Move[];
}

const schema = { type: "object", required: ["ok"] };
const FALLBACKS = [
  [{ agent: "ag1" }],
  [{ command: "true" }],
  [{ agent: "ag2" }, { command: "true" }],
  [{ command: "true" }, { agent: "ag3" }],
];

/** Who performs the step: Baton, or a worker asked for by agent, needs or skill. */
function work(roll: readonly number[]): Partial<StepSketch> {
  if (roll[0]! % 4 === 0) return roll[1]! % 3 === 0 ? { risky: true } : {};
  const who = [{ agent: `ag${roll[2]! % 4}` }, { needs: ["a", "b"] }, { agent: "ag0" }, { skill: "sk" }][roll[1]! % 4]!;
  const config = {
    ...who,
    leaseSeconds: [0.03, 0.2, 1, undefined][roll[2]! % 4],
    ...(roll[3]! % 3 === 0 && { output: schema }),
    ...(roll[4]! % 2 === 0 && { verify: [{ command: "true" }] }),
    ...(roll[5]! % 2 === 0 && { fallback: FALLBACKS[roll[6]! % FALLBACKS.length] }),
    ...(roll[6]! % 2 === 0 && { questions: roll[3]! % 3 }),
    ...(roll[7]! % 6 === 0 && { runner: { name: "r" } }),
  };
  const risky = roll[7]! % 5 === 0 && { risky: true };
  return { ...risky, type: "skill" in who ? "skill" : "agent", config: JSON.parse(JSON.stringify(config)) };
}

const moves = fc.array(
  fc.record({
    after: fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 12 }) },
      { weight: 2, arbitrary: fc.constantFrom(31, 60, 201, 1_001) },
      { weight: 1, arbitrary: fc.constant(1_800_001) },
    ),
    kind: fc.constantFrom(...MOVES),
    pick: fc.nat(1_000),
    also: fc.nat(1_000),
  }),
  { maxLength: 80, size: "max" },
);

const sketches: fc.Arbitrary<WorkersSketch> = fc
  .record({
    rolls: fc.array(fc.array(fc.nat(1_000_000), { minLength: ROLLS, maxLength: ROLLS }), {
      minLength: 1,
      maxLength: MOST_STEPS,
      size: "max",
    }),
    maxParallel: fc.integer({ min: 1, max: 3 }),
    sequential: fc.boolean(),
    code: fc.boolean(),
    timeout: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 50, max: 3_000 }) },
    ),
    moves,
  })
  .map(({ rolls, timeout, ...rest }) => {
    const dependencies: Dependency[] = [];
    const steps = rolls.map((roll, index): StepSketch => {
      const earlier = (n: number) => `s${roll[n]! % index}`;
      if (index > 0 && roll[8]! % 3 > 0) {
        const condition = ([undefined, undefined, "success", "failure", "always"] as const)[roll[9]! % 5];
        dependencies.push({ from: earlier(10), to: `s${index}`, ...(condition && { condition }) });
      }
      const conditions = index === 0 ? ["always"] : [`on_complete(${earlier(11)})`, `steps.${earlier(11)}.attempt < 3`];
      return {
        id: `s${index}`,
        optional: roll[12]! % 5 === 0,
        ...(roll[12]! % 4 === 0 && { condition: conditions[roll[13]! % conditions.length]! }),
        ...(roll[13]! % 5 === 0 && { timeout: 60 }),
        onCrash: (["retry", "retry", "retry", "fail", "ask"] as const)[roll[14]! % 5]!,
        retry: { retries: roll[14]! % 3, delay: roll[15]! % 50 },
        ...work(roll),
      };
    });
    return {
      ...{ steps, dependencies, timeout, ...rest },
      fails: rolls.map((roll) => (roll[15]! % 3 === 0 ? roll[14]! % 4 : 0)),
      takes: rolls.map((roll) => 1 + (roll[10]! % 90)),
    };
  });

const capable = ["ag0", "ag1"].map((name) => ({ kind: "agent" as const, name, outputSchema: schema }));

function start(sketch: WorkersSketch) {
  const rest = sketch.timeout === undefined ? {} : { timeout: sketch.timeout };
  const plan = compilePlan(workflowOf(sketch.steps, sketch.dependencies, rest), [
    commandSyntax,
    agentSyntax,
    skillSyntax,
  ]);
  const first = created({
    maxParallel: sketch.maxParallel,
    mode: sketch.sequential ? "sequential" : "parallel",
    code: sketch.code,
  });
  return {
    plan,
    begun: () => initialState(plan, first, { parameters: {}, context: {}, performers: { "needs:a,b": capable } }),
  };
}

const worldOf = ({ fails, takes, moves }: WorkersSketch, more: Partial<WorkersWorld> = {}): WorkersWorld => ({
  moves,
  captures: 20,
  performs: (index, failures) => ({
    takes: takes[index]!,
    end:
      failures < fails[index]!
        ? { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 }
        : { outcome: "completed", exitCode: 0 },
  }),
  ...more,
});

/** No rule is broken in any order of messages, and the journal folds to the final state. */
function checkRun(sketch: WorkersSketch): void {
  const { plan, begun } = start(sketch);
  const { journal, state } = simulateWorkers(plan, begun(), worldOf(sketch), witness(plan));
  const again = begun();
  for (const event of journal) fold(plan, again, event);
  expect(comparable(plan, again)).toEqual(comparable(plan, state));
}

/** An owner that continues from a snapshot makes the same decisions as one that folded the whole journal. */
function checkSnapshots(sketch: WorkersSketch, every: number): void {
  const { plan, begun } = start(sketch);
  const whole = simulateWorkers(plan, begun(), worldOf(sketch));
  const revived = simulateWorkers(plan, begun(), worldOf(sketch, { reviveEvery: every }));
  expect(revived.journal).toEqual(whole.journal);
  expect(JSON.stringify(toSnapshot(revived.state))).toBe(JSON.stringify(toSnapshot(whole.state)));
}

const RUNS = runs(60);

describe("a random workflow with workers", () => {
  test("the run keeps to the rules under all moves of workers, callers and owners and comes to its end", () => {
    fc.assert(fc.property(sketches, checkRun), { numRuns: RUNS });
  });

  test("a run continued from snapshots has the same journal as one without", () => {
    fc.assert(fc.property(sketches, fc.integer({ min: 1, max: 5 }), checkSnapshots), { numRuns: RUNS });
  });
});
