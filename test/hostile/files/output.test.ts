import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { commandStep } from "../../../src/engine/steps/command.ts";
import { readOutput } from "../../../src/engine/steps/output.ts";
import type { AttemptEnd, Execution, Job, Report } from "../../../src/model/contracts/step.ts";
import { CHUNK_BYTES } from "../../../src/system/chunks.ts";
import { groupExists } from "../../../src/system/process.ts";
import { systemScheduler } from "../../../src/system/scheduler.ts";
import { scratch } from "../../rig/baton.ts";
import { bundle } from "../../rig/bundle.ts";
import { ODD, sparse } from "../../rig/odd.ts";

const filesIn = (cwd: string) => ({
  stdout: join(cwd, "out.log"),
  stderr: join(cwd, "err.log"),
  output: join(cwd, "output.json"),
});

/** Runs one command as a command step. The paths of its logs are in `$LOG` and `$ERR`. */
function perform(command: string, cwd = scratch()) {
  const files = filesIn(cwd);
  const config = { command, environment: { LOG: files.stdout, ERR: files.stderr } };
  const of = { workflowId: `wf_files_${process.pid}`, stepId: "a", attempt: 1 };
  const job: Job = { ...of, config, values: {}, cwd, files, killGrace: 100 };
  const reports: Report[] = [];
  let performing!: Execution;
  const ended = new Promise<AttemptEnd>((resolve) => {
    performing = commandStep({ PATH: process.env.PATH }, systemScheduler).perform(job, (report) => {
      reports.push(report);
      if (report.kind === "ended") resolve(report.end);
    });
  });
  return { ended, performing, reports, files };
}

const invalid = (message: string) => ({
  outcome: "failed",
  reason: "output_invalid",
  exitCode: 0,
  message: expect.stringContaining(message),
  hint: expect.stringMatching(/./),
});

describe("a command that replaces its output files fails with output_invalid", () => {
  test.each([
    ['rm "$BATON_OUTPUT"; mkfifo "$BATON_OUTPUT"', "$BATON_OUTPUT is a pipe, not a regular file"],
    ['ln -sf /dev/zero "$BATON_OUTPUT"', "$BATON_OUTPUT is a link, not a regular file"],
    ['ln -sf "$LOG" "$BATON_OUTPUT"', "$BATON_OUTPUT is a link, not a regular file"],
    ['rm "$BATON_OUTPUT"; mkdir "$BATON_OUTPUT"', "$BATON_OUTPUT is a directory, not a regular file"],
    ['truncate -s 3G "$BATON_OUTPUT"', "$BATON_OUTPUT holds more than 256 kB"],
    ['rm "$LOG"; mkfifo "$LOG"', "its stdout could not be read: is a pipe, not a regular file"],
    ['ln -sf /dev/zero "$LOG"', "its stdout could not be read: is a link, not a regular file"],
    ['truncate -s 3T "$LOG"', "its stdout is 3298534883328 bytes long"],
  ])("%s", async (command, message) => {
    expect(await perform(command).ended).toEqual(invalid(message));
  });

  test("a command that replaces its stderr log fails with its own exit code", async () => {
    const end = await perform('rm "$ERR"; mkfifo "$ERR"; exit 3').ended;
    expect(end).toMatchObject({ reason: "exit_code", message: "exit code 3", output: "" });
  });

  test.each([["a pipe"], ["a link to /dev/zero"], ["a directory"]])(
    "a command whose log is %s fails with spawn_failed and does not start",
    async (kind) => {
      for (const stream of ["stdout", "stderr"] as const) {
        const cwd = scratch();
        ODD[kind]!(filesIn(cwd)[stream]);
        const end = await perform("touch began", cwd).ended;
        expect(end).toMatchObject({
          outcome: "failed",
          reason: "spawn_failed",
          message: expect.stringContaining("not a regular file"),
        });
        expect(() => readFileSync(join(cwd, "began"))).toThrow("ENOENT");
      }
    },
  );
});

describe("unbounded output", () => {
  test.each([
    ["zeros in one line", 'truncate -s 64M "$LOG"', { outcome: "completed", output: "\0".repeat(8192) }],
    [
      "::output lines before and after a huge line",
      `echo '::output a=1'; truncate -s 600M "$LOG"; printf '\\n::output b=2' >> "$LOG"`,
      { outcome: "completed", output: { a: "1", b: "2" } },
    ],
    [
      "an endless ::output value",
      `printf '::output a=' ; truncate -s 600M "$LOG"`,
      invalid("its ::output lines hold more than 256 kB"),
    ],
  ])("an attempt with unbounded output ends: %s", async (_, command, end) => {
    expect(await perform(command).ended).toMatchObject(end);
  });

  test("readOutput yields to the event loop after each chunk", async () => {
    const files = filesIn(scratch());
    sparse(files.stdout, 256 * 1024 ** 2);
    const done = new AbortController();
    const turns = countTurns(done.signal);
    expect(await readOutput(files)).toMatchObject({ ok: true });
    done.abort();
    expect(await turns).toBeGreaterThanOrEqual((256 * 1024 * 1024) / CHUNK_BYTES);
  });

  test("stop ends an attempt whose huge output is still being read", async () => {
    const { ended, performing, reports } = perform(`echo '::output a=1'; truncate -s 15G "$LOG"`);
    const { pid } = reports[0] as { pid: number };
    while (groupExists(pid)) await new Promise(setImmediate);
    // The command has ended, and its output is being read.
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(reports.map(({ kind }) => kind)).toEqual(["spawned"]);
    performing.stop();
    // A complete read would find the ::output line.
    expect(await ended).toEqual({ outcome: "completed", exitCode: 0, output: "\0".repeat(8192) });
  });

  describe("memory", () => {
    let program: string;
    beforeAll(async () => {
      program = await bundle(new URL("./output-reader.ts", import.meta.url));
    });

    test("readOutput takes at most 100 MB more for 300 MB of output than for 1 MB", async () => {
      const room = async (lines: number) => {
        const cwd = scratch();
        const line = `::output a=${"x".repeat(1_000)}\n`;
        writeFileSync(filesIn(cwd).stdout, line.repeat(lines));
        const { stdout } = await promisify(execFile)(process.execPath, [program, cwd]);
        return JSON.parse(stdout) as { ok: boolean; kilobytes: number };
      };
      const [little, much] = [await room(1_000), await room(300_000)];
      expect([little.ok, much.ok]).toEqual([true, true]);
      expect(much.kilobytes - little.kilobytes).toBeLessThan(100 * 1024);
    });
  });
});

test("invalid UTF-8 in stdout, stderr, ::output and $BATON_OUTPUT becomes U+FFFD", async () => {
  expect(await perform("printf 'caf\\303'").ended).toMatchObject({ output: "caf\ufffd" });
  expect(await perform("printf '::output a=\\377b\\303'").ended).toMatchObject({ output: { a: "\ufffdb\ufffd" } });
  expect(await perform("printf 'why \\342\\202' >&2; exit 1").ended).toMatchObject({
    message: "exit code 1: why \ufffd",
  });
  expect(await perform(`printf '{"a": "\\303"}' > "$BATON_OUTPUT"`).ended).toMatchObject({ output: { a: "\ufffd" } });
});

/** The number of event loop turns until the signal. */
async function countTurns(until: AbortSignal): Promise<number> {
  let turns = 0;
  while (!until.aborted) {
    await new Promise(setImmediate);
    turns++;
  }
  return turns;
}
