import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { takeBaseline } from "../../src/engine/owner/baseline.ts";
import { tryPlan } from "../../src/engine/owner/plan-trial.ts";
import { commandStep } from "../../src/engine/steps/command.ts";
import type { Execution, Job } from "../../src/model/contracts/step.ts";
import type { Baseline } from "../../src/model/evidence.ts";
import type { Check } from "../../src/model/worker.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { scratch } from "../rig/baton.ts";

let runs = 0;
const options = {
  command: commandStep({ PATH: process.env.PATH }, systemScheduler),
  scheduler: systemScheduler,
  path: process.env.PATH,
};

function jobIn(cwd: string): Job {
  const logs = join(cwd, "logs");
  mkdirSync(logs, { recursive: true });
  const files = { stdout: join(logs, "out.log"), stderr: join(logs, "err.log"), output: join(logs, "output.json") };
  const workflowId = `wf_base_${process.pid}_${runs++}`;
  return { ...{ workflowId, stepId: "a", attempt: 0, config: {}, cwd, files, killGrace: 100 }, values: {} };
}

/** Runs checks before the work, with real processes. */
function take(checks: readonly Check[], rest: { wait?: number; cwd?: string; passed?: string[]; tree?: string } = {}) {
  const { wait = 60_000, cwd = scratch(), passed = [], tree } = rest;
  const job = jobIn(cwd);
  let doer: Pick<Execution, "abandon"> | undefined;
  const taken = new Promise<Baseline>((resolve) => {
    const takeTree = async () => tree;
    const passedOn = (on: string | undefined) => new Set(on === undefined ? [] : passed);
    doer = takeBaseline({ job, checks, wait, takeTree, passedOn, ...options }, resolve);
  });
  return { taken, doer: doer!, cwd, left: () => findByEnvironment({ BATON_WORKFLOW_ID: job.workflowId }), job };
}

const outcomes = async (checks: readonly Check[], rest = {}) =>
  (await take(checks, rest).taken).checks.map(({ outcome }) => outcome);

describe("the checks before the work", () => {
  test("all of them run, one after the other, also after one that fails", async () => {
    const { taken, cwd } = take([
      { command: "echo 1 >> order; echo no >&2; exit 3" },
      { file: "order", contains: "1" },
      { file: "made" },
      { command: "echo 2 >> order", timeout: 60_000 },
    ]);
    expect(await taken).toEqual({
      checks: [
        { check: "echo 1 >> order; echo no >&2; exit 3", outcome: "failed", exitCode: 3, message: "exit code 3\nno" },
        { check: 'file order contains "1"', outcome: "passed" },
        { check: "file made", outcome: "failed", message: expect.stringContaining("does not exist") },
        { check: "echo 2 >> order", outcome: "passed", exitCode: 0 },
      ],
    });
    expect(readFileSync(join(cwd, "order"), "utf8")).toBe("1\n2\n");
  });

  test.each<[string, Check, string]>([
    ["a program of the project that does not exist", { command: "./check.sh" }, "failed"],
    ["a script whose program lacks something", { command: "sh -c nothing_of_that_name" }, "failed"],
    ["a program that is nowhere on the PATH", { command: "CI=1 nothing_of_that_name --all" }, "unknown"],
    ["a directory that does not exist", { command: "true", workingDirectory: "nowhere" }, "failed"],
    ["a check with a timeout of its own", { command: "sleep 300", timeout: 100 }, "unknown"],
    ["a check that is killed", { command: "kill -9 $$" }, "unknown"],
    ["a check that reads what is delivered", { command: 'test -s "$BATON_DELIVERED"' }, "unknown"],
    ["a pattern that cannot be applied", { file: "f", matches: "(a|a)+$" }, "failed"],
    ["a pattern that is none", { file: "f", matches: "(" }, "unknown"],
  ])("%s: %j is %s", async (_, check, outcome) => {
    const cwd = scratch();
    writeFileSync(join(cwd, "f"), "aaa");
    expect(await outcomes([check], { cwd })).toEqual([outcome]);
  });

  test("what has not ended in time is killed with its process group, and it and the rest are unknown", async () => {
    const { taken, left, cwd } = take(
      [{ command: "true" }, { command: "sh -c 'trap \"\" TERM; sleep 300' & sleep 300" }, { command: "touch reached" }],
      { wait: 1_500 },
    );
    expect((await taken).checks.map(({ outcome }) => outcome)).toEqual(["passed", "unknown", "unknown"]);
    while (left().length > 0) await new Promise(setImmediate);
    expect(existsSync(join(cwd, "reached"))).toBe(false);
  });

  test("a command that passed on the same tree does not run again", async () => {
    const checks = [{ command: "touch ran" }, { command: "touch also" }];
    const { taken, cwd } = take(checks, { tree: "t", passed: [".\ntouch ran"] });
    expect(await taken).toEqual({
      tree: "t",
      checks: [
        { check: "touch ran", outcome: "passed", reused: true },
        { check: "touch also", outcome: "passed", exitCode: 0 },
      ],
    });
    expect([existsSync(join(cwd, "ran")), existsSync(join(cwd, "also"))]).toEqual([false, true]);
  });

  test("what is abandoned is killed, and nobody learns of it", async () => {
    const { taken, doer, left } = take([{ command: "sleep 300" }]);
    while (left().length === 0) await new Promise(setImmediate);
    doer.abandon();
    while (left().length > 0) await new Promise(setImmediate);
    expect(await Promise.race([taken, Promise.resolve("nothing")])).toBe("nothing");
  });

  test("a log that cannot be written makes it unknown", async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, "logs", "out.log"), { recursive: true });
    expect(await outcomes([{ command: "true" }], { cwd })).toEqual(["unknown"]);
  });
});

