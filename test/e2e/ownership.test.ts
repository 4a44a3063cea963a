import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { findByEnvironment } from "../../src/system/process.ts";
import { BATON, baton, scratch } from "../rig/baton.ts";
import { Rpc } from "../rig/rpc.ts";

/** Short heartbeats, so that a frozen owner is detected within a test. */
const FAST = { BATON_HEARTBEAT: "100", BATON_STALE_AFTER: "700", BATON_MAX_PARALLEL: "2" };

async function serve(cwd: string, env: Record<string, string> = {}): Promise<Rpc> {
  const rpc = await Rpc.start(cwd, "2026-07-28", { env: { ...FAST, ...env } });
  onTestFinished(() => rpc.kill());
  return rpc;
}

const journal = (cwd: string, id: string): JournalEvent[] =>
  readFileSync(join(cwd, ".baton/runs", id, "journal.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
const lines = (cwd: string, file: string) =>
  existsSync(join(cwd, file)) ? readFileSync(join(cwd, file), "utf8").trim().split("\n") : [];
const ended = (run: { success?: boolean }) => run.success !== undefined;
const ran = 'echo "$BATON_STEP_ID" >> ran.txt';
/** A shell loop that waits until the test creates the file `go`. */
const gate = "until [ -e go ]; do sleep 0.02; done";
const stepOf = (run: { steps: { id: string; status: string; attempt: number }[] }, id: string) =>
  run.steps.find((step) => step.id === id)!;

const gated = {
  name: "Gated",
  steps: [
    { id: "first", command: ran },
    { id: "waits", command: `${gate}; ${ran}` },
    { id: "last", command: ran },
  ],
  dependencies: [
    { from: "first", to: "waits" },
    { from: "waits", to: "last" },
  ],
};

describe("two processes on one state directory", () => {
  test("a server that does not own a run shows, pauses, resumes and cancels it through the owner", async () => {
    const cwd = scratch();
    const [one, two] = [await serve(cwd), await serve(cwd)];
    const { workflowId } = await one.data("execute_workflow", { workflow: gated });
    await two.until(workflowId, (run) => stepOf(run, "waits").status === "running");
    expect(await two.data("monitor_workflow", { workflowId, action: "pause" })).toMatchObject({ status: "paused" });
    writeFileSync(join(cwd, "go"), "");
    const paused = await two.until(workflowId, (run) => stepOf(run, "waits").status === "completed");
    expect(paused).toMatchObject({ status: "paused", activeSteps: [] });
    const again = await two.tool("monitor_workflow", { workflowId, action: "pause" });
    expect(again).toMatchObject({ isError: true, structuredContent: { error: { reason: "illegal_transition" } } });
    expect(again.content[0]!.text).toContain("cannot pause a run that is paused");
    await two.data("monitor_workflow", { workflowId, action: "resume" });
    expect(await one.until(workflowId, ended)).toMatchObject({ status: "completed" });
    expect(lines(cwd, "ran.txt")).toEqual(["first", "waits", "last"]);
    // Every message went through the owner, which kept the run.
    expect(journal(cwd, workflowId).every(({ epoch }) => epoch === 1)).toBe(true);

    const slow = await one.data("execute_workflow", {
      workflow: {
        name: "Slow",
        steps: [
          { id: "a", command: "sleep 60 & sleep 60" },
          { id: "b", command: "true", condition: "on_complete(a)" },
        ],
      },
    });
    const cancelled = await two.data("monitor_workflow", {
      workflowId: slow.workflowId,
      action: "cancel",
      waitSeconds: 20,
    });
    expect(cancelled).toMatchObject({ status: "cancelled", success: false, metrics: { cancelledSteps: 2 } });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: slow.workflowId })).toEqual([]);
  });

  test("a second server takes over a run whose owner was killed, and repeats no finished step", async () => {
    const cwd = scratch();
    const [one, two] = [await serve(cwd), await serve(cwd)];
    const { workflowId } = await one.data("execute_workflow", { workflow: gated });
    await two.until(workflowId, (run) => stepOf(run, "waits").status === "running");
    await one.kill("SIGKILL");
    writeFileSync(join(cwd, "go"), "");
    expect(await two.until(workflowId, ended)).toMatchObject({ status: "completed" });
    expect(lines(cwd, "ran.txt").filter((line) => line === "first")).toEqual(["first"]);
    expect(journal(cwd, workflowId).filter(({ type }) => type === "lease_taken")).toMatchObject([{ epoch: 2 }]);
  });

  test("a frozen owner that lost its run writes nothing after it wakes", async () => {
    const cwd = scratch();
    const [one, two] = [await serve(cwd), await serve(cwd)];
    const { workflowId } = await one.data("execute_workflow", { workflow: gated });
    await two.until(workflowId, (run) => stepOf(run, "waits").status === "running");
    one.child.kill("SIGSTOP");
    await two.until(workflowId, (run) => stepOf(run, "waits").attempt === 2);
    one.child.kill("SIGCONT");
    // The woken process learns that it lost the run, and shows the state that the new owner wrote.
    const seen = await one.until(workflowId, (run) => stepOf(run, "waits").attempt === 2);
    expect(seen.status).toBe("running");
    writeFileSync(join(cwd, "go"), "");
    const [a, b] = await Promise.all([one.until(workflowId, ended), two.until(workflowId, ended)]);
    expect(a.rev).toBe(b.rev);
    expect(a.steps).toEqual(b.steps);
    expect(lines(cwd, "ran.txt")).toEqual(["first", "waits", "last"]);
  });

  test("of ten servers that race for a run without an owner, one takes the lease", async () => {
    const cwd = scratch();
    const first = await serve(cwd);
    const { workflowId } = await first.data("execute_workflow", { workflow: gated });
    await first.until(workflowId, (run) => stepOf(run, "waits").status === "running");
    await first.kill("SIGKILL");
    writeFileSync(join(cwd, "go"), "");
    // Ten starting processes slow each other down; a long BATON_STALE_AFTER keeps them from looking frozen.
    const racers = await Promise.all(Array.from({ length: 10 }, () => serve(cwd, { BATON_STALE_AFTER: "60000" })));
    const views = await Promise.all(racers.map((racer) => racer.until(workflowId, ended)));
    expect(new Set(views.map((view) => `${view.status} ${view.rev}`)).size).toBe(1);
    expect(views[0]).toMatchObject({ status: "completed" });
    expect(journal(cwd, workflowId).filter(({ type }) => type === "lease_taken")).toHaveLength(1);
    expect(lines(cwd, "ran.txt").filter((line) => line === "first" || line === "last")).toEqual(["first", "last"]);
  });

  test("one idempotencyKey starts one run across two servers; another definition is a key_conflict", async () => {
    const cwd = scratch();
    const [one, two] = [await serve(cwd), await serve(cwd)];
    const call = {
      workflow: { name: "Once", steps: [{ id: "a", command: ran }] },
      idempotencyKey: "k",
      waitSeconds: 20,
    };
    const [a, b] = await Promise.all([one.data("execute_workflow", call), two.data("execute_workflow", call)]);
    expect(a.workflowId).toBe(b.workflowId);
    await one.until(a.workflowId, ended);
    expect(lines(cwd, "ran.txt")).toEqual(["a"]);
    const other = await one.tool("execute_workflow", {
      ...call,
      workflow: { name: "Other", steps: [{ id: "a", command: "true" }] },
    });
    expect(other).toMatchObject({
      isError: true,
      structuredContent: { workflowId: a.workflowId, error: { reason: "key_conflict" } },
    });
  });
});

