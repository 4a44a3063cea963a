import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Edge, Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { DEPENDENCY_TYPES, type Dependency, type DependencyType, EDGE_CONDITIONS } from "../../src/model/workflow.ts";
import { fold } from "../../src/run/fold.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { descendants, findCycle } from "../../src/workflow/graph/graph.ts";
import { levels, topologicalOrder } from "../../src/workflow/graph/schedule.ts";
import { startFinishGraphOf } from "../../src/workflow/graph/start-finish-graph.ts";
import { asking, messagesOf, type Sketch, start, worldOf } from "../rig/rules/random-workflow.ts";
import { runs } from "../rig/rules/runs.ts";
import { simulate } from "../rig/rules/simulate.ts";
import { created, type StepSketch } from "../rig/rules/workflow.ts";
import { workflowSuite } from "../suites/workflow.suite.ts";

const START_OF: Readonly<Record<DependencyType, boolean>> = {
  finish_to_start: false,
  start_to_start: true,
  finish_to_finish: false,
  start_to_finish: true,
};
const HOLDS_START: Readonly<Record<DependencyType, boolean>> = {
  finish_to_start: true,
  start_to_start: true,
  finish_to_finish: false,
  start_to_finish: false,
};

/** Random graphs without deadlock: all starts and finishes get a random order, and edges follow that order. */
const sketches = (most: number): fc.Arbitrary<Sketch> =>
  fc
    .integer({ min: 1, max: most })
    .chain((size) =>
      fc.record({
        order: fc.shuffledSubarray(
          Array.from({ length: 2 * size }, (_, moment) => moment),
          { minLength: 2 * size },
        ),
        ties: fc.array(
          fc.record({ from: fc.nat(size - 1), to: fc.nat(size - 1), type: fc.nat(3), demand: fc.nat(5) }),
          {
            maxLength: 3 * size,
          },
        ),
        rolls: fc.array(fc.array(fc.nat(1_000_000), { minLength: 6, maxLength: 6 }), {
          minLength: size,
          maxLength: size,
        }),
        maxParallel: fc.integer({ min: 1, max: 4 }),
        sequential: fc.boolean(),
      }),
    )
    .map(({ order, ties, rolls, maxParallel, sequential }) => {
      const moments = rolls.map((_, step) => [order[2 * step]!, order[2 * step + 1]!].sort((a, b) => a - b));
      const fits = (from: number, to: number, type: DependencyType) =>
        from !== to && moments[from]![START_OF[type] ? 0 : 1]! < moments[to]![HOLDS_START[type] ? 0 : 1]!;
      const dependencies = ties.flatMap(({ from, to, type: kind, demand }): Dependency[] => {
        const type = DEPENDENCY_TYPES[kind]!;
        const condition = EDGE_CONDITIONS[demand];
        return fits(from, to, type) ? [{ from: `s${from}`, to: `s${to}`, type, ...(condition && { condition }) }] : [];
      });
      const steps = rolls.map((roll, index): StepSketch => {
        const before = rolls.flatMap((_, other) => (fits(other, index, "finish_to_start") ? [`s${other}`] : []));
        const asked = before[roll[0]! % before.length];
        const conditions = asked
          ? [`on_success(${asked})`, `on_failure(${asked})`, `on_complete(${asked})`]
          : ["always"];
        return {
          id: `s${index}`,
          optional: roll[1]! % 5 === 0,
          ...(roll[2]! % 4 === 0 && { condition: conditions[roll[1]! % conditions.length]! }),
          ...(roll[3]! % 7 === 0 && { timeout: 40 }),
          ...(roll[4]! % 3 === 0 && {
            type: "agent",
            config: roll[4]! % 2 ? { agent: "a" } : { agent: "a", verify: [{ command: "v" }] },
          }),
          retry: { retries: roll[5]! % 3, delay: roll[3]! % 50, multiplier: 1 },
        };
      });
      return {
        steps,
        dependencies,
        fails: rolls.map((roll) => (roll[2]! % 3 === 0 ? roll[5]! % 4 : 0)),
        takes: rolls.map((roll) => roll[1]! % 100),
        maxParallel,
        sequential,
      };
    });