describe("the checks of a plan", () => {
  const step = (id: string, ...verify: string[]) => ({ id, title: id, work: id, verify });
  const trial = (steps: ReturnType<typeof step>[], cwd = scratch(), passed: string[] = []) =>
    new Promise<readonly string[] | undefined>((resolve) => {
      tryPlan({ job: jobIn(cwd), delivered: { steps }, passed: new Set(passed), ...options }, resolve);
    });

  test("a step all of whose checks pass already, or with one that can never run, is named", async () => {
    const cwd = scratch();
    const found = await trial(
      [
        step("open", "true", "test -e made"),
        step("done", "true", "true "),
        step("never", "test -e made", "nothing_of_that_name --all"),
        step("own", "./scripts/check.sh"),
        step("again", "echo once >> runs; false"),
        step("twice", "echo once >> runs; false"),
        { ...step("text"), verify: "true" as unknown as string[] },
      ],
      cwd,
    );
    expect(found).toEqual([
      'step "done" of the plan would prove nothing: all of its checks pass already (true; true)',
      'step "never" of the plan has a check whose program is not on the PATH: nothing_of_that_name --all',
      'step "text" of the plan would prove nothing: all of its checks pass already (true)',
    ]);
    expect(readFileSync(join(cwd, "runs"), "utf8")).toBe("once\n");
  });

  test("a check cannot break out of its command, and what passed on the same tree does not run again", async () => {
    const cwd = scratch();
    expect(await trial([step("a", 'false"; touch harm; "'), step("b", "touch ran")], cwd, [".\ntouch ran"])).toEqual([
      'step "b" of the plan would prove nothing: all of its checks pass already (touch ran)',
    ]);
    expect([existsSync(join(cwd, "harm")), existsSync(join(cwd, "ran"))]).toEqual([false, false]);
  });

  test("at most ten steps are named", async () => {
    const found = await trial(Array.from({ length: 12 }, (_, n) => step(`s${n}`, "true")));
    expect(found).toHaveLength(11);
    expect(found!.at(-1)).toBe("and 2 more steps of the plan");
  });

  test("a trial that is stopped says nothing; one that is abandoned kills what runs", async () => {
    const job = jobIn(scratch());
    const left = () => findByEnvironment({ BATON_WORKFLOW_ID: job.workflowId });
    const steps = [step("a", "sleep 300"), step("b", "true")];
    const stopped = await new Promise((resolve) => {
      const execution = tryPlan({ job, delivered: { steps }, passed: new Set(), ...options }, resolve);
      execution.stop();
    });
    expect(stopped).toBeUndefined();
    const execution = tryPlan({ job, delivered: { steps }, passed: new Set(), ...options }, () => {
      throw new Error("nobody listens");
    });
    while (left().length === 0) await new Promise(setImmediate);
    execution.abandon();
    while (left().length > 0) await new Promise(setImmediate);
  });
});
