import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verify } from "../../src/engine/owner/verification.ts";
import { commandStep } from "../../src/engine/steps/command.ts";
import type { AttemptEnd, Execution, Job, Report } from "../../src/model/contracts/step.ts";
import type { CheckResult } from "../../src/model/evidence.ts";
import type { Check } from "../../src/model/worker.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { scratch } from "../rig/baton.ts";

let runs = 0;

/** Verifies a delivery with real processes. `ended` resolves with the outcome. */
function check(
  checks: readonly Check[],
  rest: { delivered?: JsonValue; values?: Record<string, string>; cwd?: string; passed?: string[] } = {},
) {
  const cwd = rest.cwd ?? scratch();
  const passed = rest.passed && { passed: new Set(rest.passed) };
  const logs = join(cwd, "logs");
  mkdirSync(logs);
  const files = { stdout: join(logs, "out.log"), stderr: join(logs, "err.log"), output: join(logs, "output.json") };
  const workflowId = `wf_verify_${process.pid}_${runs++}`;
  const job: Job = {
    ...{ workflowId, stepId: "a", attempt: 1, config: {}, cwd, files, killGrace: 100 },
    values: rest.values ?? {},
  };
  const reports: Report[] = [];
  const results: CheckResult[] = [];
  let execution: Execution | undefined;
  const ended = new Promise<AttemptEnd>((resolve) => {
    const command = commandStep({ PATH: process.env.PATH }, systemScheduler);
    execution = verify(
      { job, checks, delivered: rest.delivered ?? null, ...passed, command, scheduler: systemScheduler },
      (report) => {
        reports.push(report);
        if (report.kind !== "ended") return;
        const { checks, ...end } = report.end;
        results.push(...(checks ?? []));
        resolve(end as AttemptEnd);
      },
    );
  });
  const left = () => findByEnvironment({ BATON_WORKFLOW_ID: workflowId });
  return { job, cwd, files, reports, results, ended, execution: execution!, left };
}

const failed = (message: string) => ({ outcome: "failed", reason: "verification_failed", message });

async function said(path: string, text: string): Promise<void> {
  for (;;) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && readFileSync(path, "utf8").includes(text)) return;
    await new Promise(setImmediate);
  }
}

