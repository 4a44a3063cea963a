import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { START } from "../../src/model/store.ts";
import { findByEnvironment } from "../../src/os/process.ts";
import { createFileStore } from "../../src/store/file/index.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";

let program: string;
beforeAll(async () => {
  program = await bundle(new URL("owner.ts", import.meta.url));
});

/** Twenty steps in several layers; one fails once, one is skipped, one reads another's output. Each leaves a line when it runs. */
const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> ran.txt';
const workflow = {
  name: "Twenty",
  steps: [
    ...Array.from({ length: 16 }, (_, n) => ({ id: `s${n}`, command: ran })),
    { id: "flaky", command: `${ran}; [ -e flaky.txt ] || { touch flaky.txt; exit 1; }`, retries: 3, retryDelay: 1 },
    { id: "said", command: `${ran}; echo said`, outputKey: "said" },
    { id: "reads", command: `${ran}; echo {{said}}` },
    { id: "never", command: ran, condition: "on_failure(said)" },
  ],
  dependencies: [
    ...Array.from({ length: 12 }, (_, n) => ({ from: `s${n}`, to: `s${n + 4}` })),
    { from: "s3", to: "flaky" },
    { from: "flaky", to: "s7" },
  ],
};

function own(cwd: string, ...args: string[]): Promise<{ killed: boolean }> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, BATON_HEARTBEAT: "100" };
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: environment, timeout: 60_000 },
      (error, _out, stderr) => {
        if (error && (error as { signal?: string }).signal !== "SIGKILL")
          reject(new Error(`${error.message}\n${stderr}`));
        else resolve({ killed: error !== null });
      },
    );
  });
}

const lines = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

/** Kills the owner at one write, lets another one finish, and checks that nothing acknowledged was lost and nothing finished repeated. */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const cwd = scratch();
  const state = join(cwd, "state");
  writeFileSync(join(cwd, "twenty.json"), JSON.stringify(workflow));
  const { killed } = await own(cwd, state, "twenty.json", where, String(which));
  const store = createFileStore({ directory: state, staleAfter: 15_000, now: Date.now });
  const id = readdirSync(join(state, "runs"))[0]!;
  const before = store.read(id, START)!.events;
  const finished = new Set(
    before.filter(({ type }) => type === "step_completed").map((event) => (event as { step: string }).step),
  );
  const runsBefore = lines(join(cwd, "ran.txt"));
  if (killed) await own(cwd, state, "-", "never", "0");

  const page = store.read(id, START)!;
  expect(page.problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
  expect(page.events.slice(0, before.length)).toEqual(before);
  const outcomes = new Map<string, string>();
  for (const event of page.events as JournalEvent[]) {
    if (event.type === "step_completed" || event.type === "step_skipped") outcomes.set(event.step, event.type);
  }
  expect(page.events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
  expect([...outcomes].filter(([, type]) => type === "step_skipped").map(([step]) => step)).toEqual(["never"]);
  expect(outcomes.size).toBe(20);
  for (const step of finished) {
    const times = (all: string[]) => all.filter((line) => line.startsWith(`${step}.`)).length;
    expect(times(lines(join(cwd, "ran.txt")))).toBe(times(runsBefore));
  }
  expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  return killed;
}

describe("an owner that is killed at any write of its journal", () => {
  // Every boundary between two writes; the tests of `npm test` take turns over the three places, `npm run test:crash` takes all.
  const long = process.env.BATON_CRASH_ROUNDS !== undefined;
  const places = ["after", "middle", "before"] as const;

  test("loses nothing and repeats nothing", async () => {
    let which = 1;
    for (let alive = true; alive; which++) {
      const here = long ? places : [places[which % 3]!];
      const killed: boolean[] = [];
      for (const where of here) killed.push(await killAt(where, which));
      alive = killed.includes(true);
    }
    // Twenty steps need far more writes than this; fewer would mean that the kills did not happen.
    expect(which).toBeGreaterThan(20);
  });

  test("leaves no process running, even if it died between a spawn and writing so down", async () => {
    const cwd = scratch();
    const state = join(cwd, "state");
    const once = "[ -e once ] && exit 0; touch once; sleep 300";
    writeFileSync(join(cwd, "one.json"), JSON.stringify({ name: "One", steps: [{ id: "a", command: once }] }));
    // Its first write starts the step; the second would tell of the process.
    expect(await own(cwd, state, "one.json", "before", "2")).toEqual({ killed: true });
    const id = readdirSync(join(state, "runs"))[0]!;
    await own(cwd, state, "-", "never", "0");
    const { events } = createFileStore({ directory: state, staleAfter: 15_000, now: Date.now }).read(id, START)!;
    expect(events.map(({ type }) => type)).toContain("step_interrupted");
    expect(events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  });
});
