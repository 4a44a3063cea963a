import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { baton, scratch } from "../rig/baton.ts";
import { session } from "../rig/session.ts";
import { countingIn } from "./counted.ts";
import { expectWithin, type Limit } from "./limit.ts";

const STEPS = 24;

const limits = (of: string, today: { bytes: number; writes: number; processes: number }): Record<string, Limit> => ({
  bytes: {
    what: `bytes of the journal per ${of}`,
    today: today.bytes,
    margin: 0.05,
    advice:
      "Every owner and every reader of a run reads them. Leave out what follows from the definition or from earlier events.",
  },
  writes: {
    what: `writes to the journal per ${of}`,
    today: today.writes,
    margin: 0,
    advice:
      "Each is a system call, and with durability `power` a wait for the disk. Append the facts of a round together.",
  },
  processes: {
    what: `processes started per ${of}`,
    today: today.processes,
    margin: 0,
    advice: "A process costs more than all else that Baton does for a step. Find what is needed in the process itself.",
  },
});

const COMMAND_STEP = limits("command step", { bytes: 308, writes: 3, processes: 1 });
const AGENT_STEP = limits("agent step", { bytes: 559, writes: 2, processes: 0 });

const idOf = (n: number): string => `step_${String(n).padStart(3, "0")}`;
const chain = Array.from({ length: STEPS - 1 }, (_, n) => ({ from: idOf(n), to: idOf(n + 1) }));
const fan = Array.from({ length: STEPS - 2 }, (_, n) => idOf(n + 1)).flatMap((id) => [
  { from: idOf(0), to: id },
  { from: id, to: idOf(STEPS - 1) },
]);
const steps = (step: object) => Array.from({ length: STEPS }, (_, n) => ({ id: idOf(n), ...step }));

/** The lines of the one run's journal, as they are where every process has the same id and start time. */
function journalIn(state: string): string[] {
  const [run, ...others] = readdirSync(join(state, "runs"));
  expect(others).toEqual([]);
  const text = readFileSync(join(state, "runs", run!, "journal.jsonl"), "utf8");
  return text
    .replace(/"pid":\d+,"started":"[^"]*"/g, '"pid":12345,"started":"1234567"')
    .split("\n")
    .slice(0, -1);
}

function expectSteps(limit: Record<string, Limit>, state: string, counting: ReturnType<typeof countingIn>): void {
  // Where there is no /proc, only `ps` knows when a process started.
  const {
    writes,
    processes: { ps: _, ...started },
  } = counting.counts();
  const processes = Object.values(started).reduce((sum, count) => sum + count, 0);
  const lines = journalIn(state);
  const ofSteps = lines.filter((line) => "step" in JSON.parse(line));
  const detail = ofSteps.filter((line) => line.includes(idOf(1))).join("\n");
  expectWithin(limit.bytes!, ofSteps.reduce((sum, line) => sum + Buffer.byteLength(`${line}\n`), 0) / STEPS, detail);
  // An event about the run, such as its creation, has a write of its own.
  const ofRun = lines.length - ofSteps.length;
  expectWithin(limit.writes!, (writes["journal.jsonl"]! - ofRun) / STEPS, detail);
  expectWithin(limit.processes!, processes / STEPS, JSON.stringify(started));
  expect(ofSteps.filter((line) => line.includes('"type":"step_spawned"'))).toHaveLength(processes);
}

test.each([
  ["a chain", chain],
  ["a fan", fan],
])("%s of command steps: bytes and writes of the journal, and processes", async (name, dependencies) => {
  const directory = scratch();
  const counting = countingIn(directory);
  writeFileSync(join(directory, "w.json"), JSON.stringify({ name, steps: steps({ command: "true" }), dependencies }));
  const { code, stderr } = await baton(directory, ["run", "w.json"], counting.env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expectSteps(COMMAND_STEP, join(directory, ".baton"), counting);
});

test("a chain of agent steps: bytes and writes of the journal, and no process", async () => {
  const directory = scratch();
  const counting = countingIn(directory);
  const { state, execute, handoff, rpc } = await session("2026-07-28", directory, counting.env);
  const workflow = { name: "agents", steps: steps({ agent: "scribe", prompt: "Write" }), dependencies: chain };
  const { workflowId } = await execute({ workflow });
  for (let n = 0; n < STEPS; n++) {
    const { assignments } = await handoff({ action: "accept", workflowId });
    await handoff({ action: "complete", assignment: assignments[0].assignment, output: "done" });
  }
  expect(await rpc.close()).toBe(0);
  expectSteps(AGENT_STEP, state, counting);
});