/** What the journal says of a step up to an event. */
interface Known {
  started: boolean;
  held: boolean;
  outcome?: string;
}

/** Checks every event of a journal against the documented rules of the dependency types. */
function checkJournal(plan: Plan, journal: readonly JournalEvent[]) {
  let known: Known[] = Array.from({ length: plan.size }, () => ({ started: false, held: false }));
  const kept = new Map<string, Known[]>();
  let stopped = false;
  const come = ({ from, type }: Edge) => known[from]!.outcome !== undefined || (START_OF[type] && known[from]!.started);
  const holds = ({ from, to, type, condition }: Edge) => {
    const demanded = condition ?? (plan.workflow.steps[to]!.condition === undefined ? "success" : "always");
    const { started, outcome } = known[from]!;
    if (demanded === "always") return true;
    if (START_OF[type]) return started === (demanded === "success");
    return outcome === (demanded === "success" ? "completed" : "failed");
  };
  const into = (index: number, start: boolean) =>
    plan.edges.filter(({ to, type }) => to === index && HOLDS_START[type] === start);
  const mayStart = (index: number) => into(index, true).every((edge) => come(edge) && holds(edge));

  for (const event of journal) {
    if (event.type === "cancel_requested" || event.type === "run_timed_out") stopped = true;
    if (event.type === "run_finished") {
      // Steps cancelled together with the run have no event of their own.
      for (const step of known) if (stopped) step.outcome ??= "cancelled";
      expect(known.every(({ outcome }) => outcome !== undefined)).toBe(true);
    }
    if (event.type === "checkpoint_created") kept.set(event.checkpoint, structuredClone(known));
    if (event.type === "run_restored") known = structuredClone(kept.get(event.checkpoint)!);
    if (event.type === "run_restarted") {
      const from = event.step === undefined ? undefined : plan.indexOf.get(event.step)!;
      const again = from === undefined ? known.keys() : [from, ...descendants(plan, from)];
      for (const index of again) known[index] = { started: false, held: false };
    }
    if (!("step" in event) || event.step === undefined || event.type === "run_restarted") continue;
    const index = plan.indexOf.get(event.step)!;
    const step = known[index]!;
    switch (event.type) {
      case "step_started":
      case "step_assigned":
        expect(step).toMatchObject({ held: false });
        expect(step.outcome).toBeUndefined();
        expect(mayStart(index)).toBe(true);
        step.started = true;
        break;
      case "step_held":
        expect(step).toMatchObject({ started: true, held: false });
        expect(into(index, false).every(come)).toBe(false);
        step.held = true;
        break;
      case "step_completed":
        expect(step.outcome).toBeUndefined();
        expect(into(index, false).every((edge) => come(edge) && holds(edge))).toBe(true);
        step.outcome = "completed";
        break;
      case "step_failed": {
        const finishes = into(index, false);
        if (event.reason === "dependency_failed") {
          expect(finishes.every(come)).toBe(true);
          expect(finishes.every(holds)).toBe(false);
        } else expect(step.held).toBe(false);
        if (event.retryAt === undefined) step.outcome = "failed";
        break;
      }
      case "step_skipped":
        expect(step.started).toBe(false);
        expect(into(index, true).every(come)).toBe(true);
        if (event.reason === "dependency") expect(into(index, true).every(holds)).toBe(false);
        step.outcome = "skipped";
        break;
      case "step_cancelled":
        step.outcome = "cancelled";
        break;
      case "step_interrupted":
        expect(step.held).toBe(false);
        break;
      case "step_copied":
        step.outcome = event.status;
        step.started = event.startedAt !== undefined;
        break;
      default:
    }
  }
}

