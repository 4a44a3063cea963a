import fc from "fast-check";
import { expect, test } from "vitest";
import type { LocalEngine } from "../../src/engine/local-engine.ts";
import { JournalCache } from "../../src/engine/owner/journal-cache.ts";
import type { LoadedRun } from "../../src/engine/owner/load-run.ts";
import { foreachStep, foreachSyntax } from "../../src/engine/steps/foreach.ts";
import { workflowStep, workflowSyntax } from "../../src/engine/steps/workflow.ts";
import type { Job, Report, StepType } from "../../src/model/contracts/step.ts";
import { isFinal } from "../../src/run/state/state.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { rigEngine } from "../rig/engine.ts";
import { runs } from "../rig/rules/runs.ts";
import { commandSyntax } from "../rig/rules/workflow.ts";
import { settled, VirtualScheduler } from "../rig/scheduler.ts";

/** A random step: a command ("act"), a foreach ("each") or a nested workflow ("sub"), chained or not. */
type Sketch =
  | { readonly kind: "act" }
  | {
      readonly kind: "each";
      readonly items: number;
      readonly maxParallel: number | null;
      readonly onFailure: "stop" | "continue" | "ignore";
      readonly step: Sketch;
    }
  | {
      readonly kind: "sub";
      readonly maxParallel: number | null;
      readonly chained: boolean;
      readonly steps: readonly Sketch[];
    };

const parallel = fc.option(fc.integer({ min: 1, max: 3 }));
const act = fc.constant<Sketch>({ kind: "act" });
const sketchOf = (depth: number): fc.Arbitrary<Sketch> => {
  if (depth === 0) return act;
  const inner = sketchOf(depth - 1);
  return fc.oneof(
    act,
    fc.record({
      kind: fc.constant("each" as const),
      items: fc.nat(4),
      maxParallel: parallel,
      onFailure: fc.constantFrom("stop", "continue", "ignore"),
      step: inner,
    }),
    fc.record({
      kind: fc.constant("sub" as const),
      maxParallel: parallel,
      chained: fc.boolean(),
      steps: fc.array(inner, { minLength: 1, maxLength: 3 }),
    }),
  );
};
const cases = fc.record({
  steps: fc.array(sketchOf(2), { minLength: 1, maxLength: 3 }),
  maxParallel: fc.integer({ min: 1, max: 4 }),
  failing: fc.nat(6),
  // Seeds the choice of what happens next, and to which step.
  chances: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
});

/** The definition of the steps; `known` collects them by id. A foreach step has its id from foreach and item. */
function definitionOf(steps: readonly Sketch[], prefix: string, chained: boolean, known: Map<string, Sketch>): object {
  const ids = steps.map((_, at) => `${prefix}${at}`);
  const raw = (sketch: Sketch, id: string): object => {
    switch (sketch.kind) {
      case "act":
        return { command: "act" };
      case "each": {
        const { items, maxParallel, onFailure, step } = sketch;
        const list = Array.from({ length: items }, (_, n) => n);
        return { items: list, step: raw(step, `${id}-`), onFailure, ...(maxParallel !== null && { maxParallel }) };
      }
      case "sub": {
        const { maxParallel } = sketch;
        const workflow = definitionOf(sketch.steps, `${id}x`, sketch.chained, known);
        return { workflow, ...(maxParallel !== null && { maxParallel }) };
      }
    }
  };
  const all = steps.map((sketch, at) => {
    known.set(ids[at]!, sketch);
    return { id: ids[at]!, outputKey: ids[at]!, ...raw(sketch, ids[at]!) };
  });
  const dependencies = chained ? ids.slice(1).map((to, at) => ({ from: ids[at]!, to, condition: "always" })) : [];
  return { name: `w${prefix}`, steps: all, dependencies };
}

/** Performs commands that end only when the test calls `end`. */
class Work {
  readonly live: { readonly job: Job; readonly report: (report: Report) => void }[] = [];
  readonly done = new Set<string>();
  started = 0;

  constructor(private readonly limitOf: (workflowId: string) => number) {}

  readonly type: StepType = {
    ...commandSyntax,
    perform: (job, report) => {
      const performance = { job, report };
      const name = `${job.workflowId} ${job.stepId}`;
      expect(this.done, "a completed step does not run again").not.toContain(name);
      this.live.push(performance);
      this.started++;
      const beside = this.live.filter((other) => other.job.workflowId === job.workflowId);
      expect(beside.length).toBeLessThanOrEqual(this.limitOf(job.workflowId));
      const gone = () => {
        const at = this.live.indexOf(performance);
        if (at >= 0) this.live.splice(at, 1);
        return at >= 0;
      };
      return {
        stop: () => {
          if (gone()) report({ kind: "ended", end: { outcome: "failed", reason: "signal", message: "stopped" } });
        },
        abandon: () => void gone(),
      };
    },
  };

  end(at: number, well: boolean): void {
    const [{ job, report }] = this.live.splice(at, 1) as [(typeof this.live)[number]];
    if (well) this.done.add(`${job.workflowId} ${job.stepId}`);
    report({
      kind: "ended",
      end: well
        ? { outcome: "completed", output: job.stepId }
        : { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 },
    });
  }
}

const SYNTAX = [commandSyntax, foreachSyntax, workflowSyntax];

function enginesOn(work: Work) {
  const scheduler = new VirtualScheduler();
  const store = createMemoryStore({ now: () => scheduler.now() });
  const start = () => {
    let engine: LocalEngine | undefined;
    const host = () => ({ engine: engine!, scheduler });
    const steps = new Map<string, StepType>([
      ["command", work.type],
      ["foreach", foreachStep(host)],
      ["workflow", workflowStep(host)],
    ]);
    const rig = rigEngine({ store, scheduler, steps, syntax: SYNTAX });
    engine = rig.engine;
    return rig;
  };
  return { start, store };
}

