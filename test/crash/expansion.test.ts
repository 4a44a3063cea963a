import { join } from "node:path";
import { expect, test } from "vitest";
import { loadRun } from "../../src/engine/owner/load-run.ts";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import { atEachWrite, killable, lines, of } from "./killing.ts";

const { round } = killable(new URL("worker.ts", import.meta.url));

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

/** Kills the process at one write and lets another go on. Checks that each step was expanded once and done once. */
async function killAt(...at: [where: "before" | "middle" | "after", which: number]): Promise<boolean> {
  const { cwd, id, store, killed, before, after: events, ranBefore } = await round(workflow, ...at);
  const done = of(events, "step_completed").map(({ step, evidence }) => `${step} ${evidence ?? "observed"}`);
  // No step starts before the steps that it waits for.
  expect(done.slice(0, 2)).toEqual(["plan reported", "build observed"]);
  expect(done.slice(2, 4).sort()).toEqual(["x checked", "y checked"]);
  expect(done.slice(4)).toEqual(["z checked", "last observed"]);
  const { plan, state: folded } = (await loadRun(store, stepSyntax, id))!;
  expect(folded.growths.filter(({ withdrawn }) => !withdrawn)).toHaveLength(1);
  expect(plan.stepCount).toBe(6);
  expect([...folded.steps].filter((step, index) => !plan.discarded[index] && step.status !== "completed")).toEqual([]);
  // No crash gives a worker's step to another worker. The planner asks once, and accepts its step again.
  expect(
    of(events, "step_assigned")
      .map(({ step }) => step)
      .sort(),
  ).toEqual(["plan", "plan", "x", "y", "z"]);
  if (of(before, "step_completed").some(({ step }) => step === "last"))
    expect(lines(join(cwd, "ran.txt"))).toEqual(ranBefore);
  return killed;
}

test("a process killed at any write of a run with expansions loses no event and expands no step twice", async () => {
  const kills = await atEachWrite(1, killAt);
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(10);
});
