import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { atEachWrite, killable, LONG, lines, storeOf } from "./killing.ts";
import { stateIn } from "./tasks.ts";

const { die, takeOver } = killable(new URL("owner.ts", import.meta.url));
let server: string;
beforeAll(async () => {
  server = await bundle(new URL("../e2e/workflows/tool-server.ts", import.meta.url));
});

/**
 * A foreach, a workflow step, a tool of a server over stdio, and a step whose work is done long before it may finish.
 * Each piece of work writes a line when it is done.
 */
const ran = 'echo "$BATON_STEP_ID" >> ran.txt';
const workflow = (cwd: string) => ({
  name: "Nested",
  steps: [
    { id: "early", items: ["early"], step: { command: `${ran}; echo {{item}}` } },
    { id: "list", command: `${ran}; printf '{"names": ["a", "b", "c"]}' > "$BATON_OUTPUT"` },
    { id: "each", items: "steps.list.output.names", step: { command: `${ran}; echo {{item}}` }, outputKey: "each" },
    {
      id: "sub",
      workflow: {
        name: "inner",
        steps: [
          { id: "one", command: `${ran}; echo {{parameters.word}}`, outputKey: "one" },
          { id: "two", command: `${ran}; echo {{one}} two`, outputKey: "two" },
        ],
      },
      parameters: { word: "{{each[2]}}" },
      outputKey: "sub",
    },
    {
      id: "call",
      tool: "mark",
      server: { command: process.execPath, args: [server], env: { SERVER_OF: cwd } },
      arguments: { file: join(cwd, "ran.txt"), line: "call" },
      condition: "on_success(sub)",
    },
  ],
  dependencies: [{ from: "call", to: "early", type: "finish_to_finish" }],
});
/** Every step that does work itself, by the name in its line. */
const WORK = ["early.0", "list", "each.0", "each.1", "each.2", "one", "two", "call"];

const finishedIn = (events: readonly JournalEvent[]) =>
  events.flatMap((event) => (event.type === "step_completed" || event.type === "step_held" ? [event.step] : []));
const startedIn = (events: readonly JournalEvent[]) =>
  events.flatMap((event) => (event.type === "step_started" ? [event.step] : []));

/** The events of all journals, by run. Checks that none has a problem. */
function journals(cwd: string): Map<string, readonly JournalEvent[]> {
  const store = storeOf(cwd);
  const ids = readdirSync(join(stateIn(cwd), "runs")).filter((id) => store.size(id) > 0);
  return new Map(
    ids.map((id) => {
      const page = store.read(id, START)!;
      expect(page.problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
      return [id, page.events as readonly JournalEvent[]];
    }),
  );
}

/**
 * Kills the owner of these runs at one write of any of them, lets another finish. @returns whether it was killed, and a
 * step held
 */
async function killAt(where: "before" | "middle" | "after", which: number) {
  const cwd = scratch();
  writeFileSync(join(cwd, "nested.json"), JSON.stringify(workflow(cwd)));
  const killed = await die(cwd, "nested.json", where, which);
  const before = journals(cwd);
  const finished = [...before.values()].flatMap(finishedIn);
  const started = [...before.values()].flatMap(startedIn);
  if (killed) await takeOver(cwd);

  const after = journals(cwd);
  for (const [id, events] of before) expect(after.get(id)!.slice(0, events.length)).toEqual(events);
  // The run and its three children: the next owner found those that existed.
  expect(after.size).toBe(4);
  for (const [id, events] of after) {
    expect(events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  }
  const events = [...after.values()].flat();
  const outcomes = events.flatMap((event) => (event.type === "step_completed" ? [event.step] : []));
  expect([...outcomes].sort()).toEqual([...WORK, "early", "each", "sub"].sort());
  expect(events.filter(({ type }) => type === "step_held")).toHaveLength(1);
  const outputOf = (step: string) =>
    events.find((event) => event.type === "step_completed" && event.step === step) as { output?: unknown } | undefined;
  expect(outputOf("each")?.output).toEqual(["a", "b", "c"]);
  expect(outputOf("sub")?.output).toEqual({ one: "c", two: "c two" });
  const times = (all: string[], step: string) => all.filter((line) => line === step).length;
  const ranAfter = lines(join(cwd, "ran.txt"));
  for (const step of WORK) {
    // An attempt in flight may write its line before the next owner kills it. No other work is done twice.
    const most = started.includes(step) && !finished.includes(step) ? 2 : 1;
    expect(times(ranAfter, step), step).toBeLessThanOrEqual(most);
    expect(times(ranAfter, step), step).toBeGreaterThan(0);
  }
  while (findByEnvironment({ SERVER_OF: cwd }).length > 0) await new Promise(setImmediate);
  return { killed, held: killed && finished.includes("early") && !finished.includes("call") };
}

test("an owner killed at any write of a run or of its child runs loses no event and repeats no step", async () => {
  let held = 0;
  const kills = await atEachWrite(3, async (where, which) => {
    const round = await killAt(where, which);
    if (round.held) held++;
    return round.killed;
  });
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(LONG ? 15 : 4);
  expect(held).toBeGreaterThan(0);
});
