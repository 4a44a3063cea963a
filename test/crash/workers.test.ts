import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratch } from "../rig/baton.ts";
import { atEachWrite, killable, LONG, lines, of } from "./killing.ts";

const { round } = killable(new URL("worker.ts", import.meta.url));

/**
 * A planner that asks first, a builder whose checks fail once, a helper that fails and gets a fallback command, and a
 * last command.
 */
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

/** A work tree with one commit, which each round copies. */
let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "baton-"));
  const git = gitIn(repository);
  writeFileSync(join(repository, "a.txt"), "one\n");
  git("init", "-q");
  git("add", "a.txt");
  git("commit", "-qm", "one");
});
afterAll(() => rmSync(repository, { recursive: true }));
const gitIn =
  (cwd: string) =>
  (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd, encoding: "utf8" });

/**
 * Kills the process at one write and lets another go on. Checks that acknowledged events stand and finished work is not
 * repeated.
 */
async function killAt(where: "before" | "middle" | "after", which: number): Promise<boolean> {
  const cwd = scratch();
  cpSync(repository, cwd, { recursive: true });
  const { killed, before, after: events, ranBefore, ...there } = await round(workflow, where, which, cwd);
  const acknowledged = there.acknowledged.map((line) => JSON.parse(line) as Acknowledged);

  // Every answered event was in the journal by then.
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
  // Each step finishes once, with its own evidence, and with the last delivery before that.
  const done = of(events, "step_completed");
  expect(done.map(({ step, evidence }) => `${step} ${evidence ?? "observed"}`).sort()).toEqual([
    "build verified",
    "helper observed",
    "last observed",
    "plan reported",
  ]);
  // The checks of the builder ran once before its work, however often they were begun, and the work trees were taken.
  const begun = events.findIndex((event) => event.type === "step_assigned" && event.step === "build");
  const taken = events.filter((event) => event.type === "baseline_taken");
  expect(taken).toMatchObject([{ step: "build", checks: [{ outcome: "passed" }, { outcome: "failed" }] }]);
  expect(events.indexOf(taken[0]!)).toBeLessThan(begun);
  const trees = of(events, "tree_taken").filter(({ step }) => step === "build");
  expect(trees.filter(({ moment }) => moment === "delivery").every(({ tree }) => tree !== undefined)).toBe(true);
  const finished = of(before, "step_completed").map(({ step }) => step);
  for (const step of finished) {
    const times = (all: readonly string[]) => all.filter((line) => line === step).length;
    expect(times(lines(join(cwd, "ran.txt")))).toBe(times(ranBefore));
    const at = events.findIndex((event) => event.type === "step_completed" && event.step === step);
    const later = events.slice(at + 1).filter((event) => "step" in event && event.step === step);
    for (const { type } of later) expect(["checkpoint_created", "delivery_repeated"]).toContain(type);
  }
  // A worker keeps the step that it accepted. Only the crash of one of Baton's own processes gives it to another
  // worker.
  expect(
    of(events, "step_assigned")
      .map(({ step }) => step)
      .sort(),
  ).toEqual(["build", "helper", "plan", "plan"]);
  expect([of(events, "questions_asked"), of(events, "questions_answered")].map(({ length }) => length)).toEqual([1, 1]);
  expect(of(events, "verification_failed")).toHaveLength(1);
  // Every checkpoint has its code captured once.
  const made = of(events, "checkpoint_created").map(({ checkpoint }) => checkpoint);
  const captured = of(events, "checkpoint_captured");
  // A torn write may contain a step's completion without its checkpoint. Neither was reported to any caller.
  expect(new Set(made).size).toBe(where === "middle" ? made.length : 2);
  expect(captured.map(({ checkpoint }) => checkpoint)).toEqual(made);
  const git = gitIn(cwd);
  for (const { code } of captured) expect(git("rev-parse", code!.ref).trim()).toBe(code!.commit);
  return killed;
}

test("a process killed at any write of a run with workers loses no event and repeats no step", async () => {
  const kills = await atEachWrite(3, killAt);
  // Fewer would mean that the kills did not happen.
  expect(kills).toBeGreaterThan(LONG ? 15 : 5);
});