describe("checks", () => {
  test("checks run in order in their working directories, and report each process", async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, "src"));
    const { ended, reports, files } = check(
      [
        { command: "echo 1 >> order" },
        { file: "order", contains: "1" },
        { command: "pwd > ../where; echo 2 >> ../order", workingDirectory: "src" },
        { file: "where", matches: "/src$" },
        { command: 'printf "%s" "$BATON_STEP_ID.$BATON_ATTEMPT" > of' },
      ],
      { cwd },
    );
    expect(await ended).toEqual({ outcome: "completed" });
    expect(reports.map(({ kind }) => kind)).toEqual(["spawned", "spawned", "spawned", "ended"]);
    expect(readFileSync(join(cwd, "order"), "utf8")).toBe("1\n2\n");
    expect(readFileSync(join(cwd, "of"), "utf8")).toBe("a.1");
    expect(readFileSync(files.stdout, "utf8").split("\n")[0]).toBe("$ echo 1 >> order");
  });

  test("checks stop at the first failure, and report its output", async () => {
    const { ended, cwd } = check([
      { command: "echo fine" },
      { command: "echo out; echo err >&2; exit 3", name: "the tests" },
      { command: "touch reached" },
    ]);
    expect(await ended).toEqual(failed('check "the tests" failed: exit code 3\nout\nerr'));
    expect(readdirSync(cwd)).not.toContain("reached");
  });

  test("a verification tells how each check went that ran; a command that passed on the same tree runs no more", async () => {
    const checks = [
      { command: "touch ran", workingDirectory: "." },
      { command: `printf '%01000d' 0; false`, workingDirectory: "/tmp/" },
      { command: "true" },
    ];
    const { ended, results, cwd } = check(checks, { passed: [".\ntouch ran"] });
    expect(await ended).toMatchObject({ outcome: "failed" });
    expect(results).toEqual([
      { check: "touch ran", outcome: "passed", reused: true },
      {
        ...{ check: checks[1]!.command, workingDirectory: "/tmp", outcome: "failed", exitCode: 1 },
        message: `…${"0".repeat(499)}`,
      },
    ]);
    expect(readdirSync(cwd)).not.toContain("ran");
  });

  test("a verification without checks passes", async () => {
    expect(await check([]).ended).toEqual({ outcome: "completed" });
  });

  test("a failed check reports only the end of its own output", async () => {
    const { ended } = check([
      { command: "echo before; echo before >&2" },
      { command: "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exit 1" },
    ]);
    const end = (await ended) as { message: string };
    expect(end.message).toContain("line 1999");
    expect(end.message).not.toContain("line 1000\n");
    expect(end.message).not.toContain("before");
    expect(end.message.length).toBeLessThan(4_000);
  });

  test("checks find the delivered output as JSON in $BATON_DELIVERED", async () => {
    const delivered = { files: ["a b"], n: 1 };
    const command = `[ "$(cat "$BATON_DELIVERED")" = '{"files":["a b"],"n":1}' ]`;
    expect(await check([{ command }, { command }], { delivered }).ended).toEqual({ outcome: "completed" });
    expect(await check([{ command: '[ "$(cat "$BATON_DELIVERED")" = null ]' }]).ended).toEqual({
      outcome: "completed",
    });
  });

  test("checks are named by rendered commands, but values never become shell text", async () => {
    const values = { BATON_V1: "$(touch harm)", BATON_V2: "two" };
    const { ended, cwd, files } = check([{ command: 'test "${BATON_V1}" = \'\'"${BATON_V2}"\'\' "${BATON_V3}"' }], {
      values,
    });
    const end = (await ended) as { message: string };
    expect(end.message).toContain('check "test $(touch harm) = \'two\' "${BATON_V3}"" failed: exit code');
    expect(readFileSync(files.stdout, "utf8")).toContain("$ test $(touch harm)");
    expect(readdirSync(cwd)).not.toContain("harm");
  });

  test("checks pass by exit code alone, and ignore $BATON_OUTPUT", async () => {
    const checks = [{ command: 'echo "no JSON" > "$BATON_OUTPUT"' }, { command: "true" }];
    expect(await check(checks).ended).toEqual({ outcome: "completed" });
  });

  test("a check that cannot be started fails", async () => {
    const { ended, reports } = check([{ command: "true", workingDirectory: "nowhere" }]);
    expect(((await ended) as { message: string }).message).toMatch(/^check "true" failed: working directory .*nowhere/);
    expect(reports.map(({ kind }) => kind)).toEqual(["ended"]);
  });
});

describe("a check that takes too long", () => {
  test("a check that exceeds its timeout is killed and fails", async () => {
    const { ended, left, cwd } = check([
      { command: "sh -c 'trap \"\" TERM; sleep 300' & echo here; sleep 300", timeout: 200 },
      { command: "touch reached" },
    ]);
    expect(await ended).toEqual(
      failed(
        'check "sh -c \'trap "" TERM; sleep 300\' & echo here; sleep 300" failed: it took longer than 200 ms\nhere',
      ),
    );
    expect(left()).toEqual([]);
    expect(readdirSync(cwd)).not.toContain("reached");
  });
});

describe("a verification that is stopped", () => {
  test("a stopped verification ends after its process group, without further checks", async () => {
    const { ended, execution, files, cwd, left } = check([
      { command: "trap 'exit 0' TERM; echo here; while :; do sleep 0.01; done" },
      { command: "touch reached" },
    ]);
    await said(files.stdout, "\nhere");
    execution.stop();
    execution.stop();
    expect(await ended).toMatchObject({ outcome: "failed" });
    expect(left()).toEqual([]);
    expect(readdirSync(cwd)).not.toContain("reached");
  });

  test("an abandoned verification ends at once and reports nothing", async () => {
    const { execution, reports, files, left } = check([{ command: "echo here; sleep 300" }]);
    await said(files.stdout, "\nhere");
    execution.abandon();
    while (left().length > 0) await new Promise(setImmediate);
    expect(reports.map(({ kind }) => kind)).toEqual(["spawned"]);
  });

  test("a verification ignores a stop after its end", async () => {
    const { execution, ended, reports } = check([{ file: "a", exists: false }]);
    await ended;
    execution.stop();
    execution.abandon();
    expect(reports).toHaveLength(1);
  });
});

