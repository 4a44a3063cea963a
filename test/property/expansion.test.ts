import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentSyntax } from "../../src/engine/steps/agent.ts";
import { growSyntax } from "../../src/engine/steps/grow.ts";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { AttemptEnd } from "../../src/model/contracts/step.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import type { Dependency, JsonValue } from "../../src/model/workflow.ts";
import { expansionFacts } from "../../src/run/features/expansion.ts";
import { fold, initialState } from "../../src/run/fold.ts";
import { recover } from "../../src/run/recovery.ts";
import { fromSnapshot, toSnapshot } from "../../src/run/snapshot.ts";
import { isSettled } from "../../src/run/state/state.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { expandPattern } from "../../src/workflow/expand-pattern.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { comparable } from "../rig/rules/comparable.ts";
import { witness } from "../rig/rules/reference-model.ts";
import { runs } from "../rig/rules/runs.ts";
import { growing } from "../rig/rules/scenario.ts";
import { MOVES, type Move, simulateWorkers, type WorkersWorld } from "../rig/rules/simulate-workers.ts";
import { commandSyntax, created, type StepSketch, workflowOf } from "../rig/rules/workflow.ts";

const MOST_STEPS = 6;
const ROLLS = 12;

interface Sketch {
  readonly rolls: number[][];
  /** The rolls for each next expansion. */
  readonly expansionRolls: number[][];
  readonly maxParallel: number;
  readonly sequential: boolean;
  readonly limited: boolean;
  readonly moves: Move[];
}

const roll = fc.array(fc.nat(1_000_000), { minLength: ROLLS, maxLength: ROLLS });
const sketches: fc.Arbitrary<Sketch> = fc.record({
  rolls: fc.array(roll, { minLength: 2, maxLength: MOST_STEPS, size: "max" }),
  expansionRolls: fc.array(roll, { minLength: 1, maxLength: 8, size: "max" }),
  maxParallel: fc.integer({ min: 1, max: 3 }),
  sequential: fc.boolean(),
  limited: fc.boolean(),
  moves: fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 12 }),
      kind: fc.constantFrom(...MOVES),
      pick: fc.nat(1_000),
      also: fc.nat(1_000),
    }),
    { maxLength: 60, size: "max" },
  ),
});

/** A command or an agent step, which may have checks. */
function leaf(id: string, rolls: readonly number[]): StepSketch {
  const retry = { retries: rolls[0]! % 2, delay: rolls[1]! % 20 };
  const onCrash = (["retry", "retry", "fail"] as const)[rolls[2]! % 3]!;
  const rest = { id, retry, onCrash, optional: rolls[3]! % 5 === 0, ...(rolls[4]! % 6 === 0 && { risky: true }) };
  if (rolls[5]! % 2 === 0) return rest;
  const verify = rolls[6]! % 2 === 0 ? { verify: [{ command: "true" }] } : {};
  return { ...rest, type: "agent", config: { agent: `ag${rolls[7]! % 2}`, ...verify } };
}

function planOf({ rolls, limited }: Sketch): Plan {
  const dependencies: Dependency[] = [];
  const steps = rolls.map((one, index): StepSketch => {
    const id = `s${index}`;
    for (let n = 0; index > 0 && n < one[8]! % 3; n++) {
      const condition = ([undefined, undefined, "success", "failure", "always"] as const)[one[9 + n]! % 5];
      // Outputs that agents deliver are not held by finish_to_finish here.
      const type = one[5]! % 2 === 0 && one[10]! % 4 === 0 ? ("finish_to_finish" as const) : undefined;
      const from = `s${one[9 + n]! % index}`;
      dependencies.push({ from, to: id, ...(type && { type }), ...(condition && { condition }) });
    }
    return one[11]! % 2 === 0 ? { id, type: "grow", config: {}, onCrash: "retry" } : leaf(id, one);
  });
  const limits = limited ? { limits: [{ steps: ["s0", "s1"], max: 1 }] } : {};
  return compilePlan(workflowOf(steps, dependencies, limits), [commandSyntax, agentSyntax, growSyntax]);
}

