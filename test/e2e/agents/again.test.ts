import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { session, sharedSession } from "../../rig/session.ts";

const serve = sharedSession();
const steps = (...ids: string[]) => ids.map((id) => ({ id, agent: "scribe", prompt: `Do ${id}` }));
const ids = (assignments: readonly { stepId: string }[]) => assignments.map(({ stepId }) => stepId);

describe("the same assignment again", () => {
  test("accept with a token, or with the step and the worker's name, gives it again and leases nothing", async () => {
    const { execute, handoff, monitor } = await serve();
    const { workflowId } = await execute({ workflow: { name: "again", steps: steps("a", "b", "c") } });
    const [first] = (await handoff({ workflowId, worker: "ann" })).assignments;
    const { rev } = await monitor({ workflowId });
    expect((await handoff({ assignment: first.assignment })).assignments).toEqual([first]);
    expect((await handoff({ workflowId, stepId: "a", worker: "ann" })).assignments).toEqual([first]);
    expect((await handoff({ stepId: "a", worker: "Ann", workflowId })).assignments).toEqual([first]);
    expect((await monitor({ workflowId })).rev).toBe(rev);

    const more = await handoff({ workflowId, worker: "ann" });
    expect(ids(more.assignments)).toEqual(["b"]);
    expect(more.held).toEqual([{ workflowId, stepId: "a" }]);
    expect(more.text).toContain(`You hold ${workflowId} a already.`);
    const other = await handoff({ workflowId, stepId: "a", worker: "bob" });
    expect(other).toMatchObject({ isError: true, error: { reason: "not_ready" } });
  });

  test("a token that has ended is refused, with the call that tells what became of it", async () => {
    const { execute, handoff } = await serve();
    const { workflowId } = await execute({ workflow: { name: "over", steps: steps("a", "b") } });
    const [held] = (await handoff({ workflowId })).assignments;
    await handoff({ action: "complete", assignment: held.assignment, output: "done" });
    const refused = await handoff({ assignment: held.assignment });
    expect(refused).toMatchObject({ isError: true, error: { reason: "assignment_over" } });
    expect(refused.next).toContain(`handoff {action: "read", workflowId: "${workflowId}", stepId: "a"`);
    expect(await handoff({ assignment: `${held.assignment.slice(0, -1)}0` })).toMatchObject({ isError: true });
    expect(await handoff({ assignment: "mine" })).toMatchObject({ isError: true, error: { reason: "bad_input" } });
  });
});

describe("the next assignment", () => {
  test("complete with next leases the next step to the same worker; the same call gives the same step", async () => {
    const { execute, handoff, monitor } = await serve();
    const { workflowId } = await execute({ workflow: { name: "chain", steps: steps("a", "b", "c") } });
    const [a] = (await handoff({ workflowId, worker: "ann" })).assignments;
    const delivery = { action: "complete", assignment: a.assignment, output: "done", next: true };
    const first = await handoff(delivery);
    expect(ids(first.assignments)).toEqual(["b"]);
    expect(first.assignments[0].worker).toBe("ann");
    expect(first.next).toContain("do the assignment as it says");
    expect((await handoff(delivery)).assignments).toEqual(first.assignments);
    expect((await monitor({ workflowId })).ready).toMatchObject([{ stepId: "c" }]);

    const b = first.assignments[0].assignment;
    const second = await handoff({ action: "complete", assignment: b, output: "done", next: true });
    expect(ids(second.assignments)).toEqual(["c"]);
    // What it once leased is delivered: the same call leases nothing else.
    expect((await handoff(delivery)).assignments).toBeUndefined();
    const c = second.assignments[0].assignment;
    const end = await handoff({ action: "complete", assignment: c, output: "done", next: true, waitSeconds: 10 });
    expect(end).toMatchObject({ runStatus: "completed", ready: [] });
  });

  test("the next step may be in a run inside the run, or around it", async () => {
    const { execute, handoff, rpc } = await serve();
    const workflow = {
      name: "outer",
      steps: [
        { id: "before", agent: "scribe" },
        { id: "sub", workflow: { name: "inner", steps: steps("inside") } },
        { id: "after", agent: "scribe" },
      ],
      dependencies: [
        { from: "before", to: "sub" },
        { from: "sub", to: "after" },
      ],
    };
    const { workflowId } = await execute({ workflow });
    let [held] = (await handoff({ workflowId })).assignments;
    for (const expected of ["inside", "after"]) {
      const { assignment } = held;
      const done = await handoff({ action: "complete", assignment, output: "x", next: true, waitSeconds: 20 });
      expect(ids(done.assignments)).toEqual([expected]);
      [held] = done.assignments;
    }
    await handoff({ action: "complete", assignment: held.assignment, output: "x", waitSeconds: 20 });
    await rpc.until(workflowId, ({ status }) => status === "completed");
  });

  test("complete with waitSeconds returns when the next step is ready, not before", async () => {
    const { directory, execute, handoff, rpc } = await session();
    const workflow = {
      name: "waits",
      steps: [
        { id: "a", agent: "scribe" },
        { id: "between", command: "until [ -e go ]; do sleep 0.02; done" },
        { id: "b", agent: "scribe" },
      ],
      dependencies: [
        { from: "a", to: "between" },
        { from: "between", to: "b" },
      ],
    };
    const { workflowId } = await execute({ workflow });
    const [a] = (await handoff({ workflowId })).assignments;
    const delivery = handoff({ action: "complete", assignment: a.assignment, next: true, waitSeconds: 30 });
    // An answer that came before the gate opens would hold no step.
    await rpc.until(workflowId, ({ steps }) => steps[1].status === "running");
    writeFileSync(join(directory, "go"), "");
    expect(ids((await delivery).assignments)).toEqual(["b"]);
  });
});

