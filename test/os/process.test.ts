import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findByEnvironment, groupExists, judge, killGroup, ownIdentity, startTimeOf } from "../../src/os/process.ts";
import { scratch } from "../rig/baton.ts";

/** A group of its own that says when it is up. */
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

describe("processes", () => {
  test("are known by pid and start time", async () => {
    const { pid } = await group("echo up; sleep 60");
    const started = startTimeOf(pid);
    expect(started).toMatch(/^\d+$/);
    const holder = { ...ownIdentity(), pid, processStarted: started! };
    expect(judge(holder)).toBe("alive");
    expect(judge({ ...holder, processStarted: "1" })).toBe("gone");
    expect(judge({ ...holder, bootId: "x" })).toBe("unknown");
    expect(judge({ ...holder, pid: 2 ** 30 })).toBe("gone");
    expect(judge(ownIdentity())).toBe("alive");
  });

  test("may have any name", async () => {
    const odd = join(scratch(), "a) R 1 (b c");
    copyFileSync("/bin/sleep", odd);
    const child = spawn(odd, ["60"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    while (!readFileSync(`/proc/${child.pid}/comm`, "utf8").startsWith("a) R")) await new Promise(setImmediate);
    expect(Number(startTimeOf(child.pid!))).toBeGreaterThan(0);
  });

  test("that are zombies are gone, alone and as a group", async () => {
    // The child ends and is not collected: its parent stops itself before it could.
    const parent = await group('sh -c "exit 0" & echo $!; kill -STOP $$');
    const stat = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8");
    const children = () => readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8").trim();
    while (children() === "" || !/\) Z /.test(stat(Number(children())))) await new Promise(setImmediate);
    expect(startTimeOf(Number(children()))).toBeUndefined();
    expect(groupExists(parent.pid)).toBe(true);
  });
});

describe("groups", () => {
  test("are killed whole", async () => {
    const child = await group("sleep 60 & sleep 60 & echo up; wait");
    expect(groupExists(child.pid)).toBe(true);
    const gone = once(child, "exit");
    expect(killGroup(child.pid, "SIGKILL")).toBe(true);
    await gone;
    while (groupExists(child.pid)) await new Promise(setImmediate);
    expect(killGroup(2 ** 30, "SIGKILL")).toBe(false);
  });
});

describe("finding by environment", () => {
  test("finds children and grandchildren, also those that left their group; all variables must match", async () => {
    const mark = { BATON_WORKFLOW_ID: `wf_${process.pid}`, BATON_STEP_ID: "a" };
    const file = join(scratch(), "pid");
    const child = await group(`setsid sh -c 'echo $$ > ${file}; sleep 60' & sleep 60 & echo up; wait`, mark);
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await new Promise(setImmediate);
    const stray = Number(readFileSync(file, "utf8"));
    const found = findByEnvironment(mark);
    expect(found).toContain(child.pid);
    expect(found).toContain(stray);
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(findByEnvironment({ ...mark, BATON_STEP_ID: "b" })).toEqual([]);
    expect(findByEnvironment({ ...mark, BATON_STEP_ID: "" })).toEqual([]);
    for (const pid of found) process.kill(pid, "SIGKILL");
  });

  test("never this process, nor those it descends from", () => {
    const variable = Object.entries(process.env).find(([name]) => name === "PATH")!;
    const found = findByEnvironment(Object.fromEntries([variable]) as Record<string, string>);
    expect(found).not.toContain(process.pid);
    expect(found).not.toContain(process.ppid);
  });
});