/** Copies may come in any order; every copied step has the steps that it depends on among the copies. */
function checkCopies(plan: Plan, copies: ReturnType<typeof factsOfFork>) {
  const copied = new Set(copies.map(({ step }) => plan.indexOf.get(step)!));
  for (const { from, to } of plan.edges) if (copied.has(to)) expect(copied).toContain(from);
}

/** A step tied to another by finish_to_finish does not finish before it. */
function checkEnd(plan: Plan, state: RunState) {
  for (const { from, to, type } of plan.edges) {
    const [before, after] = [state.steps[from]!, state.steps[to]!];
    if (type === "finish_to_finish" && after.status === "completed") {
      expect(after.endedAt!).toBeGreaterThanOrEqual(before.endedAt!);
    }
  }
}

const { at: begun } = created();

describe("a workflow with all dependency types", () => {
  test("topologicalOrder and levels contain every step, and there is no cycle", () => {
    fc.assert(
      fc.property(sketches(30), (sketch) => {
        const { plan } = start(sketch);
        expect(findCycle(startFinishGraphOf(plan))).toBeUndefined();
        expect(topologicalOrder(plan).sort((a, b) => a - b)).toEqual([...plan.workflow.steps.keys()]);
        expect(levels(plan).flat()).toHaveLength(plan.size);
      }),
    );
  });

  workflowSuite({ sketches, large: 60, small: 35, cases: 300, checkJournal, checkEnd });

  test("a run ends by the rules under pauses, cancels, restarts, crashes and restores at any time", () => {
    fc.assert(
      fc.property(
        sketches(30),
        fc.array(asking(400, "pause", "resume", "cancel", "restart", "checkpoint"), { maxLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 3 }),
        fc.option(fc.record({ at: fc.integer({ min: 0, max: 600 }), which: fc.nat(9) }), { nil: undefined }),
        (sketch, asked, crashes, restored) => {
          const { plan, state } = start(sketch);
          // A first simulation without the restore shows which checkpoints exist.
          const known = (() => {
            if (!restored) return [];
            const dry = start(sketch);
            simulate(dry.plan, dry.state, { ...worldOf(sketch), messages: messagesOf(sketch, asked) });
            return dry.state.checkpoints;
          })();
          const target = restored && known[restored.which % known.length];
          const all = messagesOf(sketch, asked);
          if (restored && target) {
            const message = { id: "back", action: "restore" as const, checkpoint: target.id };
            all.push({ at: begun + restored.at, message: message as never });
            all.sort((a, b) => a.at - b.at);
          }
          const sorted = crashes.map((at) => begun + at).sort((a, b) => a - b);
          const { journal } = simulate(plan, state, { ...worldOf(sketch), messages: all, crashes: sorted });
          checkJournal(plan, journal);
          expect(state.unsettled).toBe(0);
        },
      ),
      { numRuns: runs(400) },
    );
  });

  test("a fork copies each step with all its dependencies, repeats no copied step and comes to its end", () => {
    fc.assert(
      fc.property(sketches(30), fc.nat(), (sketch, cut) => {
        const { plan, state, again } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        const half = again();
        for (const event of journal.slice(0, cut % (journal.length + 1))) fold(plan, half, event);
        const copies = factsOfFork(plan, half, undefined);
        checkCopies(plan, copies);
        const fork = again();
        const events = copies.map((copy) => ({ ...copy, at: fork.lastAt, epoch: 1 }) as JournalEvent);
        for (const event of events) fold(plan, fork, event);
        const forked = simulate(plan, fork, worldOf(sketch), events);
        checkJournal(plan, forked.journal);
        const repeated = forked.journal.filter(
          (event) => event.type === "step_started" || event.type === "step_assigned",
        );
        const copied = new Set(copies.map(({ step }) => step));
        for (const { step } of repeated as { step: string }[]) expect(copied).not.toContain(step);
        expect(fork.unsettled).toBe(0);
      }),
      { numRuns: runs(200) },
    );
  });
});
