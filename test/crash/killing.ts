import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect } from "vitest";
import { START, type Store } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { storeIn } from "../rig/store.ts";
import type { Where } from "./dying.ts";
import { stateIn } from "./tasks.ts";

/** `npm run test:crash` takes all writes and places; `npm test` takes turns over the places. */
export const LONG = process.env.BATON_CRASH_ROUNDS !== undefined;
const PLACES = ["after", "middle", "before"] as const;
type Place = (typeof PLACES)[number];

/** What there was when the owner died, and in the end. */
export interface Round {
  readonly cwd: string;
  readonly id: string;
  readonly store: Store;
  readonly killed: boolean;
  readonly before: readonly JournalEvent[];
  readonly after: readonly JournalEvent[];
  /** What steps had left in ran.txt, and the owner in acknowledged.txt, when it died. */
  readonly ranBefore: readonly string[];
  readonly acknowledged: readonly string[];
}

/**
 * A program that carries out runs, of which each process dies at a write, but for one: that takes over what the others leave. It knows of each run
 * nothing but what is on the disk, as one that starts then would; starting is what it has done before.
 */
export function killable(entry: URL) {
  let program: string;
  let heir: ChildProcess;
  let said: AsyncIterator<string>;

  beforeAll(async () => {
    program = await bundle(entry);
    // Once to its end: so all others start from what V8 made of it.
    spawnSync(process.execPath, [program], { input: "" });
    heir = spawn(process.execPath, [program], { env: environment(), stdio: ["pipe", "pipe", "inherit"] });
    said = createInterface({ input: heir.stdout! })[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const gone = once(heir, "exit");
    heir.stdin!.end();
    expect(await gone).toEqual([0, null]);
  });

  /** Carries out a workflow. @returns whether it was killed at that write, which there may not be */
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

  /** Lets the one that lives bring the run in this directory to its end. */
  async function takeOver(cwd: string): Promise<void> {
    heir.stdin!.write(`${cwd}\n`);
    const { value } = await said.next();
    if (value !== "over") throw new Error(`who was to take over ended: ${heir.exitCode ?? heir.signalCode}`);
  }

  /** Kills the owner of one run at one write, lets another finish it, and checks what holds of all runs: nothing that was written is lost. */
  async function round(workflow: object, where: Place, which: number, cwd = scratch()): Promise<Round> {
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

/** Kills at every write, or each `stride`th, until there is none: each in another place, or in all. @returns at how many writes there was a kill */
export async function atEachWrite(
  stride: number,
  kill: (where: Place, which: number) => Promise<boolean>,
): Promise<number> {
  let kills = 0;
  for (let which = 1, alive = true; alive; which += LONG ? 1 : stride) {
    const killed: boolean[] = [];
    for (const where of LONG ? PLACES : [PLACES[kills % 3]!]) killed.push(await kill(where, which));
    alive = killed.includes(true);
    if (alive) kills++;
  }
  return kills;
}

export const storeOf = (cwd: string): Store => storeIn(stateIn(cwd));

export const lines = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];

export const of = <T extends JournalEvent["type"]>(events: readonly JournalEvent[], type: T) =>
  events.filter((event): event is Extract<JournalEvent, { type: T }> => event.type === type);

const environment = () => ({ ...process.env, BATON_HEARTBEAT: "100" });
