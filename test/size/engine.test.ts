import { expect, test } from "vitest";
import { LocalEngine } from "../../src/engine/local-engine.ts";
import type { StepType } from "../../src/model/contracts/step.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { scratch } from "../rig/baton.ts";
import { storeIn } from "../rig/store.ts";

const noop: StepType = {
  type: "noop",
  fields: {},
  templates: {},
  perform(_job, report) {
    queueMicrotask(() => report({ kind: "ended", end: { outcome: "completed" } }));
    return { stop() {}, abandon() {} };
  },
};

/** Parses a workflow of `size` steps that do nothing, runs it on real files, and returns its final state. */
async function run(size: number, dependencies: { from: string; to: string }[]) {
  const value = {
    name: "Large",
    steps: Array.from({ length: size }, (_, n) => ({ id: `s${n}`, type: "noop" })),
    dependencies,
  };
  const parsed = parseWorkflow({ text: JSON.stringify(value) }, { stepTypes: [noop], maxSteps: 100_000 });
  if (!parsed.ok) throw new Error(parsed.error[0]!.message);
  const store = storeIn(scratch());
  const options = {
    store,
    scheduler: systemScheduler,
    steps: new Map([["noop", noop]]),
    syntax: [noop],
    capture: async () => ({ problem: "not asked for" }),
    takeTree: async () => undefined,
    baselineWait: 10_000,
    pid: process.pid,
    killOrphans: async () => {},
  };
  const make = () =>
    new LocalEngine({
      ...options,
      killGrace: 0,
      snapshotEvery: 20_000,
      schedule: (work) => work(),
      detach() {},
      log() {},
    });
  const engine = make();
  const definition = { workflow: parsed.value.workflow, parameters: {}, context: {} };
  const started = await engine.start({
    definition,
    mode: "parallel",
    maxParallel: 8,
    cwd: "/",
    durability: "process",
    detach: false,
  });
  if (!started.ok) throw new Error(started.error.message);
  const loop = engine.ownedLoops()[0];
  if (loop) {
    await new Promise<void>((resolve) => {
      loop.onChange(() => {
        if (engine.ownedLoops().length === 0) resolve();
      });
    });
  }
  // A new engine reads the state: the snapshot and the journal must tell the same.
  return (await make().observe(started.value.id))!.state;
}

test("a chain of 100,000 steps loads, completes, and is read back", async () => {
  const state = await run(
    100_000,
    Array.from({ length: 99_999 }, (_, n) => ({ from: `s${n}`, to: `s${n + 1}` })),
  );
  expect(state).toMatchObject({ status: "completed", unsettled: 0 });
});

test("a graph of 300,000 edges loads, completes, and is read back", async () => {
  const size = 20_000;
  const dependencies: { from: string; to: string }[] = [];
  for (let to = 16; to < size && dependencies.length < 300_000; to++) {
    // Each step has fifteen or sixteen different predecessors, near and far.
    for (let n = 0; n < 16; n++) dependencies.push({ from: `s${Math.floor((to * (n + 1)) / 17)}`, to: `s${to}` });
  }
  expect(dependencies.length).toBeGreaterThanOrEqual(300_000);
  expect(await run(size, dependencies)).toMatchObject({ status: "completed", unsettled: 0 });
});
