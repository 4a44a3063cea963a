import { join } from "node:path";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { onTestFinished } from "vitest";
import { BATON } from "./baton.ts";

/** An official client of an era, with its own server. Its answers are the text that a model would see. */
export interface Official {
  /** The text of an answer. Throws on an answer that is an error. */
  text(tool: string, args: object): Promise<string>;
  /** The text of an answer that is an error. */
  refusal(tool: string, args: object): Promise<string>;
  /** The structured answer. */
  // biome-ignore lint/suspicious/noExplicitAny: every tool has its own shape
  data(tool: string, args: object): Promise<any>;
  /** Kills the server without a notice. */
  kill(): void;
}

export async function official(era: "2025" | "2026", directory: string): Promise<Official> {
  const environment = { ...(process.env as Record<string, string>), BATON_STATE: "", HOME: join(directory, "home") };
  const server = { command: process.execPath, args: [BATON, "serve"], cwd: directory, env: environment };
  const connect = async () => {
    if (era === "2026") {
      const client = new ModernClient({ name: "v2", version: "1" }, { versionNegotiation: { mode: "auto" } });
      const transport = new ModernTransport(server);
      await client.connect(transport);
      return { client, transport };
    }
    const client = new OldClient({ name: "v1", version: "1" });
    const transport = new OldTransport(server);
    await client.connect(transport as never);
    return { client, transport };
  };
  const { client, transport } = await connect();
  onTestFinished(() => client.close());
  const call = async (name: string, args: object) => {
    const answer = await client.callTool({ name, arguments: args as Record<string, unknown> });
    const [content] = answer.content as { text: string }[];
    return { text: content!.text, isError: answer.isError === true, data: answer.structuredContent };
  };
  const textOf = async (name: string, args: object, isError: boolean) => {
    const answer = await call(name, args);
    if (answer.isError !== isError) throw new Error(answer.text);
    return answer.text;
  };
  return {
    text: (name, args) => textOf(name, args, false),
    refusal: (name, args) => textOf(name, args, true),
    data: async (name, args) => (await call(name, args)).data,
    kill: () => void process.kill(transport.pid!, "SIGKILL"),
  };
}