describe("reading", () => {
  test("reads parts of any step of an agent, a page at a time, and renews nothing", async () => {
    const { execute, handoff, monitor, read, rpc } = await serve();
    const long = Array.from({ length: 9_000 }, (_, n) => `line ${n}`).join("\n");
    const { workflowId } = await execute({
      workflow: {
        name: "pages",
        steps: [
          { id: "a", agent: "scribe", input: "{{parameters.long}}" },
          { id: "x", command: "true" },
        ],
      },
      parameters: { long },
    });
    const { rev } = await rpc.until(workflowId, ({ progress }) => progress.completed === 1);
    const page = await handoff({ action: "read", workflowId, stepId: "a", part: "input" });
    expect(page).toMatchObject({ stepId: "a", part: "input", nextCursor: expect.any(String) });
    expect(page.next).toContain(`part: "input", cursor: "${page.nextCursor}"}`);
    expect((await monitor({ workflowId })).rev).toBe(rev);
    const [held] = (await handoff({ workflowId })).assignments;
    expect(JSON.parse(await read(held.assignment, "input"))).toEqual({ input: long });

    const none = await handoff({ action: "read", workflowId, stepId: "a", part: "plan" });
    expect(none).toMatchObject({ isError: true, error: { reason: "not_found" } });
    const wrong = await handoff({ action: "read", workflowId, stepId: "a", part: "input", cursor: "x" });
    expect(wrong).toMatchObject({ isError: true, error: { reason: "bad_input" } });
    expect(await handoff({ action: "read", workflowId, stepId: "z" })).toMatchObject({
      error: { reason: "unknown_step" },
    });
    expect(await handoff({ action: "read", workflowId, stepId: "x" })).toMatchObject({
      error: { reason: "not_found" },
    });
    expect(await handoff({ action: "read", workflowId })).toMatchObject({ error: { reason: "bad_input" } });
    expect(await handoff({ action: "read", workflowId: "wf_0000000000", stepId: "a" })).toMatchObject({
      error: { reason: "not_found" },
    });
  });

  test("at a terminal, baton handoff read prints a part", async () => {
    const { directory, execute } = await serve();
    const { workflowId } = await execute({ workflow: { name: "cli", steps: steps("a") } });
    const { stdout } = await baton(directory, ["handoff", "read", "--run", workflowId, "--step", "a"]);
    expect(JSON.parse(stdout)).toMatchObject({
      stepId: "a",
      part: "assignment",
      text: expect.stringContaining("    Do a"),
    });
  });
});

describe("the first assignment", () => {
  const project = () => plant(scratch(), { "package.json": JSON.stringify({ scripts: { test: "false" } }) });
  const goal = "Fix the crash when the settings page is opened without a profile";

  test("orchestrate leases the first step in implicit mode; the same call gives the same assignment", async () => {
    const { orchestrate, handoff } = await session("2026-07-28", project());
    const call = { goal, workflow: "build_only", idempotencyKey: "k" };
    const first = await orchestrate(call);
    expect(first).toMatchObject({
      state: "EXECUTING",
      assignments: [{ agent: "builder-typescript", attempt: 1 }],
      ready: [],
    });
    expect(first.text).toContain(first.assignments[0].text.split("\n")[0]);
    expect(first.next).toContain("do the assignment as it says");
    expect((await orchestrate(call)).assignments).toEqual(first.assignments);
    expect(await orchestrate({ sessionId: first.sessionId })).not.toHaveProperty("assignments");
    await handoff({ action: "release", assignment: first.assignments[0].assignment });
    // It was given back, so the same call does not lease it again.
    expect((await orchestrate(call)).ready).toHaveLength(1);
  });

  test("it leases nothing with take: false, in explicit mode, and at a terminal", async () => {
    const directory = project();
    const { orchestrate } = await session("2026-07-28", directory);
    const left = await orchestrate({ goal, workflow: "build_only", take: false });
    expect(left).toMatchObject({ state: "EXECUTING", ready: [{ agent: "builder-typescript" }] });
    expect(left).not.toHaveProperty("assignments");
    const shown = await orchestrate({ goal, workflow: "build_only", mode: "explicit" });
    const started = await orchestrate({ sessionId: shown.sessionId, confirm: true });
    expect(started).toMatchObject({ ready: [{ agent: "builder-typescript" }] });
    const built = await baton(directory, ["build", goal, "--workflow", "build_only", "--detach", "--json"]);
    // The run is in a process of its own, which may not have come to its first step yet.
    expect(JSON.parse(built.stdout)).not.toHaveProperty("assignments");
  });
});

test("after a briefing a worker is told its role again: its context may be another", async () => {
  const { execute, handoff, monitor } = await session();
  const planned = ["a", "b", "c"].map((id) => ({ id, agent: "planner", prompt: `Do ${id}` }));
  const { workflowId } = await execute({ workflow: { name: "roles", steps: planned } });
  const [first] = (await handoff({ workflowId })).assignments;
  const next = async ({ assignment }: { assignment: string }) =>
    (await handoff({ action: "complete", assignment, output: "done", next: true })).assignments[0];
  const second = await next(first);
  expect(second.text).toContain("as before");
  await monitor({ action: "briefing" });
  expect((await next(second)).text).toContain("# Planner");
});
