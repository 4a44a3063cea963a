import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { definitionOf } from "../../src/engine/servers/definition.ts";
import { Servers } from "../../src/engine/servers/index.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { startTimeOf } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { plant } from "../rig/files.ts";
import { VirtualScheduler } from "../rig/scheduler.ts";

/** The servers of one process, and a function that calls a tool of one. */
function rig(args: readonly string[], directory = scratch()) {
  const scheduler = new VirtualScheduler();
  const servers = new Servers({ environment: { PATH: process.env.PATH }, configured: {}, scheduler, version: "test" });
  onTestFinished(() => servers.closeAll());
  const definition = definitionOf("it", { command: process.execPath, args: [...args] }, directory);
  if (!definition.ok) throw new Error(definition.error.message);
  const call = async (tool: string, given: JsonObject = {}) => {
    const { signal } = new AbortController();
    const answer = await servers.use(
      definition.value,
      () => {},
      signal,
      (connection) => connection.call(tool, given, signal),
    );
    if (!answer.ok) throw new Error(answer.error.message);
    return (answer.value.content[0] as { text: string }).text;
  };
  return { scheduler, servers, call };
}

const fixture = bundle(new URL("../e2e/workflows/tool-server.ts", import.meta.url));
async function gone(pid: number): Promise<void> {
  while (startTimeOf(pid) !== undefined) await new Promise(setImmediate);
}

test("uses the newest protocol that the server knows", async () => {
  const { call } = rig([await fixture]);
  expect(await call("revision")).toBe("2026-07-28");
});

test("falls back to the older protocol for a server that exits at the probe", async () => {
  const directory = plant(scratch(), {
    "old.cjs": `
      const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, method, params } = JSON.parse(line);
        const tools = [{ name: "greet", inputSchema: { type: "object" } }];
        if (method === "initialize") {
          const { protocolVersion } = params;
          answer(id, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "old", version: "1" } });
        } else if (method === "tools/list") answer(id, { tools });
        else if (method === "tools/call") answer(id, { content: [{ type: "text", text: "good day" }] });
        else if (id !== undefined) process.exit(1);
      });`,
  });
  const { call } = rig([join(directory, "old.cjs")], directory);
  expect(await call("greet")).toBe("good day");
});

test("closes an unused server after a minute, and starts it again on demand", async () => {
  const { scheduler, call } = rig([await fixture]);
  const first = Number(await call("pid"));
  await scheduler.pass(59_000);
  expect(Number(await call("pid"))).toBe(first);
  await scheduler.pass(59_000);
  expect(startTimeOf(first)).toBeDefined();
  await scheduler.pass(1_000);
  await gone(first);
  expect(Number(await call("pid"))).not.toBe(first);
});

test("concurrent callers share one server process", async () => {
  const { call } = rig([await fixture]);
  const pids = await Promise.all([call("pid"), call("pid"), call("pid")]);
  expect(new Set(pids).size).toBe(1);
});

test("closeAll ends all servers", async () => {
  const { call, servers } = rig([await fixture]);
  const pid = Number(await call("pid"));
  servers.closeAll();
  await gone(pid);
});