describe("a run without an owner", () => {
  async function orphan(cwd: string, workflow: object): Promise<string> {
    const rpc = await serve(cwd);
    const { workflowId } = await rpc.data("execute_workflow", { workflow });
    await rpc.until(
      workflowId,
      (run) => run.activeSteps.length > 0 && stepOf(run, run.activeSteps[0].id).status === "running",
    );
    await rpc.until(workflowId, (run) => run.rev >= 3);
    await rpc.kill("SIGKILL");
    return workflowId;
  }
  const slow = {
    name: "Slow",
    steps: [
      { id: "a", command: `${gate}; ${ran}` },
      { id: "b", command: ran },
    ],
    dependencies: [{ from: "a", to: "b" }],
  };

  test("baton cancel kills the step processes of a run without an owner and starts nothing", async () => {
    const cwd = scratch();
    const id = await orphan(cwd, slow);
    const status = JSON.parse((await baton(cwd, ["status", id, "--json"])).stdout);
    expect(status).toMatchObject({
      status: "running",
      note: "Its owner process died; the next Baton server continues it, or resume does.",
    });
    const cancelled = await baton(cwd, ["cancel", id, "--json"]);
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ status: "cancelled" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: id })).toEqual([]);
    expect(lines(cwd, "ran.txt")).toEqual([]);
  });

  test("baton pause and baton resume take over a run without an owner", async () => {
    const cwd = scratch();
    const id = await orphan(cwd, slow);
    expect(JSON.parse((await baton(cwd, ["pause", id, "--json"])).stdout)).toMatchObject({
      status: "paused",
      activeSteps: [],
    });
    writeFileSync(join(cwd, "go"), "");
    const resumed = await baton(cwd, ["resume", id]);
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(resumed.stdout).toContain("Slow: completed. 2 of 2 steps completed");
    expect(lines(cwd, "ran.txt")).toEqual(["a", "b"]);
  });

  test("a run whose owner died before BATON_RESUME_WITHIN is interrupted and waits for resume", async () => {
    const cwd = scratch();
    const id = await orphan(cwd, slow);
    const later = { ...FAST, BATON_RESUME_WITHIN: "0" };
    expect(JSON.parse((await baton(cwd, ["status", id, "--json"], later)).stdout)).toMatchObject({
      status: "interrupted",
    });
    const rpc = await serve(cwd, later);
    expect(await rpc.data("monitor_workflow", { workflowId: id, waitSeconds: 1 })).toMatchObject({
      status: "interrupted",
    });
    writeFileSync(join(cwd, "go"), "");
    await rpc.data("monitor_workflow", { workflowId: id, action: "resume" });
    expect(await rpc.until(id, ended)).toMatchObject({ status: "completed" });
  });

  test.each([
    ["fail", "failed", { reason: "crashed" }],
    ["ask", "ready", undefined],
  ])("after a crash, onCrash: %s makes the step %s", async (onCrash, status, error) => {
    const cwd = scratch();
    const id = await orphan(cwd, { name: "Careful", steps: [{ id: "a", command: "sleep 60", onCrash }] });
    const rpc = await serve(cwd);
    const run = await rpc.until(id, (run) => run.status !== "running");
    expect(stepOf(run, "a")).toMatchObject({ status, ...(error && { error }) });
    if (!error) expect(stepOf(run, "a")).not.toHaveProperty("error");
    expect(run.status).toBe(onCrash === "ask" ? "paused" : "failed");
    if (onCrash === "ask") expect(run.note).toContain("onCrash is ask");
  });

  test("a detached run outlives the server that started it; its owner process exits with the run", async () => {
    const cwd = scratch();
    const rpc = await serve(cwd);
    const { workflowId } = await rpc.data("execute_workflow", { workflow: gated, detach: true });
    await rpc.kill("SIGKILL");
    const other = await serve(cwd);
    await other.until(workflowId, (run) => stepOf(run, "waits").status === "running");
    const { pid } = journal(cwd, workflowId).find(({ type }) => type === "lease_taken") as { pid: number };
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain(workflowId);
    writeFileSync(join(cwd, "go"), "");
    expect(await other.until(workflowId, ended)).toMatchObject({ status: "completed" });
    expect(journal(cwd, workflowId).filter(({ type }) => type === "lease_taken")).toHaveLength(1);
    while (existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "")
      await new Promise(setImmediate);
  });
});

