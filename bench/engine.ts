import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalEngine } from "../src/engine/local-engine.ts";
import type { StepType } from "../src/model/contracts/step.ts";
import type { Store } from "../src/model/contracts/store.ts";
import { TRUSTED } from "../src/model/trust.ts";
import type { Workflow } from "../src/model/workflow.ts";
import { createFileStore } from "../src/store/file/index.ts";
import { createMemoryStore } from "../src/store/memory.ts";
import { systemScheduler } from "../src/system/scheduler.ts";

/**
 * Measures the overhead of the engine with steps that do nothing but are journalled. The floor for comparison is a loop
 * that walks the same graph and writes the same two lines for each step. Medians of ROUNDS interleaved rounds.
 */
const ROUNDS = 5;
const PARALLEL_STEPS = 8;

const noop: StepType = {
  type: "noop",
  fields: {},
  templates: {},
  perform(_job, report) {
    queueMicrotask(() => report({ kind: "ended", end: { outcome: "completed" } }));
    return { stop() {}, abandon() {} };
  },
};

type Pair = readonly [from: number, to: number];
const chain = (size: number): Pair[] => Array.from({ length: size - 1 }, (_, n) => [n, n + 1]);
const fan = (size: number): Pair[] =>
  Array.from({ length: size - 2 }, (_, n) => n + 1).flatMap((n): Pair[] => [
    [0, n],
    [n, size - 1],
  ]);

function workflow(size: number, pairs: readonly Pair[]): Workflow {
  return {
    name: "bench",
    context: {},
    steps: Array.from({ length: size }, (_, n) => ({
      id: `step_${n}`,
      name: `step_${n}`,
      type: "noop",
      config: {},
      retry: { retries: 0, delay: 0, multiplier: 1 },
      onCrash: "retry" as const,
      optional: false,
    })),
    dependencies: pairs.map(([from, to]) => ({ from: `step_${from}`, to: `step_${to}` })),
  };
}

async function engine(store: Store, definition: Workflow): Promise<{ ms: number; id: string }> {
  const local = new LocalEngine({
    store,
    scheduler: systemScheduler,
    steps: new Map([["noop", noop]]),
    syntax: [noop],
    capture: async () => ({ problem: "not requested" }),
    takeTree: async () => undefined,
    baselineWait: 10_000,
    pid: process.pid,
    killOrphans: async () => {},
    killGrace: 0,
    snapshotEvery: 20_000,
    schedule: (work) => work(),
    detach() {},
    log: (message) => process.stderr.write(`${message}\n`),
  });
  const request = {
    definition: { workflow: definition, parameters: {}, context: {} },
    mode: "parallel",
    maxParallel: PARALLEL_STEPS,
    cwd: "/",
    durability: "process",
    detach: false,
  } as const;
  const began = performance.now();
  const started = await local.start(request);
  if (!started.ok) throw new Error(started.error.message);
  const { id } = started.value;
  await new Promise<void>((resolve) => {
    const loop = local.ownedLoops()[0];
    if (!loop) resolve();
    loop?.onChange(() => {
      if (local.ownedLoops().length === 0) resolve();
    });
  });
  const ms = performance.now() - began;
  const { state } = (await local.observe(id))!;
  if (state.status !== "completed") throw new Error(`the run is ${state.status}`);
  return { ms, id };
}

/** The floor: a ready queue, 8 steps at a time, and two lines of JSON for each step with one write each. */
async function floor(file: string, size: number, pairs: readonly Pair[]): Promise<number> {
  const began = performance.now();
  const out = openSync(file, "w");
  const next: number[][] = Array.from({ length: size }, () => []);
  const waits = new Int32Array(size);
  for (const [from, to] of pairs) {
    next[from]!.push(to);
    waits[to]!++;
  }
  const ready = Array.from({ length: size }, (_, n) => n).filter((n) => waits[n] === 0);
  let [running, done, head] = [0, 0, 0];
  await new Promise<void>((resolve) => {
    const event = (type: string, n: number) =>
      writeSync(out, `${JSON.stringify({ at: Date.now(), epoch: 1, type, step: `step_${n}`, attempt: 1 })}\n`);
    const start = () => {
      while (running < PARALLEL_STEPS && head < ready.length) {
        const n = ready[head++]!;
        running++;
        event("step_started", n);
        queueMicrotask(() => {
          running--;
          event("step_completed", n);
          for (const to of next[n]!) if (--waits[to]! === 0) ready.push(to);
          if (++done === size) resolve();
          else start();
        });
      }
    };
    start();
  });
  closeSync(out);
  return performance.now() - began;
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const rate = (size: number, ms: number): string =>
  Math.round(size / (ms / 1000))
    .toLocaleString("en")
    .padStart(9);

async function main() {
  const directory = mkdtempSync(join(tmpdir(), "baton-bench-"));
  process.stdout.write("steps/s, median of 5            floor    engine  ratio   memory  bytes/step\n");
  const shapes: [string, number, Pair[]][] = [];
  for (const size of [1_000, 10_000])
    shapes.push([`chain ${size}`, size, chain(size)], [`fan   ${size}`, size, fan(size)]);
  for (const [name, size, pairs] of shapes) {
    const definition = workflow(size, pairs);
    const times = { floor: [] as number[], engine: [] as number[], memory: [] as number[] };
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      times.floor.push(await floor(join(directory, "floor.jsonl"), size, pairs));
      const store = createFileStore({
        trust: TRUSTED,
        directory: join(directory, `${name}-${round}`),
        staleAfter: 15_000,
        now: Date.now,
      });
      const { ms, id } = await engine(store, definition);
      times.engine.push(ms);
      bytes = statSync(join(directory, `${name}-${round}`, "runs", id, "journal.jsonl")).size / size;
      times.memory.push((await engine(createMemoryStore(), definition)).ms);
    }
    const [low, mid, mem] = [median(times.floor), median(times.engine), median(times.memory)];
    process.stdout.write(
      `${name.padEnd(27)}${rate(size, low)} ${rate(size, mid)}  ${(low / mid).toFixed(2).padStart(5)}${rate(size, mem)}  ${bytes.toFixed(0).padStart(10)}\n`,
    );
  }
  rmSync(directory, { recursive: true });
}

void main();
