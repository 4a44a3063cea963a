import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { bundle } from "../../rig/bundle.ts";
import { session, sharedSession } from "../../rig/session.ts";

/** Foreach, workflow, tool and wait steps have one start and one finish, which dependencies of every type use. */

let server: { command: string; args: string[] };
beforeAll(async () => {
  server = { command: process.execPath, args: [await bundle(new URL("./tool-server.ts", import.meta.url))] };
});

const serve = sharedSession();

type Step = { id: string; status: string; held?: string; output: unknown; endTime: string; child?: string };
const stepsOf = (run: { steps: Step[] }) => new Map(run.steps.map((step) => [step.id, step]));
const IDS = ["each", "sub", "call", "wait"];

/** One short step of each of these types. */
const brief = () => [
  { id: "each", items: [1, 2], step: { command: "echo each {{item}} >> log; echo {{item}}" } },
  {
    id: "sub",
    workflow: { name: "inner", steps: [{ id: "in", command: "echo sub >> log; echo done", outputKey: "in" }] },
  },
  { id: "call", tool: "same", server, arguments: { n: 1 } },
  { id: "wait", type: "wait", duration: 1 },
];
const OUTPUTS = { each: ["1", "2"], sub: { in: "done" }, call: { n: 1 }, wait: expect.any(String) };

describe("finish_to_finish with foreach, workflow, tool and wait steps", () => {
  const workflow = (last: object, rest: object = {}) => ({
    name: "held",
    steps: [...brief(), { id: "last", ...last }, { id: "free", command: "echo free" }],
    dependencies: IDS.map((to) => ({ from: "last", to, type: "finish_to_finish", ...rest })),
  });
  const held = (run: { steps: Step[] }) => IDS.every((id) => stepsOf(run).get(id)!.held !== undefined);

  test("a finish_to_finish step whose work is done holds no slot and waits for the other step, across a kill", async () => {
    const directory = scratch();
    const first = await session("2026-07-28", directory);
    const { workflowId } = await first.execute({
      workflow: workflow({ type: "wait", file: "go", every: 20 }),
      maxParallel: 1,
    });
    const waiting = await first.rpc.until(
      workflowId,
      (run) => held(run) && stepsOf(run).get("free")!.status === "completed",
    );
    for (const id of IDS) {
      expect(stepsOf(waiting).get(id)).toMatchObject({
        status: "running",
        output: OUTPUTS[id as "each"],
      });
      expect(stepsOf(waiting).get(id)!.held).toContain('"last"');
    }
    const children = ["each", "sub"].map((id) => stepsOf(waiting).get(id)!.child!);
    for (const child of children)
      expect(await first.monitor({ workflowId: child })).toMatchObject({ status: "completed" });
    await first.rpc.kill();

    const second = await session("2026-07-28", directory);
    await second.rpc.until(workflowId, held);
    writeFileSync(join(directory, "go"), "");
    const run = await second.rpc.until(workflowId, ({ status }) => status === "completed");
    const steps = stepsOf(run);
    for (const id of IDS) {
      expect(steps.get(id)).toMatchObject({ status: "completed", attempt: 1, output: OUTPUTS[id as "each"] });
      expect(steps.get(id)!.endTime >= steps.get("last")!.endTime).toBe(true);
    }
    expect(["each", "sub"].map((id) => steps.get(id)!.child)).toEqual(children);
    expect(readFileSync(join(directory, "log"), "utf8").trim().split("\n").sort()).toEqual(["each 1", "each 2", "sub"]);
  });

  test("a held step fails with dependency_failed if the other step fails; its output stays and no work repeats", async () => {
    const { execute } = await serve();
    const cwd = scratch();
    const fails = { command: "until [ -e log ]; do sleep 0.05; done; exit 1", optional: true };
    const run = await execute({ workflow: workflow(fails), cwd, waitSeconds: 40 });
    expect(run.status).toBe("failed");
    for (const id of IDS) {
      const step = stepsOf(run).get(id)!;
      expect(step).toMatchObject({ status: "failed", error: { reason: "dependency_failed" }, attempt: 1 });
      expect(step.output).toEqual(OUTPUTS[id as "each"]);
    }
    expect(readFileSync(join(cwd, "log"), "utf8").trim().split("\n")).toHaveLength(3);
  });

  test("cancel of the run cancels a held step and keeps its output", async () => {
    const { execute, monitor, rpc } = await serve();
    const { workflowId } = await execute({ workflow: workflow({ type: "wait", file: "never" }), cwd: scratch() });
    await rpc.until(workflowId, held);
    await monitor({ workflowId, action: "cancel" });
    const run = await rpc.until(workflowId, ({ status }) => status === "cancelled");
    for (const id of IDS)
      expect(stepsOf(run).get(id)).toMatchObject({ status: "cancelled", output: OUTPUTS[id as "each"] });
  });
});

