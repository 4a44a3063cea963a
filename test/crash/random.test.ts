import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { BATON, baton, scratch } from "../rig/baton.ts";

const ROUNDS = Number(process.env.BATON_CRASH_ROUNDS ?? 8);
const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> ran.txt';
const steps = Array.from({ length: 12 }, (_, n) => ({ id: `s${n}`, command: `${ran}; sleep 0.0${n % 5}` }));
const dependencies = Array.from({ length: 9 }, (_, n) => ({ from: `s${n}`, to: `s${n + 3}` }));

/**
 * Kills `baton run` at a random instant, then resumes the run. The events in the journal at the kill were acknowledged:
 * all must still be there, and no finished step may run again.
 */
test(`${ROUNDS} kills of baton run at random instants lose no event and repeat no finished step`, async () => {
  let hits = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const cwd = scratch();
    writeFileSync(join(cwd, "w.json"), JSON.stringify({ name: "Random", steps, dependencies }));
    const child = spawn(process.execPath, [BATON, "run", "w.json", "--max-parallel", "3"], {
      cwd,
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, BATON_STATE: "" },
    });
    // The instant lies between the run's first event and its usual end, so the rounds cover the whole run.
    await once(child.stdout, "data");
    const timer = setTimeout(() => child.kill("SIGKILL"), (round * 37) % 400);
    child.stdout.resume();
    const [, signal] = await once(child, "exit");
    clearTimeout(timer);

    const [id] = readdirSync(join(cwd, ".baton/runs")).filter((name) => name.startsWith("wf_"));
    const text = () => readFileSync(join(cwd, ".baton/runs", id!, "journal.jsonl"), "utf8");
    const times = (step: string) =>
      existsSync(join(cwd, "ran.txt"))
        ? readFileSync(join(cwd, "ran.txt"), "utf8")
            .split("\n")
            .filter((line) => line.startsWith(`${step}.`)).length
        : 0;
    const acknowledged = text();
    const finished = acknowledged
      .split("\n")
      .filter((line) => line.includes('"step_completed"'))
      .map((line) => (JSON.parse(line) as Extract<JournalEvent, { type: "step_completed" }>).step);
    const before = finished.map(times);
    if (signal === "SIGKILL" && !acknowledged.includes('"run_finished"')) {
      hits++;
      const resumed = await baton(cwd, ["resume", id!]);
      expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    }
    expect(text().startsWith(acknowledged)).toBe(true);
    expect(finished.map(times)).toEqual(before);
    expect(JSON.parse((await baton(cwd, ["status", id!, "--json"])).stdout)).toMatchObject({
      status: "completed",
      metrics: { completedSteps: 12 },
    });
  }
  expect(hits).toBeGreaterThan(ROUNDS / 4);
});
