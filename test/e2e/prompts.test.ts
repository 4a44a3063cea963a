import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { commands } from "../../src/hosts/commands.ts";
import { promptText } from "../../src/hosts/host-files.ts";
import { BATON, scratch } from "../rig/baton.ts";
import { sharedSession } from "../rig/session.ts";

const [build, orchestrate] = commands;
const goal = 'add a "login" page\nwith <b>bold</b> $1 {{ x }}';

describe.each(["2026-07-28", "2025-11-25"] as const)("raw JSON-RPC, %s", (era) => {
  const serve = sharedSession(era);

  test("prompts/list has build and orchestrate, without required arguments", async () => {
    const { prompts } = await (await serve()).rpc.request("prompts/list", {});
    expect(prompts.map(({ name }: { name: string }) => name)).toEqual(["build", "orchestrate"]);
    for (const { arguments: args, description } of prompts) {
      expect(args).toEqual([{ name: "goal", description: expect.any(String), required: false }]);
      expect(description.length).toBeLessThan(200);
    }
  });

  test.each([build!, orchestrate!])(
    "prompts/get $name works with a goal, without a goal and without arguments",
    async (command) => {
      const { rpc } = await serve();
      const { name } = command;
      const textOf = async (params: object) => {
        const { messages } = await rpc.request("prompts/get", { name, ...params });
        expect(messages).toMatchObject([{ role: "user", content: { type: "text" } }]);
        return messages[0].content.text;
      };
      expect(await textOf({ arguments: { goal } })).toBe(promptText(command, goal));
      expect(await textOf({ arguments: {} })).toBe(promptText(command));
      expect(await textOf({})).toBe(promptText(command));
      expect((await textOf({ arguments: { goal: "x".repeat(1_000_000) } })).length).toBeLessThan(30_000);
    },
  );

  test("prompts/get refuses an unknown prompt, and the server goes on", async () => {
    const { rpc } = await serve();
    await expect(rpc.request("prompts/get", { name: "destroy" })).rejects.toThrow(/destroy/);
    await expect(rpc.request("prompts/get", { name: "build", arguments: { goal: 7 } })).rejects.toThrow();
    expect((await rpc.request("prompts/list", {})).prompts).toHaveLength(2);
    expect(rpc.noise).toEqual([]);
  });
});

const server = () => ({ command: process.execPath, args: [BATON, "serve"], cwd: scratch() });

test.each(["auto", "legacy"] as const)("the official client v2, mode %s, lists and gets prompts", async (mode) => {
  const client = new ModernClient({ name: "v2", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new ModernTransport(server()));
  onTestFinished(() => client.close());
  expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["build", "orchestrate"]);
  const { messages } = await client.getPrompt({ name: "build", arguments: { goal } });
  expect(messages[0]!.content).toEqual({ type: "text", text: promptText(build!, goal) });
});

test("the official client v1 gets a prompt", async () => {
  const client = new OldClient({ name: "v1", version: "1" });
  await client.connect(new OldTransport(server()));
  onTestFinished(() => client.close());
  const { messages } = await client.getPrompt({ name: "orchestrate" });
  expect(messages[0]!.content).toEqual({ type: "text", text: promptText(orchestrate!) });
});
