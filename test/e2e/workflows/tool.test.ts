import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startTimeOf } from "../../../src/system/process.ts";
import { BATON, scratch } from "../../rig/baton.ts";
import { bundle } from "../../rig/bundle.ts";
import { plant } from "../../rig/files.ts";
import { Rpc } from "../../rig/rpc.ts";
import { type Session, session, sharedSession } from "../../rig/session.ts";

const EVERYTHING = fileURLToPath(
  new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);
/** A published MCP server, which speaks the protocol of 2025. */
const everything = { command: process.execPath, args: [EVERYTHING] };
/** The server in tool-server.ts, which speaks both protocol versions. */
let fixture: { command: string; args: string[] };
beforeAll(async () => {
  fixture = { command: process.execPath, args: [await bundle(new URL("./tool-server.ts", import.meta.url))] };
});

type Fields = Record<string, unknown>;
const serve = sharedSession();

/** Runs these steps to their end. Each is `{tool, …}`; its server is the fixture by default. */
async function run(steps: readonly Fields[], given: { on?: Session; cwd?: string } = {}) {
  const { execute, rpc, state } = given.on ?? (await serve());
  const workflow = { name: "tools", steps: steps.map((step, at) => ({ id: `s${at}`, server: fixture, ...step })) };
  const answer = await execute({ workflow, waitSeconds: 40, ...(given.cwd && { cwd: given.cwd }) });
  expect(answer.steps, answer.text).toBeDefined();
  expect(rpc.noise).toEqual([]);
  // The journal has the outputs uncut.
  const outputs = journalOf(answer.workflowId, state)
    .split("\n")
    .filter((line) => line.includes('"step_completed"'))
    .map((line) => JSON.parse(line) as { step: string; output: unknown });
  const outputOf = (at: number) => outputs.find(({ step }) => step === `s${at}`)?.output;
  return { ...answer, state, outputs: workflow.steps.map((_, at) => outputOf(at)) };
}
const journalOf = (id: string, state: string) => readFileSync(join(state, "runs", id, "journal.jsonl"), "utf8");

async function appears(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await new Promise(setImmediate);
  return readFileSync(path, "utf8");
}
async function gone(pid: number): Promise<void> {
  while (startTimeOf(pid) !== undefined) await new Promise(setImmediate);
}

describe("the result of a tool step", () => {
  test("the output of a tool step is structuredContent, JSON, text or the list of content blocks", async () => {
    const { steps, success, results, outputs } = await run([
      {
        tool: "get-structured-content",
        server: everything,
        arguments: { location: "Chicago" },
        outputKey: "weather",
      },
      { tool: "get-sum", server: everything, arguments: { a: "{{weather.temperature}}", b: 6 } },
      { tool: "get-tiny-image", server: everything },
      { tool: "same", arguments: { n: "{{weather.humidity}}", all: "{{weather}}", text: "at {{weather.humidity}}%" } },
      { tool: "say", arguments: { texts: ['{"a": [1, null]}'] } },
      { tool: "say", arguments: { texts: ["12345678901234567890"] } },
      { tool: "say", arguments: { texts: ["one", "two"] } },
      { tool: "say", arguments: { texts: [] } },
    ]);
    const weather = { temperature: 36, conditions: "Light rain / drizzle", humidity: 82 };
    expect(success, JSON.stringify(steps)).toBe(true);
    expect(results.weather).toEqual(weather);
    expect(outputs[1]).toBe("The sum of 36 and 6 is 42.");
    expect(outputs[2]).toMatchObject([{ type: "text" }, { type: "image", mimeType: "image/png" }, { type: "text" }]);
    expect(outputs[3]).toEqual({ n: 82, all: weather, text: "at 82%" });
    expect(outputs.slice(4)).toEqual([
      { a: [1, null] },
      "12345678901234567890",
      [
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ],
      [],
    ]);
    expect(steps[3]).toMatchObject({ type: "tool", evidence: "observed" });
  });

  test("the step's log has the tool result and the server's stderr, and no invalid lines of its stdout", async () => {
    const { steps, state, workflowId } = await run([{ tool: "noise" }]);
    expect(steps[0]).toMatchObject({ status: "completed", output: "said" });
    const logs = join(state, "runs", workflowId, "logs");
    expect(readFileSync(join(logs, "s0.1.log"), "utf8")).toBe("said\n");
    await expect.poll(() => readFileSync(join(logs, "s0.1.err.log"), "utf8")).toContain("a word on stderr");
  });

  test("a tool result above 256 kB is output_invalid", async () => {
    const { steps } = await run([
      { tool: "big", arguments: { bytes: 250_000 } },
      { tool: "big", arguments: { bytes: 300_000 } },
    ]);
    expect(steps[0].status).toBe("completed");
    expect(steps[1].error).toMatchObject({ reason: "output_invalid", message: "the answer holds more than 256 kB" });
  });
});

