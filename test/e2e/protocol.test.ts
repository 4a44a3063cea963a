import { spawn } from "node:child_process";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { findByEnvironment } from "../../src/system/process.ts";
import { BATON, scratch } from "../rig/baton.ts";
import { type Era, Rpc } from "../rig/rpc.ts";
import { sharedSession } from "../rig/session.ts";

const workflow = {
  name: "Greeting",
  steps: [
    { id: "one", command: "echo hello", outputKey: "greeting" },
    { id: "two", command: "echo {{greeting}} world" },
  ],
};

describe.each(["2026-07-28", "2025-11-25"] as const)("raw JSON-RPC, %s", (era: Era) => {
  const serve = sharedSession(era);

  test("tools/list gives each tool an output schema and consistent annotations", async () => {
    const { rpc } = await serve();
    const { tools } = await rpc.request("tools/list", {});
    expect(tools.map((tool: { name: string }) => tool.name)).toEqual([
      ...[
        "orchestrate",
        "execute_workflow",
        "monitor_workflow",
        "handoff",
        "checkpoint",
        "find_capabilities",
        "manage_templates",
      ],
    ]);
    for (const tool of tools) {
      expect(tool.description.length).toBeLessThanOrEqual(1_000);
      expect(tool.outputSchema.type).toBe("object");
      // A hint that is absent has the protocol's default: it may destroy unless it only reads.
      const { readOnlyHint = false, destructiveHint = !readOnlyHint } = tool.annotations ?? {};
      expect(destructiveHint && readOnlyHint).toBe(false);
    }
  });

  test("execute_workflow answers with the same facts as text and as structured content", async () => {
    const { rpc } = await serve();
    const answer = await rpc.tool("execute_workflow", { workflow, waitSeconds: 20 });
    expect(answer.isError).toBeUndefined();
    const run = answer.structuredContent;
    expect(run).toMatchObject({ name: "Greeting", status: "completed", success: true, results: { greeting: "hello" } });
    expect(run.steps.map((step: { output: string }) => step.output)).toEqual(["hello", "hello world"]);
    const { text } = answer.content[0]!;
    expect(text).toContain(`${run.workflowId} "Greeting": completed, 2 steps completed, rev`);
    expect(text).toContain("- two: completed");
    expect(text).toContain("hello world");
    expect(text.split("\n").at(-1)).toBe(`Next: ${run.next}`);
    expect(rpc.noise).toEqual([]);
  });

  test("execute_workflow answers at once; monitor_workflow sends progress and waits for a revision after `since`", async () => {
    const { rpc } = await serve();
    const started = await rpc.data("execute_workflow", {
      workflow: {
        name: "Slow",
        steps: [
          { id: "a", command: "sleep 0.3" },
          { id: "b", command: "sleep 0.6" },
        ],
      },
    });
    expect(started.status).toBe("running");
    expect(started.success).toBeUndefined();
    expect(started.activeSteps.map((step: { id: string }) => step.id)).toEqual(["a", "b"]);
    const newer = await rpc.data("monitor_workflow", {
      workflowId: started.workflowId,
      since: started.rev,
      waitSeconds: 20,
    });
    expect(newer.rev).toBeGreaterThan(started.rev);
    const ended = await rpc.tool(
      "monitor_workflow",
      { workflowId: started.workflowId, waitSeconds: 20 },
      { progressToken: "p1" },
    );
    expect(ended.structuredContent.status).toBe("completed");
    const told = rpc.notifications
      .filter(({ method }) => method === "notifications/progress")
      .map(({ params }) => params);
    expect(told.length).toBeGreaterThan(0);
    expect(told.at(-1)).toMatchObject({ progressToken: "p1", progress: 2, total: 2 });
    const numbers = told.map(({ progress }) => progress as number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  test("a tool call with invalid arguments reports all mistakes at once, with isError", async () => {
    const { rpc } = await serve();
    const answer = await rpc.tool("execute_workflow", { workflow, waitSecond: 5, maxParallel: 0, mode: "fast" });
    expect(answer.isError).toBe(true);
    const { text } = answer.content[0]!;
    expect(text).toContain('field "waitSecond": unknown argument. Did you mean "waitSeconds"?');
    expect(text).toContain('field "maxParallel"');
    expect(text).toContain('field "mode"');
    const broken = await rpc.tool("execute_workflow", {
      workflow: {
        name: "x",
        steps: [
          { id: "a", comand: "true" },
          { id: "a", command: "true" },
        ],
      },
    });
    expect(broken.isError).toBe(true);
    expect(broken.structuredContent.error.mistakes.join("\n")).toMatch(/comand.*[\s\S]*duplicate/i);
    expect((await rpc.tool("monitor_workflow", { workflowId: "wf_0000000000" })).structuredContent.error.reason).toBe(
      "not_found",
    );
    expect((await rpc.tool("monitor_workflow", { action: "explode" })).content[0]!.text).toContain(
      "Known: status, list, logs",
    );
  });

  test("execute_workflow accepts YAML text; a refusal names the next action", async () => {
    const { rpc } = await serve();
    const run = await rpc.data("execute_workflow", {
      workflow: "steps:\n  - { id: a, command: echo hi }",
      waitSeconds: 20,
    });
    expect(run).toMatchObject({ name: "workflow", status: "completed", steps: [{ output: "hi" }] });
    const broken = await rpc.tool("execute_workflow", { workflow: "steps:\n  - { id: a, comand: echo hi }" });
    expect(broken.content[0]!.text).toContain('2:14: step "a", field "comand"');
    const refused = await rpc.tool("monitor_workflow", { workflowId: run.workflowId, action: "pause" });
    expect(refused.content[0]!.text.split("\n").at(-1)).toBe(
      `Next: monitor_workflow {workflowId: "${run.workflowId}"} shows the state of the run.`,
    );
  });

  test("notifications/cancelled of a monitor_workflow wait does not cancel the run", async () => {
    const { rpc } = await serve();
    const { workflowId } = await rpc.data("execute_workflow", {
      workflow: { name: "Slow", steps: [{ id: "a", command: "sleep 0.5; echo done" }] },
    });
    void rpc
      .request("tools/call", { name: "monitor_workflow", arguments: { workflowId, waitSeconds: 45 } }, 4711)
      .catch(() => {});
    rpc.notify("notifications/cancelled", { requestId: 4711, reason: "changed my mind" });
    const run = await rpc.until(workflowId, ({ success }) => success !== undefined);
    expect(run).toMatchObject({ status: "completed", steps: [{ output: "done" }] });
  });

  test("the server survives invalid JSON, unknown methods and unknown tools", async () => {
    const { rpc } = await serve();
    const before = await rpc.data("monitor_workflow", { action: "list" });
    rpc.sendRaw('this is not json\n{"jsonrpc":"2.0"}\n[]\n');
    await expect(rpc.request("no/such/method", {})).rejects.toThrow();
    await expect(rpc.request("tools/call", { name: "no_such_tool", arguments: {} })).rejects.toThrow();
    expect(await rpc.data("monitor_workflow", { action: "list" })).toEqual(before);
    expect(rpc.noise).toEqual([]);
  });

  test("the server answers eight concurrent execute_workflow calls", async () => {
    const { rpc } = await serve();
    const { total } = await rpc.data("monitor_workflow", { action: "list" });
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        rpc.data("execute_workflow", {
          workflow: { name: `Run ${n}`, steps: [{ id: "a", command: `echo ${n}` }] },
          waitSeconds: 30,
        }),
      ),
    );
    expect(runs.map((run) => run.steps[0].output)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect((await rpc.data("monitor_workflow", { action: "list" })).total).toBe(total + 8);
  });

  test("large logs, statuses and dry-run plans are truncated and say how to get the rest", async () => {
    const { rpc } = await serve();
    const steps = Array.from({ length: 300 }, (_, n) => ({
      id: `step_${n}`,
      command: "true",
      ...(n > 0 && { condition: `on_success(step_${n - 1})` }),
    }));
    const plan = await rpc.tool("execute_workflow", { workflow: { name: "Many", steps }, dryRun: true });
    expect(JSON.stringify(plan.structuredContent).length).toBeLessThan(40_000);
    expect(plan.structuredContent).toMatchObject({
      totalSteps: 300,
      truncated: expect.stringContaining("criticalPath (300 steps)"),
    });
    const { workflowId } = await rpc.data("execute_workflow", {
      workflow: { name: "Loud", steps: [{ id: "a", command: "seq 1 20000; echo oops >&2" }] },
      waitSeconds: 30,
    });
    const logs = await rpc.data("monitor_workflow", { workflowId, action: "logs", stepId: "a" });
    expect(logs).toMatchObject({ complete: true, stderr: "oops\n", size: { stdout: 108_894 } });
    expect(logs.stdout.endsWith("20000\n")).toBe(true);
    const head = await rpc.data("monitor_workflow", { workflowId, action: "logs", stepId: "a", cursor: "0:0" });
    expect(head.stdout.startsWith("1\n2\n3\n")).toBe(true);
    expect(head.complete).toBe(false);
    expect(head.next).toContain(head.nextCursor);
    const status = await rpc.tool("monitor_workflow", { workflowId });
    expect(JSON.stringify(status.structuredContent).length).toBeLessThan(8_000);
    expect(status.structuredContent.truncated).toContain('action "logs"');
  });

  test.each(["EOF", "SIGINT", "SIGTERM"] as const)(
    "the server exits on %s and leaves no step process running",
    async (how) => {
      const rpc = await Rpc.start(scratch(), era);
      onTestFinished(() => rpc.kill());
      const { workflowId } = await rpc.data("execute_workflow", {
        workflow: { name: "Slow", steps: [{ id: "a", command: "sleep 60 & sleep 60" }] },
      });
      if (how === "EOF") expect(await rpc.close()).toBe(0);
      else await rpc.kill(how);
      while (findByEnvironment({ BATON_WORKFLOW_ID: workflowId }).length > 0) await new Promise(setImmediate);
    },
  );
});

test("the server exits after its stdin, stdout and stderr are closed", async () => {
  const rpc = await Rpc.start(scratch());
  onTestFinished(() => rpc.kill());
  rpc.child.stdout.destroy();
  rpc.child.stderr.destroy();
  for (let n = 0; n < 3; n++) rpc.sendRaw(`${JSON.stringify({ jsonrpc: "2.0", id: 90 + n, method: "tools/list" })}\n`);
  expect(await rpc.close()).toBe(0);
});

test("baton without arguments serves if stdin is a pipe", async () => {
  const child = spawn(process.execPath, [BATON], { cwd: scratch() });
  const rpc = await Rpc.over(child);
  onTestFinished(() => rpc.kill());
  expect((await rpc.request("tools/list", {})).tools).toHaveLength(7);
});

describe("official clients", () => {
  test.each(["auto", "legacy"] as const)("the official client v2, mode %s, runs and lists workflows", async (mode) => {
    const client = new ModernClient({ name: "v2", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(new ModernTransport({ command: process.execPath, args: [BATON, "serve"], cwd: scratch() }));
    onTestFinished(() => client.close());
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(7);
    const run = await client.callTool({ name: "execute_workflow", arguments: { workflow, waitSeconds: 20 } });
    expect(run.structuredContent).toMatchObject({ status: "completed", results: { greeting: "hello" } });
    const list = await client.callTool({ name: "monitor_workflow", arguments: { action: "list" } });
    expect(list.structuredContent).toMatchObject({ total: 1 });
  });

  test("the official client v1 runs workflows with the older argument names", async () => {
    const client = new OldClient({ name: "v1", version: "1" });
    await client.connect(new OldTransport({ command: process.execPath, args: [BATON, "serve"], cwd: scratch() }));
    onTestFinished(() => client.close());
    await client.listTools();
    const plan = await client.callTool({ name: "execute_workflow", arguments: { workflow, dry_run: true } });
    expect(plan.structuredContent).toMatchObject({ dryRun: true, levels: [["one"], ["two"]] });
    const run = await client.callTool({
      name: "execute_workflow",
      arguments: { workflow, waitSeconds: 20, execution_mode: "parallel_where_possible" },
    });
    expect(run.structuredContent).toMatchObject({ status: "completed" });
    const failed = await client.callTool({ name: "execute_workflow", arguments: {} });
    expect(failed.isError).toBe(true);
  });
});
