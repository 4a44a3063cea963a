import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { loadRun } from "../../src/engine/load.ts";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { START } from "../../src/model/store.ts";
import { findByEnvironment } from "../../src/os/process.ts";
import { createFileStore } from "../../src/store/file/index.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";

let program: string;
beforeAll(async () => {
  program = await bundle(new URL("worker.ts", import.meta.url));
});

const ran = 'echo "$BATON_STEP_ID" >> ran.txt';
const workflow = {
  name: "Growth",
  steps: [
    { id: "plan", agent: "planner", outputKey: "plan" },
    {
      id: "build",
      type: "grow",
      from: "{{plan.steps}}",
      step: { id: "{{item.id}}", dependsOn: "{{item.after}}", agent: "builder", verify: "{{item.verify}}" },
    },
    { id: "last", command: ran, condition: "on_complete(build)" },
  ],
};

function work(cwd: string, ...args: string[]): Promise<{ killed: boolean }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, BATON_HEARTBEAT: "100", HOME: join(cwd, "home") };
    execFile(process.execPath, [program, ...args], { cwd, env, timeout: 60_000 }, (error, _out, stderr) => {
      if (error && (error as { signal?: string }).signal !== "SIGKILL")
        reject(new Error(`${error.message}\n${stderr}`));
      else resolve({ killed: error !== null });
    });
  });
}

const lines = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
const of = <T extends JournalEvent["type"]>(events: readonly JournalEvent[], type: T) =>
  events.filter((event): event is Extract<JournalEvent, { type: T }> => event.type === type);

/** Kills the process at one write, lets another go on, and checks that each step grew once, and was done once. */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const cwd = scratch();
  const state = join(cwd, "state");
  writeFileSync(join(cwd, "growth.json"), JSON.stringify(workflow));
  const { killed } = await work(cwd, state, "growth.json", where, String(which));
  const store = createFileStore({ directory: state, staleAfter: 15_000, now: Date.now });
  const id = readdirSync(join(state, "runs"))[0]!;
  const before = store.read(id, START)!.events;
  const ranBefore = lines(join(cwd, "ran.txt"));
  if (killed) await work(cwd, state, "-", "never", "0");

  const page = store.read(id, START)!;
  const events = page.events as readonly JournalEvent[];
  expect(page.problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
  const done = of(events, "step_completed").map(({ step, evidence }) => `${step} ${evidence ?? "observed"}`);
  // Nothing overtakes what it waits for.
  expect(done.slice(0, 2)).toEqual(["plan reported", "build observed"]);
  expect(done.slice(2, 4).sort()).toEqual(["x verified", "y verified"]);
  expect(done.slice(4)).toEqual(["z verified", "last observed"]);
  const { plan, state: folded } = loadRun(store, stepSyntax, id)!;
  expect(folded.growths.filter(({ withdrawn }) => !withdrawn)).toHaveLength(1);
  expect(plan.living).toBe(6);
  expect([...folded.steps].filter((step, index) => !plan.withdrawn[index] && step.status !== "completed")).toEqual([]);
  // No crash gives a worker's step to anybody else; the planner asks once, and takes its step again.
  expect(
    of(events, "step_assigned")
      .map(({ step }) => step)
      .sort(),
  ).toEqual(["plan", "plan", "x", "y", "z"]);
  if (of(before, "step_completed").some(({ step }) => step === "last"))
    expect(lines(join(cwd, "ran.txt"))).toEqual(ranBefore);
  expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  return killed;
}

test("a process that is killed at any write of a run that grows loses nothing and grows nothing twice", async () => {
  // The tests of `npm test` take every write, each in another place; `npm run test:crash` takes all places.
  const long = process.env.BATON_CRASH_ROUNDS !== undefined;
  const places = ["after", "middle", "before"] as const;
  let kills = 0;
  for (let which = 1, alive = true; alive; which++) {
    const killed: boolean[] = [];
    for (const where of long ? places : [places[kills % 3]!]) killed.push(await killAt(where, which));
    alive = killed.includes(true);
    if (alive) kills++;
  }
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(10);
});
