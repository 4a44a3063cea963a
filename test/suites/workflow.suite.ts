import fc from "fast-check";
import { expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { fold } from "../../src/run/fold.ts";
import { fromSnapshot, toSnapshot } from "../../src/run/snapshot.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { comparable } from "../rig/rules/comparable.ts";
import { asking, messagesOf, type Sketch, start, worldOf } from "../rig/rules/random-workflow.ts";
import { runs } from "../rig/rules/runs.ts";
import { outcome, simulate } from "../rig/rules/simulate.ts";

interface Workflows {
  readonly sketches: (most: number) => fc.Arbitrary<Sketch>;
  /** Steps of the largest that are only played once, and of those that are played again and again. */
  readonly large: number;
  readonly small: number;
  /** How many of the largest are tried. */
  readonly cases: number;
  /** What must hold of every journal. */
  readonly checkJournal: (plan: Plan, journal: readonly JournalEvent[], sketch: Sketch) => void;
  /** What must hold of a run that came to its end by itself. */
  readonly checkEnd?: (plan: Plan, state: RunState) => void;
}

const RUNS = runs(200);

/** What is true of every workflow, whatever ties its steps together. */
export function workflowSuite({ sketches, large, small, cases, checkJournal, checkEnd }: Workflows): void {
  test("comes to its end, and starts nothing early", () => {
    fc.assert(
      fc.property(sketches(large), (sketch) => {
        const { plan, state } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        checkJournal(plan, journal, sketch);
        expect(state.unsettled).toBe(0);
        const view = viewRun(plan, state, state.lastAt);
        const { completed, settled, total, percentage } = view.progress;
        expect(settled).toBe(total);
        expect(completed).toBe(view.metrics.completedSteps);
        expect(percentage).toBe(Math.floor((100 * completed) / total));
        expect(view.metrics.parallelEfficiency ?? 0).toBeLessThanOrEqual(1);
        checkEnd?.(plan, state);
      }),
      { numRuns: runs(cases) },
    );
  });

  test("comes to the same end however long its steps take", () => {
    fc.assert(
      fc.property(sketches(small), fc.integer({ min: 1, max: 50 }), (sketch, shift) => {
        const [one, other] = [start(sketch), start(sketch)];
        simulate(one.plan, one.state, worldOf(sketch));
        simulate(other.plan, other.state, worldOf(sketch, shift));
        expect(outcome(other.state)).toEqual(outcome(one.state));
      }),
      { numRuns: RUNS },
    );
  });

  test("resumes from any prefix of its journal to the same end", () => {
    fc.assert(
      fc.property(sketches(small), fc.nat(), (whole, cut) => {
        // What is in an agent's hands is not the owner's to begin anew.
        const sketch = { ...whole, steps: whole.steps.map(({ type: _, ...step }) => step) };
        const { plan, state, again } = start(sketch);
        const { journal } = simulate(plan, state, worldOf(sketch));
        const prefix = journal.slice(0, cut % journal.length);
        const half = again();
        for (const event of prefix) fold(plan, half, event);
        const taken: JournalEvent = { type: "lease_taken", at: half.lastAt + 5, epoch: 2, pid: 1 };
        fold(plan, half, taken);
        const resumed = simulate(plan, half, worldOf(sketch), [...prefix, taken]);
        expect(outcome(resumed.state)).toEqual(outcome(state));
        checkJournal(plan, resumed.journal, sketch);
      }),
      { numRuns: RUNS },
    );
  });

  test("is the same whether folded from its events, or from a snapshot in the middle", () => {
    const asked = fc.array(asking(400, "pause", "resume", "cancel", "restart", "checkpoint"), { maxLength: 4 });
    fc.assert(
      fc.property(sketches(small), asked, fc.nat(), (sketch, asked, cut) => {
        const { plan, state, again } = start(sketch);
        const { journal } = simulate(plan, state, { ...worldOf(sketch), messages: messagesOf(sketch, asked) });
        const at = cut % (journal.length + 1);
        const half = again();
        for (const event of journal.slice(0, at)) fold(plan, half, event);
        const revived = fromSnapshot(plan, JSON.parse(JSON.stringify(toSnapshot(half))));
        for (const event of journal.slice(at)) fold(plan, revived, event);
        expect(JSON.stringify(comparable(plan, revived))).toBe(JSON.stringify(comparable(plan, state)));
      }),
      { numRuns: RUNS },
    );
  });
}
