import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scratch } from "./baton.ts";
import { type Era, Rpc } from "./rpc.ts";

/** A server in a directory of its own, and its tools as functions that give the structured answer. */
export async function session(era: Era = "2026-07-28", directory = scratch(), env: Record<string, string> = {}) {
  const rpc = await Rpc.start(directory, era, { env: { HOME: join(directory, "home"), ...env } });
  onTestFinished(() => rpc.kill());
  const tool = (name: string) => async (args: object) => {
    const answer = await rpc.tool(name, args as Record<string, unknown>);
    return { ...answer.structuredContent, isError: answer.isError === true, text: answer.content[0]!.text };
  };
  return {
    directory,
    rpc,
    execute: tool("execute_workflow"),
    monitor: tool("monitor_workflow"),
    handoff: tool("handoff"),
    checkpoint: tool("checkpoint"),
    templates: tool("manage_templates"),
    orchestrate: tool("orchestrate"),
  };
}