test("runs of foreach and nested workflows end: ordered results, onFailure and limits hold under restarts", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ steps, maxParallel, failing, chances }) => {
      const known = new Map<string, Sketch>();
      const value = definitionOf(steps, "s", false, known) as never;
      const parsed = parseWorkflow({ value }, { stepTypes: SYNTAX, maxSteps: 100 });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      let random = chances;
      const chance = (below: number) => {
        random = (random * 48_271) % (2 ** 31 - 1);
        return (random >>> 8) % below;
      };

      // A store in memory answers at once.
      const loadedOf = (id: string) => journals.read(id) as LoadedRun;
      const stateOf = (id: string) => loadedOf(id).state;
      /** The sketch of a step: by its id, or the step of the foreach that the run belongs to. */
      const sketchAt = (workflowId: string, stepId: string): Sketch => {
        const own = known.get(stepId);
        if (own) return own;
        const { workflowId: around, stepId: at } = stateOf(workflowId).parent!;
        const foreach = sketchAt(around, at);
        if (foreach.kind !== "each") throw new Error(`${stepId} is in no foreach`);
        return foreach.step;
      };
      const limitOf = (id: string): number => {
        const { parent } = stateOf(id);
        if (!parent) return maxParallel;
        const sketch = sketchAt(parent.workflowId, parent.stepId);
        return (sketch.kind !== "act" && sketch.maxParallel) || limitOf(parent.workflowId);
      };

      const work = new Work(limitOf);
      const { start, store } = enginesOn(work);
      const journals = new JournalCache(store, SYNTAX);
      let rig = start();
      const root = await rig.start(parsed.value.workflow, { maxParallel });
      let asked = 0;
      const tell = (action: "pause" | "resume" | "cancel") =>
        rig.engine.send(root, { id: `m${asked++}`, action }, true);
      let paused: number | undefined;
      let cancelled = false;
      for (let round = 0; ; round++) {
        await settled();
        if (isFinal(stateOf(root))) break;
        expect(round, "the run hangs").toBeLessThan(400);
        if (paused !== undefined) expect(work.started, "nothing starts while paused").toBe(paused);
        if (work.live.length === 0) {
          if (paused !== undefined) {
            paused = undefined;
            await tell("resume");
            continue;
          }
          await rig.scheduler.pass(1_000);
          if (work.live.length === 0)
            expect(isFinal(stateOf(root)), "the run has ended when no work is left").toBe(true);
          continue;
        }
        const what = chance(30);
        if (what === 0 && paused === undefined) {
          await tell("pause");
          await settled();
          if (stateOf(root).status === "paused") paused = work.started;
        } else if (what === 1 && paused !== undefined) {
          paused = undefined;
          await tell("resume");
        } else if (what === 2 && chance(3) === 0 && paused === undefined) {
          cancelled = true;
          await tell("cancel");
        } else if (what === 3 && paused === undefined) {
          // One process leaves and another adopts the run.
          rig.engine.abandonAll();
          expect(work.live).toEqual([]);
          rig = start();
          await rig.engine.adopt(root);
        } else work.end(chance(work.live.length), chance(8) >= failing);
      }

      /** Whether a parent may have ended these steps: by a cancel, or as a foreach with onFailure "stop". */
      const mayStop = (id: string): boolean => {
        const { parent, steps } = stateOf(id);
        if (!parent) return cancelled;
        const around = sketchAt(parent.workflowId, parent.stepId);
        const stops = around.kind === "each" && around.onFailure === "stop";
        return (stops && steps.some(({ status }) => status === "failed")) || mayStop(parent.workflowId);
      };
      await settled();
      expect(work.live).toEqual([]);
      for (const id of store.list()) {
        const { plan, state } = loadedOf(id);
        expect(isFinal(state), `the run ${id} of ${JSON.stringify(state.parent)}`).toBe(true);
        state.steps.forEach((step, index) => {
          const { id: stepId } = plan.workflow.steps[index]!;
          // A foreach may take over the child run of an earlier attempt, which belongs to another run.
          if (step.child === undefined || stateOf(step.child).parent?.workflowId !== id) return;
          const sketch = sketchAt(id, stepId);
          const child = loadedOf(step.child);
          const outcomes = child.state.steps.slice(-child.plan.workflow.steps.length).map(({ status }) => status);
          if (sketch.kind === "each") {
            const own = sketch.items === 0 ? [] : child.state.steps.slice(-sketch.items);
            const failed = own.some(({ status }) => status === "failed");
            const over = own.every(({ status }) => status === "completed" || status === "failed");
            if (!mayStop(id)) {
              expect(step.status).toBe(failed && sketch.onFailure !== "ignore" ? "failed" : "completed");
              if (sketch.onFailure !== "stop" || !failed) expect(over).toBe(true);
            }
            if (step.status === "cancelled") return;
            const expected = own.map(({ status, output }, at) => {
              if (status !== "completed") return null;
              if (sketch.step.kind === "act") expect(output).toBe(`${stepId}.${at}`);
              return output ?? null;
            });
            expect(step.output).toEqual(expected);
          } else if (!mayStop(id)) expect(step.status).toBe(outcomes.includes("failed") ? "failed" : "completed");
        });
      }
      if (!cancelled) expect(["completed", "failed"]).toContain(stateOf(root).status);
    }),
    { numRuns: runs(60), endOnFailure: true },
  );
});
