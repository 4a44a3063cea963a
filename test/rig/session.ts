import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { scratch } from "./baton.ts";
import { type Era, Rpc } from "./rpc.ts";

export type Session = Awaited<ReturnType<typeof start>>;

/** A server in a directory of its own, and its tools as functions that give the structured answer. */
export async function session(era: Era = "2026-07-28", directory = scratch(), env: Record<string, string> = {}) {
  const own = await start(era, directory, env);
  onTestFinished(() => own.rpc.kill());
  return own;
}

/**
 * A server for all tests of a file or a `describe` that ask for it, started when the first of them does: for those that
 * look at runs, sessions and files of their own alone.
 * @param prepare puts into its directory what it has to find there, and says what is to be in its environment
 */
export function sharedSession(
  era: Era = "2026-07-28",
  prepare: (directory: string) => Record<string, string> = () => ({}),
): () => Promise<Session> {
  let shared: Promise<Session> | undefined;
  afterAll(async () => {
    const started = await shared;
    if (!started) return;
    await started.rpc.kill();
    rmSync(started.directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return () => {
    if (shared) return shared;
    const directory = mkdtempSync(join(tmpdir(), "baton-"));
    shared = start(era, directory, prepare(directory));
    return shared;
  };
}

async function start(era: Era, directory: string, env: Record<string, string>) {
  const rpc = await Rpc.start(directory, era, { env: { HOME: join(directory, "home"), ...env } });
  const tool = (name: string) => async (args: object) => {
    const answer = await rpc.tool(name, args as Record<string, unknown>);
    return { ...answer.structuredContent, isError: answer.isError === true, text: answer.content[0]!.text };
  };
  const handoff = tool("handoff");
  /** A part of an assignment, whole. */
  const read = async (assignment: string, part: string): Promise<string> => {
    let text = "";
    for (let cursor: string | undefined = "0"; cursor !== undefined; ) {
      const page: { text: string; isError: boolean; nextCursor?: string; error?: unknown } = (
        await rpc.tool("handoff", { action: "read", assignment, part, cursor })
      ).structuredContent;
      if (page.error) throw new Error(JSON.stringify(page.error));
      text += page.text;
      cursor = page.nextCursor;
    }
    return text;
  };
  return {
    directory,
    read,
    /** The input of an assignment's step; `null` if it has none. */
    inputOf: async (assignment: string) => JSON.parse(await read(assignment, "input").catch(() => "{}")).input ?? null,
    /** The state directory of the server. */
    state: env.BATON_STATE ?? join(directory, ".baton"),
    rpc,
    execute: tool("execute_workflow"),
    monitor: tool("monitor_workflow"),
    handoff,
    checkpoint: tool("checkpoint"),
    templates: tool("manage_templates"),
    orchestrate: tool("orchestrate"),
  };
}