describe("a check of a file", () => {
  const files = () => {
    const cwd = scratch();
    writeFileSync(join(cwd, "text"), "one\ntwo three\nÄrger\n");
    mkdirSync(join(cwd, "dir"));
    symlinkSync("text", join(cwd, "link"));
    symlinkSync("round", join(cwd, "round"));
    return cwd;
  };

  test.each<Check>([
    { file: "text" },
    { file: "dir" },
    { file: "link", contains: "two" },
    { file: "none", exists: false },
    { file: "text/none", exists: false },
    { file: "text", contains: "two three\nÄ" },
    { file: "text", matches: "^two" },
    { file: "text", matches: "^\\p{Lu}rger$", contains: "one" },
  ])("passes the file check %j", async (one) => {
    expect(await check([one], { cwd: files() }).ended).toEqual({ outcome: "completed" });
  });

  test.each<[Check, string]>([
    [{ file: "none" }, 'check "none" failed: CWD/none does not exist'],
    [{ file: "text/none" }, 'check "text/none" failed: CWD/text/none does not exist'],
    [{ file: "none", contains: "x", name: "notes" }, 'check "notes" failed: CWD/none does not exist'],
    [{ file: "text", exists: false }, 'check "text" failed: CWD/text exists'],
    [{ file: "dir", contains: "x" }, 'check "dir" failed: CWD/dir is not a file'],
    [{ file: "text", contains: "four" }, 'check "text" failed: CWD/text does not contain "four"'],
    [{ file: "text", matches: "^three" }, 'check "text" failed: CWD/text does not match /^three/'],
    [{ file: "text", contains: "one", matches: "x" }, 'check "text" failed: CWD/text does not match /x/'],
    [
      { file: "text", matches: "(" },
      'check "text" could not be run: Invalid regular expression: /(/mu: Unterminated group',
    ],
    [
      { file: "round" },
      "check \"round\" could not be run: ELOOP: too many symbolic links encountered, stat 'CWD/round'",
    ],
  ])("fails the file check %j", async (one, message) => {
    const cwd = files();
    // After a command, so that no caller on the stack catches what is thrown.
    const checks = [{ command: "true" }, one];
    expect(await check(checks, { cwd }).ended).toEqual(failed(message.replaceAll("CWD", cwd)));
  });

  test.each([
    ["a line with an end\n".repeat(10_000), "with.*end$", undefined],
    ["aaa", "(a|a)+$", "/(a|a)+$/ repeats something that can match one text in many ways, so matching may never end"],
    ["a\n".repeat(20_000), "[^z]+z", "it is 40000 characters long; /[^z]+z/ can be applied to at most 31622"],
    ["a".repeat(40_000), "a+b", "a line of it is 40000 characters long; /a+b/ can be applied to at most 31622"],
  ])("applies no pattern that might block the process, case %#", async (text, matches, why) => {
    const cwd = scratch();
    writeFileSync(join(cwd, "f"), text);
    const { ended } = check([{ file: "f", matches }], { cwd });
    const refused = failed(`check "f" failed: ${cwd}/f cannot be searched: ${why}`);
    expect(await ended).toEqual(why === undefined ? { outcome: "completed" } : refused);
  });

  test("a file check does not read a file beyond 64 MB", async () => {
    const cwd = scratch();
    const { ended } = check([{ command: "truncate -s 65M big" }, { file: "big", contains: "x" }], { cwd });
    expect(await ended).toEqual(failed(`check "big" failed: ${cwd}/big is larger than 64 MB and was not read`));
  });
});
