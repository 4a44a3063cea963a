import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { session, sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

describe("a workflow as a step", () => {
  const inner = {
    name: "inner",
    steps: [
      { id: "say", command: "echo hello {{parameters.who}}", outputKey: "greeting" },
      { id: "count", command: "printf '{\"n\": 3}' > $BATON_OUTPUT", outputKey: "counted" },
    ],
  };

  test("a workflow step passes parameters, returns results, and has a child run with its parent in list", async () => {
    const { execute, monitor } = await serve();
    const run = await execute({
      workflow: {
        name: "outer",
        steps: [
          { id: "name", command: "echo world" },
          { id: "sub", workflow: inner, parameters: { who: "{{steps.name.output}}" }, outputKey: "sub" },
          { id: "after", command: "echo {{sub.greeting}}, {{sub.counted.n + 1}}" },
        ],
      },
      waitSeconds: 30,
    });
    expect(run).toMatchObject({ status: "completed", steps: [{}, { type: "workflow" }, { output: "hello world, 4" }] });
    const child = await monitor({ workflowId: run.steps[1].child });
    expect(child).toMatchObject({ name: "inner", status: "completed", results: { greeting: "hello world" } });
    const { runs } = await monitor({ action: "list" });
    expect(runs.find(({ workflowId }: { workflowId: string }) => workflowId === child.workflowId).parent).toBe(
      run.workflowId,
    );
  });

  test("a workflow step may name a file; mistakes in the file are reported with its name", async () => {
    const { execute, directory } = await serve();
    writeFileSync(join(directory, "sub.yaml"), "name: sub\nsteps:\n  - id: a\n    comand: echo {{parameters.x}}\n");
    const outer = { workflow: { name: "o", steps: [{ id: "s", file: "sub.yaml", parameters: { x: 1 } }] } };
    const wrong = await execute(outer);
    expect(wrong.text).toContain(
      'step "s", field "workflow": sub.yaml:4: step "a": unknown field "comand". Did you mean "command"?',
    );
    writeFileSync(
      join(directory, "sub.yaml"),
      "name: sub\nsteps:\n  - id: a\n    command: echo {{parameters.x}}\n    outputKey: y\n",
    );
    const run = await execute({ ...outer, waitSeconds: 30 });
    expect(run).toMatchObject({ status: "completed", steps: [{ output: { y: "1" } }] });
  });

  test("the parent run offers agent steps of its child run; cancel, pause and resume reach the child run", async () => {
    const { execute, monitor, handoff, rpc } = await serve();
    const agents = {
      name: "inner",
      steps: [
        { id: "a", agent: "scribe" },
        { id: "b", command: "echo b", condition: "on_success(a)" },
      ],
    };
    const { workflowId } = await execute({ workflow: { name: "outer", steps: [{ id: "sub", workflow: agents }] } });
    const offered = await rpc.until(workflowId, ({ ready }) => ready.length === 1);
    const child = offered.ready[0].workflowId;
    expect(child).not.toBe(workflowId);
    const { assignments } = await handoff({ workflowId });
    expect(assignments[0]).toMatchObject({ workflowId: child, stepId: "a" });
    await monitor({ workflowId, action: "pause" });
    await rpc.until(child, ({ status }) => status === "paused");
    await handoff({ action: "complete", assignment: assignments[0].assignment, output: 1 });
    await monitor({ workflowId, action: "resume" });
    expect(await rpc.until(workflowId, ({ status }) => status === "completed")).toMatchObject({ success: true });

    const second = await execute({
      workflow: {
        name: "outer",
        steps: [{ id: "sub", workflow: { name: "i", steps: [{ id: "x", command: "sleep 600" }] } }],
      },
    });
    const busy = await rpc.until(second.workflowId, ({ steps }) => steps[0].child !== undefined);
    await monitor({ workflowId: second.workflowId, action: "cancel" });
    expect(await rpc.until(busy.steps[0].child, ({ status }) => status !== "running")).toMatchObject({
      status: "cancelled",
    });
    expect(await monitor({ workflowId: second.workflowId })).toMatchObject({ status: "cancelled" });
  });

  test("after a kill a workflow step goes on with its child run and repeats no finished step", async () => {
    const directory = scratch();
    const first = await session("2026-07-28", directory);
    const steps = [
      { id: "one", command: "echo one >> log" },
      {
        id: "two",
        command: "[ -f go ] || { touch waiting; sleep 600; }; echo two >> log",
        condition: "on_success(one)",
      },
    ];
    const { workflowId } = await first.execute({
      workflow: { name: "outer", steps: [{ id: "sub", workflow: { name: "i", steps } }] },
    });
    const {
      steps: [{ child }],
    } = await first.rpc.until(
      workflowId,
      (run) => run.steps[0].child !== undefined && existsSync(join(directory, "log")),
    );
    // Wait until the shell has looked for `go`; otherwise it would find the file and go on.
    await first.rpc.until(child, (run) => run.steps[1].status === "running" && existsSync(join(directory, "waiting")));
    await first.rpc.kill();
    writeFileSync(join(directory, "go"), "");
    const second = await session("2026-07-28", directory);
    const run = await second.rpc.until(workflowId, ({ status }) => status === "completed");
    expect(run.steps[0].child).toBe(child);
    expect(readFileSync(join(directory, "log"), "utf8")).toBe("one\ntwo\n");
  });
});

describe("foreach", () => {
  const each = (step: object, rest: object = {}) => ({
    workflow: {
      name: "each",
      steps: [
        { id: "list", command: 'printf \'{"names": ["a", "b", "c"]}\' > $BATON_OUTPUT' },
        { id: "all", type: "foreach", items: "steps.list.output.names", step, outputKey: "all", ...rest },
        { id: "sum", command: "echo {{all.size()}} {{all[2]}}" },
      ],
    },
    waitSeconds: 30,
  });

  test("foreach runs one step for each item and returns the results in order", async () => {
    const { execute } = await serve();
    const step = { command: "echo {{index}} {{name}} {{parameters.p}} {{steps.list.output.names.size()}}" };
    const run = await execute({ ...each(step, { as: "name", maxParallel: 2 }), parameters: { p: "x" } });
    expect(run).toMatchObject({ status: "completed", results: { all: ["0 a x 3", "1 b x 3", "2 c x 3"] } });
    expect(run.steps[2].output).toBe("3 2 c x 3");
  });

  test.each([
    ["stop", "failed", [null, null, null]],
    ["continue", "failed", ["a", null, "c"]],
    ["ignore", "completed", ["a", null, "c"]],
  ])("foreach onFailure: %s gives status %s", async (onFailure, status, output) => {
    const { execute } = await serve();
    const command =
      onFailure === "stop" ? "[ {{item}} = b ] && exit 1; sleep 600" : "[ {{item}} = b ] && exit 1; echo {{item}}";
    const run = await execute(each({ command }, { onFailure, maxParallel: 3 }));
    expect(run.steps[1]).toMatchObject({ status, output });
    if (status === "failed") expect(run.steps[1].error.message).toContain('step "all.1" failed: exit code 1');
  });

  test.each([
    [["a"], ["a"]],
    [[], []],
  ])("foreach on_failure or always after a failed step completes: items %j", async (items, output) => {
    const { execute } = await serve();
    const steps = [
      { id: "broken", command: "exit 1" },
      { id: "mend", items, step: { command: "echo {{item}}" }, condition: "on_failure(broken)" },
      { id: "also", items, step: { command: "echo {{item}}" } },
    ];
    const dependencies = [{ from: "broken", to: "also", condition: "always" }];
    const run = await execute({ workflow: { name: "mending", steps, dependencies }, waitSeconds: 30 });
    const completed = { status: "completed", output };
    expect(run.steps).toMatchObject([{ status: "failed" }, completed, completed]);
  });

  test("foreach over agent steps, over an empty list, and with items that are no list", async () => {
    const { execute, handoff, inputOf, rpc } = await serve();
    const steps = [
      {
        id: "all",
        items: [1, { two: 2 }],
        step: { agent: "scribe", prompt: "Item {{item}}", input: "{{item}}" },
        outputKey: "all",
      },
    ];
    const { workflowId } = await execute({ workflow: { name: "agents", steps } });
    await rpc.until(workflowId, ({ ready }) => ready.length === 2);
    const { assignments } = await handoff({ workflowId, count: 5 });
    const inputs = [];
    for (const { assignment } of assignments) {
      inputs.push(await inputOf(assignment));
      await handoff({ action: "complete", assignment, output: inputs.at(-1) });
    }
    expect(inputs).toEqual([1, { two: 2 }]);
    expect((await rpc.until(workflowId, ({ status }) => status === "completed")).results.all).toEqual([1, { two: 2 }]);

    const empty = await execute({
      workflow: { name: "e", steps: [{ id: "all", items: [], step: { command: "false" } }] },
      waitSeconds: 30,
    });
    expect(empty).toMatchObject({ status: "completed", steps: [{ output: [] }] });
    const none = await execute({
      workflow: { name: "n", steps: [{ id: "all", items: "parameters.x", step: { command: "true" } }] },
      parameters: { x: 3 },
      waitSeconds: 30,
    });
    expect(none.steps[0].error.message).toContain("items is of type number, not a list");
  });

  test("mistakes in the step of a foreach are reported with their field", async () => {
    const { execute } = await serve();
    const wrong = await execute({
      workflow: {
        name: "w",
        steps: [{ id: "all", items: "[1]", step: { command: "echo {{itme}}", id: "x", timout: 1 } }],
      },
      parameters: {},
    });
    expect(wrong.text).toContain('step "all", field "step.timout": unknown field "timout". Did you mean "timeout"?');
    expect(wrong.text).toContain('"itme" is neither an outputKey nor a parameter');
    expect(wrong.text).toContain('field "step.id": the step of a foreach has no id of its own');
  });
});

test("wait steps for duration, until, file and check take no slot", async () => {
  const { execute, directory } = await serve();
  const run = await execute({
    workflow: {
      name: "waits",
      steps: [
        { id: "time", type: "wait", duration: 300 },
        { id: "instant", type: "wait", until: "2020-01-01T00:00:00Z" },
        { id: "file", type: "wait", file: "made.txt", every: 20 },
        { id: "check", type: "wait", check: "test -f {{parameters.name}}", every: 20 },
        { id: "make", command: "echo made > made.txt" },
      ],
    },
    parameters: { name: "made.txt" },
    maxParallel: 1,
    waitSeconds: 30,
  });
  expect(run.steps.map(({ status }: { status: string }) => status)).toEqual(Array(5).fill("completed"));
  expect(run.steps[2].output).toBe(join(directory, "made.txt"));
  const wrong = await execute({
    workflow: {
      name: "w",
      steps: [
        { id: "a", type: "wait" },
        { id: "b", type: "wait", until: "soon" },
      ],
    },
  });
  expect(wrong.text).toContain("the step does not say what to wait for");
  expect(wrong.text).toContain('"soon" is not an instant');
});
