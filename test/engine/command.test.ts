import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandStep } from "../../src/engine/steps/command.ts";
import type { AttemptEnd, Execution, Job, Report } from "../../src/model/contracts/step.ts";
import { findByEnvironment, groupExists } from "../../src/system/process.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { scratch } from "../rig/baton.ts";

let runs = 0;

/** Performs one command with a real process. `ended` resolves with the outcome. */
function perform(
  command: string,
  rest: { config?: object; values?: Record<string, string>; cwd?: string; killGrace?: number } = {},
) {
  const cwd = rest.cwd ?? scratch();
  const files = { stdout: join(cwd, "out.log"), stderr: join(cwd, "err.log"), output: join(cwd, "output.json") };
  const job: Job = {
    workflowId: `wf_command_${process.pid}_${runs++}`,
    stepId: "a",
    attempt: 1,
    config: { command, ...rest.config },
    values: rest.values ?? {},
    cwd,
    files,
    killGrace: rest.killGrace ?? 100,
  };
  const reports: Report[] = [];
  let execution: Execution | undefined;
  const ended = new Promise<AttemptEnd>((resolve) => {
    execution = commandStep({ PATH: process.env.PATH, BATON_STATE: "/the/state" }, systemScheduler).perform(
      job,
      (report) => {
        reports.push(report);
        if (report.kind === "ended") resolve(report.end);
      },
    );
  });
  return { job, reports, ended, execution: execution!, cwd };
}

/** Waits until a file contains a text. */
async function said(path: string, text: string): Promise<void> {
  for (;;) {
    try {
      if (readFileSync(path, "utf8").includes(text)) return;
    } catch {
      // Not there yet.
    }
    await new Promise(setImmediate);
  }
}

