import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  findByEnvironment,
  groupExists,
  holderLiveness,
  killGroup,
  ownIdentity,
  startTimeOf,
} from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";

/** A pid that no process has: Linux and macOS give only lower ones. */
const NOBODY = 2 ** 30;

/** Starts a process group, and resolves when it is up. */
async function group(script: string, env: Record<string, string> = {}): Promise<ChildProcess & { pid: number }> {
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void killGroup(child.pid!, "SIGKILL"));
  await once(child.stdout!, "data");
  return child as ChildProcess & { pid: number };
}

/** Waits for a condition that another process brings about, up to the time limit of the test. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

const written = (file: string) => existsSync(file) && readFileSync(file, "utf8").endsWith("\n");
const ps = (pid: number, field: string) =>
  execFileSync("ps", ["-o", `${field}=`, "-p", String(pid)], { encoding: "utf8" }).trim();

/** A zombie that its parent never collects, alone in its process group. */
async function zombie(): Promise<number> {
  const file = join(scratch(), "pid");
  // The shell becomes a program that never waits for the child it inherits; the child ends after that, or the shell
  // would collect it.
  const orphaned = "until ps -o comm= -p $PPID | grep -q sleep; do :; done";
  await group(`setsid sh -c 'echo $$ > ${file}; ${orphaned}' & echo up; exec sleep 60`);
  await until(() => written(file));
  const pid = Number(readFileSync(file, "utf8"));
  await until(() => ps(pid, "stat").startsWith("Z"));
  return pid;
}

describe("processes", () => {
  test("a process is identified by pid and start time", async () => {
    const { pid } = await group("echo up; sleep 60");
    const started = startTimeOf(pid)!;
    expect(started).toBe(startTimeOf(pid));
    expect(started).not.toBe(startTimeOf(process.pid));
    const holder = { ...ownIdentity(), pid, processStarted: started };
    expect(holderLiveness(holder)).toBe("alive");
    expect(holderLiveness({ ...holder, processStarted: "1" })).toBe("gone");
    expect(holderLiveness({ ...holder, pid: NOBODY })).toBe("gone");
    expect(holderLiveness(ownIdentity())).toBe("alive");
  });

  test("a process of another boot or pid namespace is unknown", () => {
    expect(holderLiveness({ ...ownIdentity(), bootId: "x" })).toBe("unknown");
    expect(holderLiveness({ ...ownIdentity(), pidNamespace: "pid:[1]" })).toBe("unknown");
  });

  test("a process may have any name", async () => {
    const odd = join(scratch(), "a) R 1 (b c");
    copyFileSync("/bin/sleep", odd);
    const child = spawn(odd, ["60"], { detached: true });
    onTestFinished(() => void child.kill("SIGKILL"));
    await until(() => ps(child.pid!, "comm").includes("a) R 1 (b c"));
    expect(holderLiveness({ ...ownIdentity(), pid: child.pid!, processStarted: startTimeOf(child.pid!)! })).toBe(
      "alive",
    );
    // No part of the name is read as a field: the process is found in its group.
    expect(groupExists(child.pid!)).toBe(true);
  });

  test("a zombie counts as an ended process", async () => {
    const pid = await zombie();
    expect(startTimeOf(pid)).toBeUndefined();
    expect(holderLiveness({ ...ownIdentity(), pid })).toBe("gone");
  });
});

describe("process groups", () => {
  test("a process group is killed as a whole", async () => {
    const child = await group("sleep 60 & sleep 60 & echo up; wait");
    expect(groupExists(child.pid)).toBe(true);
    expect(killGroup(child.pid, "SIGKILL")).toBe(true);
    await until(() => !groupExists(child.pid));
    expect(startTimeOf(child.pid)).toBeUndefined();
  });

  test("a process group exists without its leader", async () => {
    const child = await group("sleep 60 & echo up");
    if (child.exitCode === null) await once(child, "exit");
    expect(startTimeOf(child.pid)).toBeUndefined();
    expect(groupExists(child.pid)).toBe(true);
    expect(killGroup(child.pid, "SIGKILL")).toBe(true);
    await until(() => !groupExists(child.pid));
  });

  test("a process group of zombies alone does not exist", async () => {
    expect(groupExists(await zombie())).toBe(false);
  });

  test("a group that cannot belong to a step gets no signal", () => {
    expect(groupExists(NOBODY)).toBe(false);
    // For kill(2), 0 is the caller's own group and -1 every process. The signal would do no harm.
    for (const group of [NOBODY, 0, 1, -1, Number.NaN]) expect(killGroup(group, "SIGWINCH")).toBe(false);
  });

  test("a process group of another user gets no signal, without an error", ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can start another user's process");
    const child = spawn("/bin/sleep", ["60"], { detached: true, uid: 54_321, gid: 54_321 });
    onTestFinished(() => void child.kill("SIGKILL"));
    process.seteuid!(54_320);
    try {
      expect(killGroup(child.pid!, "SIGKILL")).toBe(false);
    } finally {
      process.seteuid!(0);
    }
    expect(groupExists(child.pid!)).toBe(true);
  });
});

describe("a search by environment", () => {
  test("finds descendants by environment, even outside their group", async () => {
    const mark = { BATON_WORKFLOW_ID: `wf_${process.pid}`, BATON_STEP_ID: "a" };
    const file = join(scratch(), "pid");
    const child = await group(`setsid sh -c 'echo $$ > ${file}; sleep 60' & sleep 60 & echo up; wait`, mark);
    await until(() => written(file));
    const stray = Number(readFileSync(file, "utf8"));
    onTestFinished(() => void killGroup(stray, "SIGKILL"));
    // The two shells, and the command of each.
    await until(() => findByEnvironment(mark).length === 4);
    expect(findByEnvironment(mark)).toEqual(expect.arrayContaining([child.pid, stray]));
    expect(findByEnvironment({ ...mark, BATON_STEP_ID: "b" })).toEqual([]);
    expect(findByEnvironment({ ...mark, BATON_STEP_ID: "" })).toEqual([]);
    expect(findByEnvironment({ ...mark, BATON_ATTEMPT: "1" })).toEqual([]);
    expect(findByEnvironment({ TON_STEP_ID: "a", BATON_WORKFLOW_ID: mark.BATON_WORKFLOW_ID })).toEqual([]);
  });

  test("a search by environment never finds its own process or ancestors", async () => {
    const finder = await bundle(new URL("finder.ts", import.meta.url));
    const value = `v${process.pid}`;
    // Two waiting shells are the ancestors of the process that searches.
    const nested = `/bin/sh -c '"$0" "$@"; true' "$0" "$@"; true`;
    const { stdout } = await promisify(execFile)(
      "/bin/sh",
      ["-c", nested, process.execPath, finder, "BATON_TEST_MARK", value],
      { env: { ...process.env, BATON_TEST_MARK: value } },
    );
    const { child, found } = JSON.parse(stdout);
    expect(found).toEqual([child]);
  });
});
