import { spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { BATON, scratch } from "../rig/baton.ts";
import { type Binaries, binaries, type HostName } from "./binaries.ts";
import { type Begin, type ScriptedModel, startModel } from "./model.ts";

/** How a host is started without a person and without a login. */
interface Start {
  readonly home: string;
  readonly state: string;
  readonly prompt: string;
}

const serve = (state: string) => [BATON, "serve", "--state", state];

const ARGUMENTS: Readonly<Record<HostName, (start: Start) => readonly string[]>> = {
  claude({ home, state, prompt }) {
    const servers = join(home, "mcp.json");
    writeFileSync(
      servers,
      JSON.stringify({ mcpServers: { baton: { command: process.execPath, args: serve(state) } } }),
    );
    return [
      ...["-p", prompt, "--mcp-config", servers, "--strict-mcp-config"],
      ...["--allowedTools", "mcp__baton__*", "Write", "--output-format", "json"],
    ];
  },
  goose({ home, state, prompt }) {
    const recipe = join(home, "recipe.yaml");
    const extension = { type: "stdio", name: "baton", description: "Baton", cmd: process.execPath, args: serve(state) };
    writeFileSync(
      recipe,
      JSON.stringify({
        ...{ version: "1.0.0", title: "t", description: "d", prompt },
        extensions: [{ ...extension, timeout: 300 }],
      }),
    );
    return ["run", "--no-session", "--recipe", recipe];
  },
};

/** For any host: the scripted model, and nothing of the person's who runs the tests. */
const environmentFor = (home: string, model: ScriptedModel): Record<string, string> => ({
  HOME: home,
  PATH: process.env.PATH!,
  BATON_TRUST_KEY: process.env.BATON_TRUST_KEY!,
  ANTHROPIC_BASE_URL: model.url,
  ANTHROPIC_API_KEY: "dummy",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  OPENAI_HOST: model.url,
  OPENAI_API_KEY: "dummy",
  GOOSE_PROVIDER: "openai",
  GOOSE_MODEL: "gpt-4o",
  GOOSE_MODE: "auto",
  GOOSE_DISABLE_KEYRING: "1",
  GOOSE_TELEMETRY_ENABLED: "false",
});

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

/**
 * One session of a host, from its start to its end, with a model that follows a script. Throws if a script broke off or
 * the host failed.
 */
export async function inHost(
  host: HostName,
  { state, cwd }: { readonly state: string; readonly cwd: string },
  script: Begin,
  { subagents = {}, dies }: Circumstances = {},
): Promise<Session> {
  const binary = (await prepareHosts())[host];
  const home = emptyHome();
  const prompt = "Do the work of this session.";
  const model = await startModel({ ...subagents, [prompt]: script });
  onTestFinished(() => model.close());
  const args = ARGUMENTS[host]({ home, state, prompt });
  const ran = await run(binary, args, { cwd, env: environmentFor(home, model) }, dies);
  const shown = model.shown.map(({ text }) => text);
  if (model.problem) throw model.problem;
  if (ran.code !== 0 && !dies?.aborted)
    throw new Error(`${host} ended with ${ran.code}:\n${ran.output}\nIts model was shown:\n${shown.join("\n---\n")}`);
  return { shown };
}

/**
 * Runs a workflow file at a terminal at which the hosts' own commands are known, so that Baton itself can start them as
 * runners. `scripts` answer what it asks them, by a word of the prompt.
 */
export async function atTerminal(
  { state, cwd }: { readonly state: string; readonly cwd: string },
  file: string,
  scripts: Readonly<Record<string, Begin>>,
): Promise<Ran> {
  const home = emptyHome();
  const commands = join(home, "bin");
  mkdirSync(commands);
  for (const [name, binary] of Object.entries(await prepareHosts())) symlinkSync(binary, join(commands, name));
  const model = await startModel(scripts);
  onTestFinished(() => model.close());
  const { PATH, ...environment } = environmentFor(home, model);
  const env = { ...environment, PATH: `${commands}:${PATH}` };
  const ran = await run(process.execPath, [BATON, "run", file, "--state", state], { cwd, env });
  if (model.problem) throw model.problem;
  return ran;
}

/**
 * A host as a person starts it who has set it up: with these arguments, in this home. `scripts` answer by a word of
 * what their conversation begins with.
 */
export async function asSetUp(
  host: HostName,
  args: readonly string[],
  { cwd, home }: { readonly cwd: string; readonly home: string },
  scripts: Readonly<Record<string, Begin>> = {},
): Promise<Ran & Session> {
  const model = await startModel(scripts);
  onTestFinished(() => model.close());
  const ran = await run((await prepareHosts())[host], args, { cwd, env: environmentFor(home, model) });
  if (model.problem) throw model.problem;
  return { ...ran, shown: model.shown.map(({ text }) => text) };
}

export function emptyHome(): string {
  const home = join(scratch(), "home");
  mkdirSync(home);
  return home;
}

type Ran = { readonly code: number | null; readonly output: string };

/** In a process group of its own, all of which is gone when the test is. */
function run(
  binary: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
  dies?: AbortSignal,
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
