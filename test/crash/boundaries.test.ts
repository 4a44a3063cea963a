import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { atEachWrite, killable, lines, of, storeOf } from "./killing.ts";
import { stateIn } from "./tasks.ts";

const { die, takeOver, round } = killable(new URL("owner.ts", import.meta.url));

/**
 * Twenty steps in several layers. One fails once, one is skipped, one reads another's output. Each writes a line when
 * it runs.
 */
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

/**
 * Kills the owner at one write and lets another finish. Checks that no acknowledged event is lost and no finished step
 * repeated.
 */
async function killAt(...at: [where: "before" | "middle" | "after", which: number]): Promise<boolean> {
  const { cwd, killed, before, after, ranBefore } = await round(workflow, ...at);
  const finished = new Set(of(before, "step_completed").map(({ step }) => step));
  const outcomes = new Map<string, string>();
  for (const event of after) {
    if (event.type === "step_completed" || event.type === "step_skipped") outcomes.set(event.step, event.type);
  }
  expect([...outcomes].filter(([, type]) => type === "step_skipped").map(([step]) => step)).toEqual(["never"]);
  expect(outcomes.size).toBe(20);
  for (const step of finished) {
    const times = (all: readonly string[]) => all.filter((line) => line.startsWith(`${step}.`)).length;
    expect(times(lines(join(cwd, "ran.txt")))).toBe(times(ranBefore));
  }
  return killed;
}

describe("an owner killed at any write of its journal", () => {
  test("an owner killed at any write loses no acknowledged event and repeats no finished step", async () => {
    const kills = await atEachWrite(1, killAt);
    // Twenty steps need far more writes than this. Fewer would mean that the kills did not happen.
    expect(kills).toBeGreaterThan(18);
  });

  test("an owner killed between a spawn and its event leaves no step process running", async () => {
    const cwd = scratch();
    const once = "[ -e once ] && exit 0; touch once; sleep 300";
    writeFileSync(join(cwd, "one.json"), JSON.stringify({ name: "One", steps: [{ id: "a", command: once }] }));
    // The first write starts the step; the second would record the process.
    expect(await die(cwd, "one.json", "before", 2)).toBe(true);
    const id = readdirSync(join(stateIn(cwd), "runs"))[0]!;
    await takeOver(cwd);
    const { events } = storeOf(cwd).read(id, START)!;
    expect(events.map(({ type }) => type)).toContain("step_interrupted");
    expect(events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  });
});