describe("damaged or unwritable state", () => {
  test("a damaged run stays readable, harms no other run, and resumes with --force", async () => {
    const cwd = scratch();
    const rpc = await serve(cwd);
    const good = await rpc.data("execute_workflow", {
      workflow: { name: "Good", steps: [{ id: "a", command: "true" }] },
      waitSeconds: 20,
    });
    const bad = await rpc.data("execute_workflow", { workflow: gated });
    await rpc.until(bad.workflowId, (run) => stepOf(run, "waits").status === "running");
    await rpc.kill("SIGKILL");
    appendFileSync(
      join(cwd, ".baton/runs", bad.workflowId, "journal.jsonl"),
      'garbage\n{"at":1,"epoch":1,"type":"run_resumed"}\n',
    );
    mkdirSync(join(cwd, ".baton/runs/wf_0000000000"));
    writeFileSync(join(cwd, ".baton/runs/wf_0000000000/definition.json"), "{");

    const next = await serve(cwd);
    const { runs } = await next.data("monitor_workflow", { action: "list" });
    expect(runs).toHaveLength(3);
    expect(runs.find((run: { workflowId: string }) => run.workflowId === good.workflowId).status).toBe("completed");
    expect(await next.data("monitor_workflow", { workflowId: bad.workflowId })).toMatchObject({
      status: "damaged",
    });
    const refused = await next.tool("monitor_workflow", { workflowId: bad.workflowId, action: "resume" });
    expect(refused.content[0]!.text).toContain("is damaged");
    expect(refused.content[0]!.text).toContain(`baton resume ${bad.workflowId} --force`);
    expect((await baton(cwd, ["resume", bad.workflowId])).code).toBe(4);
    writeFileSync(join(cwd, "go"), "");
    expect(await baton(cwd, ["resume", bad.workflowId, "--force"])).toMatchObject({ code: 0 });
    expect(
      readdirSync(join(cwd, ".baton/runs", bad.workflowId)).some((name) => name.startsWith("journal.damaged-")),
    ).toBe(true);
  });

  test("a state directory that cannot be written is an io_error, and the server goes on", async () => {
    const cwd = scratch();
    const state = join(cwd, "file");
    writeFileSync(state, "not a directory");
    const rpc = await serve(cwd, { BATON_STATE: state });
    const answer = await rpc.tool("execute_workflow", { workflow: gated });
    expect(answer).toMatchObject({ isError: true, structuredContent: { error: { reason: "io_error" } } });
    expect(answer.content[0]!.text).toContain("--state or BATON_STATE");
    expect((await rpc.data("execute_workflow", { workflow: gated, dryRun: true })).valid).toBe(true);
  });

  test("a full disk loses no acknowledged event; the server goes on, and the run continues once there is space", async () => {
    const cwd = scratch();
    // A limit on file sizes acts like a full disk: writes fail with EFBIG. One block is 512 bytes here.
    const script = `trap "" XFSZ; ulimit -f 12; exec ${process.execPath} ${BATON} serve`;
    const child = spawn("/bin/sh", ["-c", script], { cwd, env: { ...process.env, ...FAST, BATON_STATE: "" } });
    const rpc = await Rpc.over(child);
    onTestFinished(() => rpc.kill());
    const steps = Array.from({ length: 30 }, (_, n) => ({ id: `s${n}`, command: ran }));
    const { workflowId } = await rpc.data("execute_workflow", { workflow: { name: "Big", steps }, mode: "sequential" });
    const stuck = await rpc.until(workflowId, (run) => run.note !== undefined);
    expect(stuck).toMatchObject({ status: "running" });
    expect(stuck.note).toContain("The disk is full");
    const refused = await rpc.tool("monitor_workflow", { workflowId, action: "pause" });
    expect(refused).toMatchObject({ isError: true, structuredContent: { error: { reason: "disk_full" } } });
    const acknowledged = stuck.steps
      .filter(({ status }: { status: string }) => status === "completed")
      .map(({ id }: { id: string }) => id);
    expect(acknowledged.length).toBeGreaterThan(3);
    const before = lines(cwd, "ran.txt");
    await rpc.kill("SIGKILL");

    const next = await serve(cwd);
    const run = await next.until(workflowId, ended);
    expect(run).toMatchObject({ status: "completed", metrics: { completedSteps: 30 } });
    for (const id of acknowledged) {
      const times = (all: string[]) => all.filter((line) => line === id).length;
      expect(times(lines(cwd, "ran.txt"))).toBe(times(before));
    }
  });

  test("baton status reads a read-only run directory; baton pause is refused", async () => {
    const cwd = scratch();
    const rpc = await serve(cwd);
    const { workflowId } = await rpc.data("execute_workflow", {
      workflow: { name: "Good", steps: [{ id: "a", command: "true" }] },
      waitSeconds: 20,
    });
    await rpc.close();
    const run = join(cwd, ".baton/runs", workflowId);
    const before = readdirSync(run);
    chmodSync(run, 0o500);
    onTestFinished(() => chmodSync(run, 0o700));
    expect(JSON.parse((await baton(cwd, ["status", workflowId, "--json"])).stdout)).toMatchObject({
      status: "completed",
    });
    expect((await baton(cwd, ["pause", workflowId])).code).toBe(4);
    expect(readdirSync(run)).toEqual(before);
  });
});