describe("a command", () => {
  test("a command gets its ids in the environment and an empty stdin", async () => {
    const { ended, job } = perform(
      'cat; echo "$BATON_WORKFLOW_ID $BATON_STEP_ID $BATON_ATTEMPT $BATON_STATE $BATON_V1 $MINE"',
      {
        values: { BATON_V1: "value" },
        config: { environment: { MINE: "mine" } },
      },
    );
    expect(await ended).toEqual({
      outcome: "completed",
      exitCode: 0,
      output: `${job.workflowId} a 1 /the/state value mine`,
    });
  });

  test("a command reports its process before its end", async () => {
    // The command must run long enough, because an ended process has no start time.
    const { ended, reports } = perform("sleep 0.1");
    await ended;
    expect(reports.map(({ kind }) => kind)).toEqual(["spawned", "ended"]);
    expect(reports[0]).toMatchObject({ pid: expect.any(Number), started: expect.stringMatching(/./) });
  });

  test.each([
    ["stdout, without its last newline", "echo one; echo two", "one\ntwo"],
    ["nothing", "true", ""],
    [
      "named lines, the last of a name",
      "echo '::output a=1'; echo noise; echo '::output b=x=y'; echo '::output a=2'",
      { a: "2", b: "x=y" },
    ],
    [
      "a JSON object, which wins",
      `echo '::output a=1'; echo '{"n": 1, "l": [true]}' > "$BATON_OUTPUT"`,
      { n: 1, l: [true] },
    ],
    ["named lines far before the end", "echo '::output early=yes'; seq 1 5000", { early: "yes" }],
    ["its stdout if the output file is empty", 'echo x; : > "$BATON_OUTPUT"', "x"],
  ])("a command outputs %s", async (_, command, output) => {
    expect(await perform(command).ended).toEqual({ outcome: "completed", exitCode: 0, output });
  });

  test("a command outputs the last 8 kB of a long stdout, in whole characters", async () => {
    const end = await perform("i=0; while [ $i -lt 900 ]; do echo 'ä€ää€ää€ää€ä'; i=$((i+1)); done; printf END").ended;
    const { output } = end as { output: string };
    expect(Buffer.byteLength(output)).toBeGreaterThan(8 * 1024 - 4);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(8 * 1024);
    expect(output).not.toContain("\ufffd");
    expect(output.endsWith("END")).toBe(true);
  });

  test.each([
    ["no JSON", "nonsense", /^\$BATON_OUTPUT is not JSON/],
    ["no object", "[1]", /^\$BATON_OUTPUT does not hold a JSON object$/],
    [
      "too deep",
      `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      /^\$BATON_OUTPUT holds .* nested deeper than 200 levels$/,
    ],
    ["too much", JSON.stringify({ x: "x".repeat(300_000) }), /^\$BATON_OUTPUT holds more than 256 kB$/],
  ])("a command with exit code 0 fails when its output is %s", async (_, text, message) => {
    const cwd = scratch();
    writeFileSync(join(cwd, "given"), text);
    const end = await perform('cat given > "$BATON_OUTPUT"', { cwd }).ended;
    expect(end).toMatchObject({
      outcome: "failed",
      reason: "output_invalid",
      exitCode: 0,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });

  test("a failed command keeps its output", async () => {
    expect(await perform("echo partly; echo '::output a=1'; echo why >&2; exit 9").ended).toEqual({
      outcome: "failed",
      reason: "exit_code",
      exitCode: 9,
      message: "exit code 9: why",
      output: { a: "1" },
    });
  });

  test("a command fails if its directory is a file or its environment too large", async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, "file"), "");
    expect(await perform("true", { cwd, config: { workingDirectory: "file" } }).ended).toMatchObject({
      reason: "working_directory_missing",
      message: `working directory ${join(cwd, "file")} is not a directory`,
    });
    const values = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`V${n}`, "x".repeat(100_000)]));
    expect(await perform("true", { values }).ended).toMatchObject({
      reason: "spawn_failed",
      hint: expect.stringContaining("too large together"),
    });
  });
});

describe("stopping a command", () => {
  test("a stopped command gets SIGTERM first, and time to end", async () => {
    const { execution, ended, job } = perform(
      'trap "echo tidied; exit 0" TERM; echo up; while :; do sleep 0.01; done',
      { killGrace: 60_000 },
    );
    await said(job.files.stdout, "up");
    execution.stop();
    execution.stop();
    await ended;
    expect(readFileSync(job.files.stdout, "utf8")).toBe("up\ntidied\n");
  });

  test("a stop kills the process group before the attempt ends", async () => {
    const { execution, ended, reports, job } = perform(
      'trap "" TERM; (trap "" TERM; sleep 60) & echo up; wait; sleep 60',
    );
    await said(job.files.stdout, "up");
    execution.stop();
    await ended;
    expect(groupExists((reports[0] as { pid: number }).pid)).toBe(false);
    expect(findByEnvironment({ BATON_WORKFLOW_ID: job.workflowId })).toEqual([]);
  });

  test("a stopped attempt does not end while a process of its group lives", async () => {
    const { execution, ended, reports, job } = perform('(trap "" TERM; echo up; sleep 60) & wait');
    await said(job.files.stdout, "up");
    execution.stop();
    await ended;
    expect(groupExists((reports[0] as { pid: number }).pid)).toBe(false);
  });

  test("an abandoned command is killed at once, and reports nothing more", async () => {
    const { execution, reports, job } = perform('trap "" TERM; echo up; sleep 60');
    await said(job.files.stdout, "up");
    execution.abandon();
    while (groupExists((reports[0] as { pid: number }).pid)) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(reports.map(({ kind }) => kind)).toEqual(["spawned"]);
  });

  test("background processes outlive a command that ended by itself", async () => {
    const { ended, job } = perform("sleep 60 & echo done");
    expect(await ended).toMatchObject({ outcome: "completed", output: "done" });
    const [left] = findByEnvironment({ BATON_WORKFLOW_ID: job.workflowId });
    expect(left).toBeGreaterThan(0);
    process.kill(left!, "SIGKILL");
  });
});
