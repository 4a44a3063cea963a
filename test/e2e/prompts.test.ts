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
const names = commands.map(({ name }) => name);
const goal = 'add a "login" page\nwith <b>bold</b> $1 {{ x }}';

describe.each(["2026-07-28", "2025-11-25"] as const)("raw JSON-RPC, %s", (era) => {
  const serve = sharedSession(era);

  test("prompts/list has every command, without required arguments", async () => {
    const { prompts } = await (await serve()).rpc.request("prompts/list", {});
    expect(prompts.map(({ name }: { name: string }) => name)).toEqual(["build", "orchestrate", "checkpoint", "brief"]);
    for (const [at, { arguments: args, description }] of prompts.entries()) {
      expect(args).toEqual([{ name: commands[at]!.word, description: expect.any(String), required: false }]);
      expect(description.length).toBeLessThan(200);
    }
  });

  test.each([...commands])(
    "prompts/get $name works with its argument, without it and without arguments",
    async (command) => {
      const { rpc } = await serve();
      const { name, word } = command;
      const textOf = async (params: object) => {
        const { messages } = await rpc.request("prompts/get", { name, ...params });
        expect(messages).toMatchObject([{ role: "user", content: { type: "text" } }]);
        return messages[0].content.text;
      };
      expect(await textOf({ arguments: { [word]: goal } })).toBe(promptText(command, goal));
      expect(await textOf({ arguments: {} })).toBe(promptText(command));
      expect(await textOf({})).toBe(promptText(command));
      expect((await textOf({ arguments: { [word]: "x".repeat(1_000_000) } })).length).toBeLessThan(30_000);
    },
  );

  test("prompts/get answers an unknown prompt with those that there are and the calls that do the same", async () => {
    const { rpc } = await serve();
    await expect(rpc.request("prompts/get", { name: "briefing\n" })).rejects.toThrow(
      'there is no prompt "briefing\\n". There are: build (the same as orchestrate {goal}), orchestrate (the same as orchestrate {goal, mode: "explicit"}), ' +
        'checkpoint (the same as checkpoint {action: "create", workflowId, name}), brief (the same as monitor_workflow {action: "briefing"}).',
    );
    await expect(rpc.request("prompts/get", { name: "build", arguments: { goal: 7 } })).rejects.toThrow();
    expect((await rpc.request("prompts/list", {})).prompts).toHaveLength(commands.length);
    expect(rpc.noise).toEqual([]);
  });
});

const server = () => ({ command: process.execPath, args: [BATON, "serve"], cwd: scratch() });

test.each(["auto", "legacy"] as const)("the official client v2, mode %s, lists and gets prompts", async (mode) => {
  const client = new ModernClient({ name: "v2", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new ModernTransport(server()));
  onTestFinished(() => client.close());
  expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(names);
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