test("a tool result nested deeper than 200 levels fails the step with output_invalid, and the server goes on", async () => {
  const text = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const { steps } = await run([{ tool: "say", arguments: { texts: [text] } }, { tool: "deep" }, { tool: "pid" }]);
  const message = "the answer holds data that is nested deeper than 200 levels";
  for (const step of steps.slice(0, 2)) expect(step.error).toMatchObject({ reason: "output_invalid", message });
  expect(steps[2].status).toBe("completed");
});

describe("a failed tool step", () => {
  test("a tool_error is retried and keeps the tool's message", async () => {
    const { steps } = await run([{ tool: "fail", retries: 1, retryDelay: 0 }]);
    expect(steps[0]).toMatchObject({ status: "failed", attempt: 2, error: { reason: "tool_error" } });
    expect(steps[0].error.message).toBe('the tool "fail" failed: cannot: ');
  });

  test.each([
    ["an unknown tool", { tool: "sey" }, "tool_not_found", /has no tool "sey"/, /Did you mean "say"\?.*noise/],
    ["invalid arguments", { tool: "say", arguments: { texts: 1 } }, "arguments_invalid", /texts/, /required/],
    ["an unknown server", { tool: "x", server: "fixtrue" }, "server_not_found", /"fixtrue".*"fixture"/, /Did you/],
    ["a variable that is not set", { tool: "x", server: "needy" }, "server_misconfigured", /NOT_SET_HERE/, /:-/],
    ["an invalid entry in .mcp.json", { tool: "x", server: "odd" }, "server_misconfigured", /needs either/, /^$/],
  ])("%s is not retried", async (_, step, reason, message, hint) => {
    const cwd = plant(scratch(), {
      ".mcp.json": JSON.stringify({
        mcpServers: { fixture, needy: { command: "x", env: { A: "${NOT_SET_HERE}" } }, odd: { type: "stdio" } },
      }),
    });
    const { steps } = await run([{ ...step, retries: 3 }], { cwd });
    expect(steps[0]).toMatchObject({ status: "failed", attempt: 1, error: { reason } });
    expect(steps[0].error.message).toMatch(message);
    expect(steps[0].error.hint ?? "").toMatch(hint);
  });

  test("unknown tools and invalid arguments of a 2025 server have the same reasons and hints", async () => {
    const { steps } = await run([
      { tool: "get-sum", server: everything, arguments: { a: "x", b: 1 } },
      { tool: "get-sun", server: everything },
    ]);
    expect(steps[0].error).toMatchObject({
      reason: "arguments_invalid",
      hint: "It takes: a (required), b (required).",
    });
    expect(steps[1].error.hint).toContain('Did you mean "get-sum"?');
  });

  test.each([
    ["is not installed", { command: "no-such-program" }, /exit code 127/],
    ["ends at once", { command: "sh", args: ["-c", "echo no licence >&2; exit 4"] }, /exit code 4: no licence/],
    ["cannot be reached", { url: "http://127.0.0.1:9/mcp" }, /at http:\/\/127\.0\.0\.1:9 cannot be reached/],
  ])("a server that %s is server_unavailable and is retried", async (_, server, message) => {
    const { steps } = await run([{ tool: "x", server, retries: 1, retryDelay: 0 }]);
    expect(steps[0]).toMatchObject({ status: "failed", attempt: 2, error: { reason: "server_unavailable" } });
    expect(steps[0].error.message).toMatch(message);
  });

  test("secrets in the environment of a server are masked in messages and in the journal", async () => {
    const env = { TOP_SECRET: "hush-hush-hush" };
    const server = { command: process.execPath, args: fixture.args, env: { KEPT: "${TOP_SECRET}" } };
    const directory = plant(scratch(), { ".mcp.json": JSON.stringify({ mcpServers: { keeper: server } }) });
    const on = await session("2026-07-28", directory, env);
    const { steps, workflowId } = await run([{ tool: "variable", arguments: { name: "HOME" }, server: "keeper" }], {
      on,
    });
    expect(steps[0].status).toBe("completed");
    const failed = await run([{ tool: "fail", server: "keeper" }], { on });
    expect(failed.steps[0].error.message).toBe('the tool "fail" failed: cannot: ***');
    for (const id of [workflowId, failed.workflowId])
      expect(journalOf(id, on.state).replace(/"output":"[^"]*"/g, "")).not.toContain("hush-hush");
  });

  test.each([
    [{ server: { comand: "x" } }, /needs "command" or "url"/],
    [{ server: { command: "x", enviroment: {} } }, /unknown field "enviroment".*Known here/],
    [{ server: { command: "x", url: "http://x" } }, /not both/],
    [{ server: { url: "ftp://x" } }, /http or https/],
    [{ server: { command: "x", args: "y" } }, /server\.args/],
    [{ server: undefined }, /"server" is missing/],
    [{ arguments: ["x"] }, /"arguments": must be an object/],
  ])("execute_workflow refuses an invalid tool step before the run: %j", async (fields, message) => {
    const { execute } = await serve();
    const steps = [{ id: "a", tool: "x", server: "y", ...fields }];
    const { isError, text } = await execute({ workflow: { name: "w", steps } });
    expect(isError).toBe(true);
    expect(text).toMatch(message);
  });
});

describe("the process of a tool server", () => {
  test("all steps share one server process, which is restarted after it dies", async () => {
    const mark = join(scratch(), "mark");
    // A separate server process: its last stderr before the exit must be in the journal.
    const server = { ...fixture, env: { OWN: "1" } };
    const { steps, success, workflowId, state } = await run([
      { server, tool: "pid", outputKey: "first" },
      { server, tool: "pid", outputKey: "second" },
      {
        server,
        tool: "die-once",
        arguments: { mark, after: "{{first}} {{second}}" },
        retries: 1,
        retryDelay: 0,
        outputKey: "third",
      },
      { server, tool: "pid", arguments: { after: "{{third}}" } },
    ]);
    expect(success, JSON.stringify(steps)).toBe(true);
    const [first, second, third, fourth] = steps.map((step: { output: number }) => step.output);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(fourth).toBe(third);
    expect(steps[2].attempt).toBe(2);
    expect(journalOf(workflowId, state)).toContain("ended with exit code 3: it was too much");
  });

  test("a server process gets no BATON_ variables of a run or step", async () => {
    const outer = { BATON_WORKFLOW_ID: "outer", BATON_STEP_ID: "outer", BATON_ATTEMPT: "1", BATON_OUTPUT: "/dev/null" };
    const { steps } = await run(
      ["BATON_WORKFLOW_ID", "BATON_STEP_ID", "BATON_ATTEMPT", "BATON_OUTPUT"].map((name) => ({
        tool: "variable",
        arguments: { name },
      })),
      { on: await session("2026-07-28", scratch(), outer) },
    );
    expect(steps.map((step: { output: string }) => step.output)).toEqual(Array(4).fill("not there"));
  });

  test("a timeout or cancel reaches the server as notifications/cancelled; other calls go on", async () => {
    const { execute, monitor, directory } = await session();
    const marks = ["late", "cancelled", "free"].map((name) => join(directory, name));
    const slow = (mark: string | undefined, more: Fields = {}) => ({
      tool: "slow",
      server: fixture,
      arguments: { mark },
      ...more,
    });
    const late = await execute({
      workflow: { name: "late", steps: [{ id: "a", ...slow(marks[0], { timeout: 1_500 }) }] },
      waitSeconds: 30,
    });
    expect(late.steps[0]).toMatchObject({ status: "failed", error: { reason: "timeout" } });
    await expect.poll(() => readFileSync(marks[0]!, "utf8")).toContain("cancelled");

    const [one, other] = [
      await execute({ workflow: { name: "one", steps: [{ id: "a", ...slow(marks[1]) }] } }),
      await execute({ workflow: { name: "other", steps: [{ id: "a", ...slow(marks[2]) }] } }),
    ];
    const pids = [await appears(marks[1]!), await appears(marks[2]!)];
    expect(pids[0]).toBe(pids[1]);
    const cancelled = await monitor({ workflowId: one.workflowId, action: "cancel", waitSeconds: 20 });
    expect(cancelled.steps[0].status).toBe("cancelled");
    await expect.poll(() => readFileSync(marks[1]!, "utf8")).toContain("cancelled");
    const still = await monitor({ workflowId: other.workflowId });
    expect(still.steps[0].status).toBe("running");
    expect(startTimeOf(Number.parseInt(pids[1]!, 10))).toBeDefined();
    expect(readFileSync(marks[2]!, "utf8")).not.toContain("cancelled");
  });

  test.each([
    ["on its own", {}],
    ["by its guardian, if it ignores SIGTERM", { STUBBORN: "1" }],
  ])("a server process ends when Baton is killed or closed: %s", async (_, env) => {
    const ends = async (end: "kill" | "close") => {
      const on = await session();
      const { steps } = await run([{ tool: "pid", server: { ...fixture, env } }], { on });
      const pid = Number(steps[0].output);
      expect(startTimeOf(pid)).toBeDefined();
      await on.rpc[end]();
      await gone(pid);
    };
    // Both mostly wait, so they run together.
    await Promise.all([ends("kill"), ends("close")]);
  });

  test("after Baton is killed, the next server repeats the tool call as attempt 2", async () => {
    const directory = scratch();
    const mark = join(directory, "mark");
    const first = await session("2026-07-28", directory);
    const { workflowId } = await first.execute({
      workflow: { name: "crash", steps: [{ id: "a", tool: "slow", server: fixture, arguments: { mark } }] },
    });
    const pid = Number.parseInt(await appears(mark), 10);
    await first.rpc.kill();
    const next = await Rpc.start(directory, "2026-07-28");
    onTestFinished(() => next.kill());
    const ended = await next.until(workflowId, ({ success }) => success !== undefined);
    expect(ended.steps[0]).toMatchObject({ status: "completed", attempt: 2 });
    expect(ended.steps[0].output).toMatch(/^again in/);
    expect(ended.steps[0].output).not.toBe(`again in ${pid}`);
    await gone(pid);
  });
});

describe("a tool server by name", () => {
  test("a server name is looked up in .mcp.json up to the repository root, then in config.json", async () => {
    const named = (who: string) => ({ command: "${NODE_FOR_TEST:-node}", args: fixture.args, env: { WHO: who } });
    const file = (servers: object) => JSON.stringify({ mcpServers: servers });
    const outside = plant(scratch(), {
      ".mcp.json": file({ outer: named("outside") }),
      "repo/.git/HEAD": "",
      "repo/.mcp.json": file({ near: named("top"), far: named("top"), relative: { ...named("x"), args: ["./s.cjs"] } }),
      // The program itself and not its start file, which would write a cache while the directory is removed.
      "repo/s.cjs": readFileSync(join(dirname(fixture.args[0]!), "program.cjs")),
      "repo/in/.mcp.json": file({ near: named("inner") }),
      ".baton/config.json": file({ far: named("config"), own: named("config") }),
    });
    const directory = join(outside, "repo/in");
    const env = { BATON_STATE: join(outside, ".baton"), NODE_FOR_TEST: process.execPath };
    const servers = ["near", "far", "own", "relative", "outer"];
    const { steps } = await run(
      servers.map((server) => ({ tool: "variable", server, arguments: { name: "WHO" } })),
      { on: await session("2026-07-28", directory, env) },
    );
    const outputs = steps.map((step: { output: unknown }) => step.output);
    expect(outputs.slice(0, 4)).toEqual(["inner", "top", "config", "x"]);
    expect(steps[4].error).toMatchObject({ reason: "server_not_found" });
  });

  test("an invalid .mcp.json is server_misconfigured and named", async () => {
    const cwd = plant(scratch(), { ".mcp.json": "{" });
    const { steps } = await run([{ tool: "x", server: "y" }], { cwd });
    expect(steps[0].error).toMatchObject({ reason: "server_misconfigured" });
    expect(steps[0].error.message).toContain(join(cwd, ".mcp.json"));
  });
});

describe("a tool server over HTTP", () => {
  async function listening(): Promise<{ url: string; server: ChildProcess }> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const server = spawn(process.execPath, [EVERYTHING, "streamableHttp"], {
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void server.kill("SIGKILL"));
    for await (const chunk of server.stderr!) if (String(chunk).includes("listening")) break;
    server.stderr!.resume();
    return { url: `http://127.0.0.1:${port}/mcp`, server };
  }

  test("a tool over HTTP returns its result; a server that dies in a call is server_unavailable", async () => {
    const { url, server } = await listening();
    const { steps, success } = await run([
      { tool: "get-sum", server: { url, headers: { "x-token": "abc" } }, arguments: { a: 1, b: 2 } },
    ]);
    expect(success, JSON.stringify(steps)).toBe(true);
    const { execute, monitor } = await serve();
    const step = { tool: "trigger-long-running-operation", server: { url }, arguments: { duration: 600, steps: 1 } };
    const { workflowId } = await execute({ workflow: { name: "w", steps: [{ id: "a", ...step }] }, waitSeconds: 1 });
    server.kill("SIGKILL");
    const ended = await monitor({ workflowId, waitSeconds: 30 });
    expect(ended.steps[0]).toMatchObject({ status: "failed", error: { reason: "server_unavailable" } });
  });
});

test("a tool step can call execute_workflow of another Baton server", async () => {
  const directory = scratch();
  const inner = join(directory, "inner");
  mkdirSync(inner);
  writeFileSync(join(inner, "w.yaml"), "name: inner\nsteps:\n  - id: a\n    command: echo from the inside\n");
  const { steps, success, outputs } = await run(
    [
      {
        tool: "execute_workflow",
        server: {
          command: process.execPath,
          args: [BATON, "serve"],
          cwd: "inner",
          env: { BATON_STATE: join(inner, ".baton") },
        },
        arguments: { file: "w.yaml", waitSeconds: 30 },
        outputKey: "inner",
      },
      { server: undefined, command: "echo {{inner.steps[0].output}}" },
    ],
    { cwd: directory },
  );
  expect(success, JSON.stringify(steps)).toBe(true);
  expect(outputs[0]).toMatchObject({ status: "completed", success: true });
  expect(steps[1].output).toBe("from the inside");
});
