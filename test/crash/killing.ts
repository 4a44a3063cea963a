import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { storeIn } from "../rig/store.ts";
import type { Where } from "./dying.ts";
import { stateIn } from "./tasks.ts";

/** `npm run test:crash` kills at all writes and places; `npm test` alternates between the places. */
export const LONG = process.env.BATON_CRASH_ROUNDS !== undefined;
const KILL_PLACES = ["after", "middle", "before"] as const;
type KillPlace = (typeof KILL_PLACES)[number];

/** The state when the owner died, and at the end. */
export interface Round {
  readonly cwd: string;
  readonly id: string;
  readonly store: ReturnType<typeof storeIn>;
  readonly killed: boolean;
  readonly before: readonly JournalEvent[];
  readonly after: readonly JournalEvent[];
  /** The lines of steps in ran.txt, and of the owner in acknowledged.txt, when it died. */
  readonly ranBefore: readonly string[];
  readonly acknowledged: readonly string[];
}

/**
 * A program that executes runs. Each of its processes dies at a write, except one survivor, which takes over the runs
 * of the others. The survivor knows only what is on the disk, like a new process; starting it once saves time.
 */
export function killable(entry: URL) {
  let program: string;
  let survivor: ChildProcess;
  let output: AsyncIterator<string>;

  beforeAll(async () => {
    program = await bundle(entry);
    // One run to the end fills V8's compile cache, from which all others start faster.
    spawnSync(process.execPath, [program], { input: "" });
    survivor = spawn(process.execPath, [program], { env: environment(), stdio: ["pipe", "pipe", "inherit"] });
    output = createInterface({ input: survivor.stdout! })[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const gone = once(survivor, "exit");
    survivor.stdin!.end();
    expect(await gone).toEqual([0, null]);
  });

  /** Executes a workflow. @returns whether it was killed at that write; false if it makes fewer writes */
  function die(cwd: string, file: string, where: Where, which: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const env = { ...environment(), HOME: join(cwd, "home") };
      const args = [program, file, where, String(which)];
      execFile(process.execPath, args, { cwd, env, timeout: 60_000 }, (error, _out, stderr) => {
        if (error && error.signal !== "SIGKILL") reject(new Error(`${error.message}\n${stderr}`));
        else resolve(error !== null);
      });
    });
  }

  /** Lets the survivor finish the run in this directory. */
  async function takeOver(cwd: string): Promise<void> {
    survivor.stdin!.write(`${cwd}\n`);
    const { value } = await output.next();
    if (value !== "over")
      throw new Error(`the process that takes over has ended: ${survivor.exitCode ?? survivor.signalCode}`);
  }

  /**
   * Kills the owner of a run at one write and lets the survivor finish it. Checks for all runs that no written event is
   * lost.
   */
  async function round(workflow: object, where: KillPlace, which: number, cwd = scratch()): Promise<Round> {
    const state = stateIn(cwd);
    writeFileSync(join(cwd, "workflow.json"), JSON.stringify(workflow));
    const killed = await die(cwd, "workflow.json", where, which);
    const store = storeOf(cwd);
    const id = readdirSync(join(state, "runs"))[0]!;
    const before = store.read(id, START)!.events;
    const [ranBefore, acknowledged] = [lines(join(cwd, "ran.txt")), lines(join(cwd, "acknowledged.txt"))];
    if (killed) await takeOver(cwd);

    const { events: after, problems } = store.read(id, START)!;
    expect(problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
    return { cwd, id, store, killed, before, after, ranBefore, acknowledged };
  }

  return { die, takeOver, round };
}

/**
 * Kills at every write, or every `stride`th, until none is left: at alternating places, or all. @returns at how many
 * writes it killed
 */
export async function atEachWrite(
  stride: number,
  kill: (where: KillPlace, which: number) => Promise<boolean>,
): Promise<number> {
  let kills = 0;
  for (let which = 1, alive = true; alive; which += LONG ? 1 : stride) {
    const killed: boolean[] = [];
    for (const where of LONG ? KILL_PLACES : [KILL_PLACES[kills % 3]!]) killed.push(await kill(where, which));
    alive = killed.includes(true);
    if (alive) kills++;
  }
  return kills;
}

export const storeOf = (cwd: string) => storeIn(stateIn(cwd));

export const lines = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];

export const of = <T extends JournalEvent["type"]>(events: readonly JournalEvent[], type: T) =>
  events.filter((event): event is Extract<JournalEvent, { type: T }> => event.type === type);

const environment = () => ({ ...process.env, BATON_HEARTBEAT: "100" });