test("start_to_finish holds foreach, workflow, tool and wait steps until the other step has started", async () => {
  const { execute, rpc } = await serve();
  const directory = scratch();
  const { workflowId } = await execute({
    cwd: directory,
    workflow: {
      name: "handover",
      steps: [
        ...brief(),
        { id: "gate", type: "wait", file: "go", every: 20 },
        { id: "next", type: "wait", file: "end", every: 20, condition: "on_success(gate)" },
      ],
      dependencies: IDS.map((to) => ({ from: "next", to, type: "start_to_finish" })),
    },
  });
  await rpc.until(workflowId, (run) => IDS.every((id) => stepsOf(run).get(id)!.held !== undefined));
  writeFileSync(join(directory, "go"), "");
  const begun = await rpc.until(workflowId, (run) => IDS.every((id) => stepsOf(run).get(id)!.status === "completed"));
  expect(stepsOf(begun).get("next")!.status).toBe("running");
  writeFileSync(join(directory, "end"), "");
  expect(await rpc.until(workflowId, ({ status }) => status === "completed")).toMatchObject({ success: true });
});

test("start_to_start lets the other step start once the work of a foreach, workflow, tool or wait step started", async () => {
  const { execute, monitor, rpc } = await serve();
  const directory = scratch();
  const { workflowId } = await execute({
    cwd: directory,
    workflow: {
      name: "together",
      steps: [
        { id: "gate", type: "wait", file: "go", every: 20 },
        { id: "each", items: [1, 2], step: { command: "sleep 600" }, condition: "on_success(gate)" },
        {
          id: "sub",
          workflow: { name: "inner", steps: [{ id: "in", command: "sleep 600" }] },
          condition: "on_success(gate)",
        },
        {
          id: "call",
          tool: "slow",
          server,
          arguments: { mark: join(directory, "mark") },
          condition: "on_success(gate)",
        },
        { id: "wait", type: "wait", duration: 600_000, condition: "on_success(gate)" },
        ...IDS.map((id) => ({ id: `beside-${id}`, command: `echo beside` })),
        // The reverse: these steps start once a long step has started.
        { id: "long", command: "sleep 600" },
        { id: "items", items: [1], step: { command: "echo {{item}}" } },
        { id: "pause", type: "wait", duration: 1 },
        { id: "say", tool: "say", server, arguments: { texts: ["said"] } },
        { id: "inner", workflow: { name: "inner", steps: [{ id: "in", command: "true" }] } },
      ],
      dependencies: [
        ...IDS.map((from) => ({ from, to: `beside-${from}`, type: "start_to_start" })),
        ...["items", "pause", "say", "inner"].map((to) => ({ from: "long", to, type: "start_to_start" })),
      ],
    },
    maxParallel: 8,
  });
  const others = ["items", "pause", "say", "inner"];
  const done = (ids: readonly string[]) => (run: { steps: Step[] }) =>
    ids.every((id) => stepsOf(run).get(id)!.status === "completed");
  const before = await rpc.until(workflowId, done(others));
  for (const id of IDS) expect(stepsOf(before).get(`beside-${id}`)!.status).toBe("pending");
  writeFileSync(join(directory, "go"), "");
  const run = await rpc.until(workflowId, done(IDS.map((id) => `beside-${id}`)));
  for (const id of IDS) expect(stepsOf(run).get(id)!.status).toBe("running");
  await rpc.until(workflowId, () => existsSync(join(directory, "mark")));
  await monitor({ workflowId, action: "cancel" });
  const over = await rpc.until(workflowId, ({ status }) => status === "cancelled");
  for (const id of ["each", "sub"]) {
    const child = stepsOf(over).get(id)!.child!;
    expect(await rpc.until(child, ({ status }) => status !== "running")).toMatchObject({ status: "cancelled" });
  }
});