/** Up to four steps from few ids, so that ids collide with other steps and with earlier expansions. */
function expansionEnd(grower: string, rolls: readonly number[]): AttemptEnd {
  const ids = ["a", "b", "c", "A", "s0"].map((name, at) =>
    at === 4 ? name : `${rolls[9]! % 4 === 0 ? "any" : grower}.${name}`,
  );
  const count = rolls[0]! % 4;
  const drawn = Array.from({ length: count }, (_, n) => ids[rolls[n + 1]! % (rolls[10]! % 6 === 0 ? 5 : 3)]!);
  const chosen = drawn.filter((id, at) => drawn.findIndex((one) => one.toLowerCase() === id.toLowerCase()) === at);
  const steps = chosen.map((id, n) => leaf(id, [...rolls.slice(n), ...rolls]));
  const dependencies = chosen.flatMap((id, n): Dependency[] =>
    n > 0 && rolls[n + 5]! % 2 === 0 ? [{ from: chosen[rolls[n]! % n]!, to: id }] : [],
  );
  const problems = rolls[11]! % 12 === 0 ? ["element 0 is no good"] : [];
  return growing(grower, steps, dependencies, { problems, maxSteps: 12 });
}

const worldOf = (sketch: Sketch, plan: Plan, more: Partial<WorkersWorld> = {}): WorkersWorld => {
  let grown = 0;
  return {
    moves: sketch.moves,
    captures: 20,
    performs(index, failures) {
      const { id, type } = plan.workflow.steps[index]!;
      const rolls = sketch.rolls[index % sketch.rolls.length]!;
      if (type === "grow")
        return {
          takes: rolls[0]! % 5,
          end: expansionEnd(id, sketch.expansionRolls[grown++ % sketch.expansionRolls.length]!),
        };
      const fails = rolls[6]! % 3 === 0 ? rolls[7]! % 3 : 0;
      const failed = { outcome: "failed", reason: "exit_code", message: "exit code 1" } as const;
      return { takes: 1 + (rolls[9]! % 30), end: failures < fails ? failed : { outcome: "completed" } };
    },
    ...more,
  };
};

/** Checks the order from the definition and the journal's growths, without the plan that is made of them. */
function orderChecker(definition: Plan["workflow"], plan: Plan) {
  return (state: RunState, event: JournalEvent) => {
    const stateOf = (id: string) => state.steps[plan.indexOf.get(id)!]!;
    const present = state.growths.filter(({ withdrawn }) => !withdrawn);
    const living = viewRun(plan, state, state.lastAt).steps.map(({ id }) => id);
    expect(new Set(living.map((id) => id.toLowerCase())).size).toBe(living.length);
    expect(living).toHaveLength(plan.stepCount);
    for (const { step } of present) expect(["running", "completed"]).toContain(stateOf(step).status);
    if (event.type !== "step_started" && event.type !== "step_assigned") return;
    const own = present.find(({ steps }) => steps.some(({ id }) => id === event.step));
    if (own) expect(stateOf(own.step).status).toBe("completed");
    for (const { from, to } of own?.dependencies ?? [])
      if (to === event.step) expect(stateOf(from).status).toBe("completed");
    for (const { from, to, type } of definition.dependencies) {
      if (to !== event.step || type !== undefined) continue;
      for (const { id } of [{ id: from }, ...present.flatMap((growth) => (growth.step === from ? growth.steps : []))])
        expect(isSettled(stateOf(id))).toBe(true);
    }
  };
}

function checkRun(sketch: Sketch): void {
  const plan = planOf(sketch);
  const definition = plan.workflow;
  const first = created({ maxParallel: sketch.maxParallel, mode: sketch.sequential ? "sequential" : "parallel" });
  const begun = (on: Plan) => initialState(on, first, { parameters: {}, context: {} });
  const watch = witness(plan);
  const order = orderChecker(definition, plan);
  const { journal, state } = simulateWorkers(plan, begun(plan), worldOf(sketch, plan), {
    ...watch,
    event(state, event) {
      watch.event?.(state, event);
      order(state, event);
    },
  });
  // Reading the journal from its start, or a snapshot, gives the same state.
  const frozen = comparable(plan, state);
  const other = planOf(sketch);
  const again = begun(other);
  for (const event of journal) fold(other, again, event);
  expect(comparable(other, again)).toEqual(frozen);
  const third = planOf(sketch);
  expect(toSnapshot(fromSnapshot(third, JSON.parse(JSON.stringify(frozen))))).toEqual(
    JSON.parse(JSON.stringify(frozen)),
  );
  for (const one of [other, third]) {
    expect(one.edges).toEqual(plan.edges);
    expect(one.discarded).toEqual(plan.discarded);
  }
}

