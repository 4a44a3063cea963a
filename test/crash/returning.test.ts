import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { storeIn } from "../rig/store.ts";
import { atEachWrite, killable, LONG, lines, of } from "./killing.ts";
import { stateIn } from "./tasks.ts";

const { die, takeOver } = killable(new URL("returning.ts", import.meta.url));

/** Each command writes a line when it runs. Its attempts have consecutive numbers across restarts and restores. */
const ran = 'echo "$BATON_WORKFLOW_ID.$BATON_STEP_ID.$BATON_ATTEMPT" >> state/ran.txt';
const workflow = {
  name: "Returning",
  steps: [
    { id: "told", agent: "one" },
    { id: "made", command: `${ran}; echo "$BATON_ATTEMPT" > made.txt`, risky: true },
    { id: "last", command: ran },
  ],
  dependencies: [
    { from: "told", to: "made" },
    { from: "made", to: "last" },
  ],
};

let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "baton-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: repository });
  writeFileSync(join(repository, "made.txt"), "none\n");
  writeFileSync(join(repository, ".gitignore"), "state\nhome\nacknowledged.txt\nworkflow.json\n");
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "one");
});
afterAll(() => rmSync(repository, { recursive: true }));

const journals = (cwd: string): ReadonlyMap<string, readonly JournalEvent[]> => {
  const store = storeIn(stateIn(cwd));
  return new Map(store.list().map((id) => [id, store.read(id, START)!.events]));
};

/** Kills the process at one write, lets another go on, and checks the answers and the work. */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const cwd = scratch();
  cpSync(repository, cwd, { recursive: true });
  writeFileSync(join(cwd, "workflow.json"), JSON.stringify(workflow));
  const killed = await die(cwd, "workflow.json", where, which);
  const before = journals(cwd);
  const acknowledged = new Map(lines(join(cwd, "acknowledged.txt")).map((line) => line.split(" ") as [string, string]));
  if (killed) await takeOver(cwd);
  const after = journals(cwd);

  // Every written event is there, and every answer was written before.
  for (const [id, events] of before) expect(after.get(id)!.slice(0, events.length)).toEqual(events);
  const [id, fork] = [acknowledged.get("execute"), acknowledged.get("fork")];
  if (id !== undefined) expect(before.has(id)).toBe(true);
  if (acknowledged.has("restart")) expect(of(before.get(id!)!, "run_restarted").length).toBeGreaterThan(0);
  if (acknowledged.has("restore")) {
    expect(of(before.get(id!)!, "run_restored").at(-1)).toMatchObject({ checkpoint: acknowledged.get("checkpoint") });
  }
  if (fork !== undefined) {
    expect(before.get(fork)?.[0]).toMatchObject({ type: "run_created", forkedFrom: { workflowId: id } });
  }
  // No attempt ran twice, and no ended attempt started again under its number.
  const done = lines(join(stateIn(cwd), "ran.txt"));
  expect(new Set(done).size).toBe(done.length);
  for (const [run, events] of after) {
    const started = of(events, "step_started").map(({ step, attempt }) => `${step}.${attempt}`);
    expect(new Set(started).size).toBe(started.length);
    expect(events.findLast(({ type }) => type === "run_finished")).toMatchObject({ status: "completed" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: run })).toEqual([]);
    expect(
      storeIn(stateIn(cwd))
        .read(run, START)!
        .problems.filter(({ kind }) => kind !== "torn"),
    ).toEqual([]);
  }
  return killed;
}

test("a process killed at any write of a restart, a restore or a fork loses no event and repeats no attempt", async () => {
  const kills = await atEachWrite(14, killAt);
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(LONG ? 30 : 1);
});
