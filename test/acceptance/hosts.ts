import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { BATON, scratch } from "../rig/baton.ts";
import { type Binaries, binaries, type HostName } from "./binaries.ts";
import { type Begin, type ScriptedModel, startModel } from "./model.ts";

/** How a host is started without a person, without a login, and with nothing of anybody's home. */
interface Start {
  readonly home: string;
  readonly state: string;
  readonly model: ScriptedModel;
  readonly prompt: string;
}

type Command = { readonly args: readonly string[]; readonly environment: Readonly<Record<string, string>> };

const serve = (state: string) => [BATON, "serve", "--state", state];

const COMMANDS: Readonly<Record<HostName, (start: Start) => Command>> = {
  claude({ home, state, model, prompt }) {
    const servers = join(home, "mcp.json");
    writeFileSync(
      servers,
      JSON.stringify({ mcpServers: { baton: { command: process.execPath, args: serve(state) } } }),
    );
    return {
      args: [
        ...["-p", prompt, "--mcp-config", servers, "--strict-mcp-config"],
        ...["--allowedTools", "mcp__baton__*", "Write", "--output-format", "json"],
      ],
      environment: {
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: "dummy",
        DISABLE_AUTOUPDATER: "1",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      },
    };
  },
  goose({ home, state, model, prompt }) {
    const recipe = join(home, "recipe.yaml");
    const extension = { type: "stdio", name: "baton", description: "Baton", cmd: process.execPath, args: serve(state) };
    writeFileSync(
      recipe,
      JSON.stringify({
        version: "1.0.0",
        title: "t",
        description: "d",
        prompt,
        extensions: [{ ...extension, timeout: 300 }],
      }),
    );
    return {
      args: ["run", "--no-session", "--recipe", recipe],
      environment: {
        GOOSE_PROVIDER: "openai",
        GOOSE_MODEL: "gpt-4o",
        GOOSE_MODE: "auto",
        GOOSE_DISABLE_KEYRING: "1",
        GOOSE_TELEMETRY_ENABLED: "false",
        OPENAI_API_KEY: "dummy",
        OPENAI_HOST: model.url,
      },
    };
  },
};

let ready: Promise<Binaries> | undefined;

/** Finds or installs the hosts; the first time takes as long as downloading half a gigabyte. */
export function prepareHosts(): Promise<Binaries> {
  ready ??= binaries();
  return ready;
}

export interface Session {
  /** What the model was shown for its calls, in their order. */
  readonly shown: readonly string[];
}

export interface Circumstances {
  /** Scripts for conversations that the session itself starts, by a word of their first message. */
  readonly subagents?: Readonly<Record<string, Begin>>;
  /** When aborted, the host and all that it started are killed without a word. */
  readonly dies?: AbortSignal;
}

/** One session of a host, from its start to its end, with a model that follows a script. Throws if a script broke off or the host failed. */
export async function inHost(
  host: HostName,
  { state, cwd }: { readonly state: string; readonly cwd: string },
  script: Begin,
  { subagents = {}, dies }: Circumstances = {},
): Promise<Session> {
  const binary = (await prepareHosts())[host];
  const home = join(scratch(), "home");
  mkdirSync(home);
  const word = "Do the work of this session.";
  const model = await startModel({ ...subagents, [word]: script });
  onTestFinished(() => model.close());
  const { args, environment } = COMMANDS[host]({ home, state, model, prompt: word });
  const ran = await run(binary, args, { cwd, env: { HOME: home, PATH: process.env.PATH!, ...environment } }, dies);
  const shown = model.shown.map(({ text }) => text);
  if (model.problem) throw model.problem;
  if (ran.code !== 0 && !dies?.aborted)
    throw new Error(`${host} ended with ${ran.code}:\n${ran.output}\nIts model was shown:\n${shown.join("\n---\n")}`);
  return { shown };
}

type Ran = { readonly code: number | null; readonly output: string };

/** In a process group of its own, all of which is gone when the test is. */
function run(
  binary: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
  dies: AbortSignal | undefined,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const kill = () => {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // Already gone, which is how it should be.
      }
    };
    onTestFinished(kill);
    dies?.addEventListener("abort", kill);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