/** The owner dies in the middle of its write: steps_grown is on the disk, step_completed is not. */
function checkTornWrite(sketch: Sketch): void {
  const plan = planOf(sketch);
  const first = created({ maxParallel: sketch.maxParallel, mode: sketch.sequential ? "sequential" : "parallel" });
  const begun = () => initialState(plan, first, { parameters: {}, context: {} });
  const { journal } = simulateWorkers(plan, begun(), worldOf(sketch, plan));
  for (const [at, { type }] of journal.entries()) {
    if (type !== "steps_grown") continue;
    const state = begun();
    for (const event of journal.slice(0, at + 1)) fold(plan, state, event);
    fold(plan, state, { type: "lease_taken", at: state.lastAt, epoch: state.epoch + 1, pid: 1 });
    for (const fact of recover(plan, state))
      fold(plan, state, { at: state.lastAt, epoch: state.epoch, ...fact } as JournalEvent);
    expect(state.growths.at(-1)!.withdrawn).toBe(true);
    simulateWorkers(plan, state, worldOf(sketch, plan, { moves: [], serial: 100_000 }), {
      event: orderChecker(planOf(sketch).workflow, plan),
    });
    return;
  }
}

function checkSnapshots(sketch: Sketch, every: number): void {
  const plan = planOf(sketch);
  const first = created({ maxParallel: sketch.maxParallel, mode: sketch.sequential ? "sequential" : "parallel" });
  const begun = () => initialState(plan, first, { parameters: {}, context: {} });
  const whole = simulateWorkers(plan, begun(), worldOf(sketch, plan));
  const revived = simulateWorkers(plan, begun(), worldOf(sketch, plan, { reviveEvery: every }));
  expect(revived.journal).toEqual(whole.journal);
  expect(JSON.stringify(toSnapshot(revived.state))).toBe(JSON.stringify(toSnapshot(whole.state)));
}

const RUNS = runs(60);

describe("a run with grow steps", () => {
  test("the run keeps to its order under all moves and comes to its end", () => {
    fc.assert(fc.property(sketches, checkRun), { numRuns: RUNS });
  });

  test("an expansion whose write was torn is discarded by recover, and the run comes to its end", () => {
    fc.assert(fc.property(sketches, checkTornWrite), { numRuns: RUNS });
  });

  test("a run continued from snapshots has the same journal as one without", () => {
    fc.assert(fc.property(sketches, fc.integer({ min: 1, max: 5 }), checkSnapshots), { numRuns: RUNS });
  });
});

describe("expandPattern with any data", () => {
  const id = fc.constantFrom("a", "b", "B", "c", "plan", "no id", 7, null, [], {});
  const element = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ id, after: fc.oneof(fc.array(id), id), verify: fc.jsonValue() }, { requiredKeys: [] }),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const written = {
    id: "{{item.id}}",
    dependsOn: "{{item.after}}",
    agent: "x",
    prompt: "{{item}}",
    verify: "{{item.?verify}}",
  };

  test("expandPattern makes steps that compile to a plan, or refuses all of the data", () => {
    const around = workflowOf([{ id: "plan" }, { id: "build", type: "grow", config: {} }]);
    const scope = { definitionSteps: around.steps, parameters: {}, context: {}, stepTypes: stepSyntax, maxSteps: 100 };
    fc.assert(
      fc.property(fc.oneof(fc.array(element, { maxLength: 6 }), fc.jsonValue()), fc.boolean(), (from, inOrder) => {
        const source = { id: "build", written, as: "item", inOrder, max: 5 };
        const newSteps = expandPattern(from as JsonValue, source, scope);
        const before = compilePlan(around, stepSyntax);
        const [fact] = expansionFacts(
          before,
          initialState(before, created(), { parameters: {}, context: {} }),
          1,
          newSteps,
        );
        if (fact!.type === "step_failed") return;
        const { steps, dependencies } = newSteps;
        expect(steps).toHaveLength((from as JsonValue[]).length);
        const plan = compilePlan(around, stepSyntax, [{ step: "build", first: 2, steps, dependencies }]);
        const state = initialState(compilePlan(plan.workflow, stepSyntax), created(), { parameters: {}, context: {} });
        expect(state.steps).toHaveLength(2 + steps.length);
        // Each step depends on another one, or on the grow step.
        for (let to = 2; to < plan.size; to++) expect(plan.edges.some((edge) => edge.to === to)).toBe(true);
      }),
      // An element with the id of an existing step: only the run can refuse it.
      { numRuns: RUNS, examples: [[[{ id: "plan" }], false]] },
    );
  });
});
