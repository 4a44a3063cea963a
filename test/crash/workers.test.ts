import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
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

/** A plan whose planner asks first, a build whose checks fail at first, a helper that fails and is replaced by a command, and a command at the end. */
const ran = 'echo "$BATON_STEP_ID" >> ran.txt';
const workflow = {
  name: "Workers",
  steps: [
    { id: "plan", agent: "planner" },
    { id: "build", agent: "builder", verify: ["echo build >> checks.txt", { file: "made.txt" }], retries: 3 },
    { id: "helper", agent: "helper", fallback: { command: `${ran}; echo by hand` } },
    { id: "last", command: ran },
  ],
  dependencies: ["build → last", "helper → last", "plan → build"].map((pair) => {
    const [from, to] = pair.split(" → ");
    return { from, to };
  }),
};

interface Acknowledged {
  readonly step: string;
  readonly accepted?: string;
  readonly completed?: string;
  readonly asked?: string;
  readonly answered?: string;
  readonly failed?: string;
  readonly output?: object;
}

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

/** Kills the process at one write, lets another go on, and checks that what was acknowledged stands and nothing finished was done again. */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const cwd = scratch();
  const state = join(cwd, "state");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd, encoding: "utf8" });
  writeFileSync(join(cwd, "workers.json"), JSON.stringify(workflow));
  git("init", "-q");
  git("add", "workers.json");
  git("commit", "-qm", "one");
  const { killed } = await work(cwd, state, "workers.json", where, String(which));
  const store = createFileStore({ directory: state, staleAfter: 15_000, now: Date.now });
  const id = readdirSync(join(state, "runs"))[0]!;
  const before = store.read(id, START)!.events;
  const acknowledged = lines(join(cwd, "acknowledged.txt")).map((line) => JSON.parse(line) as Acknowledged);
  const ranBefore = lines(join(cwd, "ran.txt"));
  if (killed) await work(cwd, state, "-", "never", "0");

  const page = store.read(id, START)!;
  const events = page.events as readonly JournalEvent[];
  expect(page.problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
  expect(events.slice(0, before.length)).toEqual(before);
  expect(events.at(-1)).toMatchObject({ type: "run_finished", status: "completed" });

  // What was answered was in the journal by then.
  for (const { step, accepted, completed, failed, asked, answered, output } of acknowledged) {
    if (asked)
      expect(of(before, "questions_asked")).toMatchObject([{ step, round: 1, questions: [{ question: "Which?" }] }]);
    if (answered) expect(of(before, "questions_answered")).toMatchObject([{ step, answers: [{ answer: answered }] }]);
    if (accepted)
      expect(of(before, "step_assigned")).toContainEqual(expect.objectContaining({ step, assignment: accepted }));
    if (failed) expect(of(before, "step_failed")).toContainEqual(expect.objectContaining({ step, fallback: 1 }));
    const delivered = [...of(before, "step_reported"), ...of(before, "step_completed")];
    if (completed) expect(delivered).toContainEqual(expect.objectContaining({ step, output }));
  }
  // Each is finished once, in its own way of being known, and by what was said last before that.
  const done = of(events, "step_completed");
  expect(done.map(({ step, evidence }) => `${step} ${evidence ?? "observed"}`).sort()).toEqual([
    "build verified",
    "helper observed",
    "last observed",
    "plan reported",
  ]);
  const finished = of(before, "step_completed").map(({ step }) => step);
  for (const step of finished) {
    const times = (all: string[]) => all.filter((line) => line === step).length;
    expect(times(lines(join(cwd, "ran.txt")))).toBe(times(ranBefore));
    const at = events.findIndex((event) => event.type === "step_completed" && event.step === step);
    const later = events.slice(at + 1).filter((event) => "step" in event && event.step === step);
    for (const { type } of later) expect(["checkpoint_created", "delivery_repeated"]).toContain(type);
  }
  // A worker that was accepted keeps its step: no crash but that of a process of Baton's own gives it to anybody else.
  expect(
    of(events, "step_assigned")
      .map(({ step }) => step)
      .sort(),
  ).toEqual(["build", "helper", "plan", "plan"]);
  expect([of(events, "questions_asked"), of(events, "questions_answered")].map(({ length }) => length)).toEqual([1, 1]);
  expect(of(events, "verification_failed")).toHaveLength(1);
  // Every checkpoint has its code, once.
  const made = of(events, "checkpoint_created").map(({ checkpoint }) => checkpoint);
  const captured = of(events, "checkpoint_captured");
  // A write that was torn may have told that the step is done and not that there is a checkpoint of it; nobody was told of either.
  expect(new Set(made).size).toBe(where === "middle" ? made.length : 2);
  expect(captured.map(({ checkpoint }) => checkpoint)).toEqual(made);
  for (const { code } of captured) expect(git("rev-parse", code!.ref).trim()).toBe(code!.commit);
  expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
  return killed;
}

test("a process that is killed at any write of a run with workers loses nothing and repeats nothing", async () => {
  // The tests of `npm test` take every third write, each in another place; `npm run test:crash` takes all writes and places.
  const long = process.env.BATON_CRASH_ROUNDS !== undefined;
  const places = ["after", "middle", "before"] as const;
  let kills = 0;
  for (let which = 1, alive = true; alive; which += long ? 1 : 3) {
    const here = long ? places : [places[kills % 3]!];
    const killed: boolean[] = [];
    for (const where of here) killed.push(await killAt(where, which));
    alive = killed.includes(true);
    if (alive) kills++;
  }
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(long ? 15 : 5);
});
