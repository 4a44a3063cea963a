import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { RUNNER_OUTPUTS } from "./engine/headless/signs-of-life.ts";
import { ServerEntry } from "./engine/servers/definition.ts";
import { trackedIn } from "./git/tracked.ts";
import { DURATION_FORMS, parseDuration } from "./model/text/duration.ts";
import { plainIssue } from "./model/text/plain-issue.ts";
import { CONFIRM_BELOW } from "./model/worker.ts";
import { readRegularFile } from "./system/file.ts";
import { createTrust } from "./trust/index.ts";
import { trustKey, trustKeyPath } from "./trust/key.ts";

/** Milliseconds as a number, or a duration as text. */
const milliseconds = (least: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? (parseDuration(value) ?? value) : value),
    z.coerce
      .number({ error: ({ code }) => (code === "invalid_type" ? `must be a duration: ${DURATION_FORMS}` : undefined) })
      .int()
      .min(least),
  );

/**
 * All settings with their defaults. Flags override the environment, which overrides `config.json` in the state
 * directory.
 */
const Settings = z.strictObject({
  /**
   * `process`: acknowledged facts survive kill -9. `power`: they also survive a power cut, with one fsync per
   * answer.
   */
  durability: z.enum(["process", "power"]).default("process"),
  /** Steps of the largest workflow. */
  maxSteps: z.coerce.number().int().min(1).max(100_000).default(10_000),
  /** Concurrent steps of one run, unless the run sets its own limit. */
  maxParallel: z.coerce.number().int().min(1).max(1024).default(Math.max(2, availableParallelism())),
  /** From 0 to 1. A plan that says it is less sure of itself waits for the user, unless its step sets another limit. */
  confirmPlansBelow: z.coerce.number().min(0).max(1).default(CONFIRM_BELOW),
  /** Milliseconds. A run whose owner died within this time resumes automatically. */
  resumeWithin: milliseconds(0).default(3_600_000),
  /** Milliseconds. Anybody may take over a step whose worker has given no sign of life for this long. */
  takeOverAfter: milliseconds(1).default(600_000),
  /** Milliseconds between SIGTERM and SIGKILL. */
  killGrace: milliseconds(1).default(5_000),
  /** Milliseconds. How long the lease of a step waits until its checks have run once before the work. */
  baselineWait: milliseconds(1).default(10_000),
  /** Milliseconds between two heartbeats of an owner. */
  heartbeat: milliseconds(1).default(2_000),
  /** Milliseconds. An owner without a heartbeat for this long counts as dead, even if Baton cannot see its process. */
  staleAfter: milliseconds(1).default(15_000),
  /**
   * Programs that perform agent steps without a person: name → command with `{prompt_file}`, `{output_file}`, and
   * what it prints. Only in `config.json`.
   */
  runners: z
    .record(
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      z.strictObject({
        command: z
          .string()
          .regex(
            /\{prompt_file\}/,
            "must contain {prompt_file}, which Baton replaces with the path of the prompt file",
          ),
        max: z.number().int().min(1).max(64).default(2),
        output: z.enum(RUNNER_OUTPUTS).default("text"),
      }),
    )
    .default({}),
  /** The default runner for agent steps of `baton build`. */
  runner: z.string().optional(),
  /** MCP servers whose tools steps may call by name, as in a `.mcp.json`. Only in `config.json`. */
  mcpServers: z.record(z.string(), ServerEntry).default({}),
  /** Whether checkpoints record the code of a git work tree. */
  checkpointCode: z
    .preprocess((value) => (value === "true" || value === "false" ? value === "true" : value), z.boolean())
    .default(true),
  /** Check commands of the project, in place of those detected from its manifests. Only in `config.json`. */
  checks: z.array(z.string().min(1)).max(50).optional(),
  /**
   * Directories to search first for skills and agents, in order of precedence. Separated by colons in the
   * environment.
   */
  roots: z
    .preprocess((value) => (typeof value === "string" ? value.split(":") : value), z.array(z.string()))
    .default([]),
});
export type Settings = z.infer<typeof Settings>;

export interface Config extends Settings {
  /** Absolute path of the state directory. It may not exist yet. */
  readonly state: string;
  /** Absolute path that callers' relative paths resolve against. */
  readonly cwd: string;
  /** Absolute path of the file with this user's trust key. It may not exist yet. */
  readonly trustKey: string;
  /** Sentences for the person who started the program. */
  readonly notes: readonly string[];
}

/** Settings from the command line. Repeatable flags are lists. */
export type Flags = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ConfigSources {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
}

/**
 * What Baton writes into a state directory. If git tracks any of it, everyone with write access to the repository
 * can change it.
 */
const TRACKABLE_ENTRIES = ["runs/", "keys/", "sessions/", "trust.json"];

/** Returns the trust of a state directory. */
export const trustOf = (state: string, key: string, environment: ConfigSources["environment"]) =>
  createTrust({
    directory: state,
    key: trustKey(key),
    uid: process.getuid?.(),
    tracked: (entries = TRACKABLE_ENTRIES) => trackedIn(state, entries, environment),
    elapsed: () => performance.now(),
  });

/** An unknown or invalid setting. The message says which one, where it was set, and what is valid. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads all settings into one frozen object. Throws ConfigError. */
export function readConfig(from: ConfigSources): Config {
  const state = stateDirectory(from);
  const trustKey = keyPath(from, state);
  const { settings, notes } = readSettings(state, trustKey, from);
  const given: Record<string, unknown> = { ...settings };
  const origin = new Map(Object.keys(given).map((key) => [key, join(state, "config.json")]));
  for (const key of Object.keys(Settings.shape)) {
    const variable = `BATON_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    const value = from.flags[key] ?? from.environment[variable];
    if (value === undefined || value === "") continue;
    given[key] = value;
    origin.set(key, from.flags[key] === undefined ? variable : `--${key}`);
  }
  const parsed = Settings.safeParse(given, { error: plainIssue });
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) => {
      const key = String(issue.path[0] ?? "");
      if (issue.code === "unrecognized_keys" && key === "") {
        const names = issue.keys.map((name) => JSON.stringify(name)).join(", ");
        return `${join(state, "config.json")}: unknown setting ${names}; \`baton settings\` lists the settings`;
      }
      return `${origin.get(key) ?? join(state, "config.json")}: ${key ? `${issue.path.join(".")}: ` : ""}${issue.message}`;
    });
    throw new ConfigError(mistakes.join("\n"));
  }
  // Paths in the file are relative to its project; all others, to the working directory.
  const base = origin.get("roots")?.endsWith("config.json") ? dirname(state) : from.cwd;
  const roots = parsed.data.roots.filter((root) => root !== "").map((root) => resolve(base, root));
  return Object.freeze({ ...parsed.data, roots, state, cwd: from.cwd, trustKey, notes });
}

/**
 * Reads `config.json` if the state directory carries this user's mark. A repository can ship one, and it names
 * programs to run.
 */
function readSettings(state: string, key: string, from: ConfigSources): { settings: object; notes: string[] } {
  const path = join(state, "config.json");
  if (!existsSync(path)) return { settings: {}, notes: [] };
  const trust = trustOf(state, key, from.environment);
  if (trust.coversConfig()) return { settings: readFile(path), notes: [] };
  const note = `${path} is ignored: you have not trusted its present content. Read it, then run \`baton trust ${state}\`.`;
  return { settings: {}, notes: [note] };
}

/** Resolves the path of the trust key. Throws ConfigError if the key lies in the project, where others can read it. */
function keyPath({ environment, home, cwd }: ConfigSources, state: string): string {
  const path = trustKeyPath({ environment, home, cwd });
  const tops = [state, worktreeTop(cwd), worktreeTop(dirname(state))].filter((top) => top !== undefined);
  const within = tops.find((top) => path.startsWith(`${top}/`));
  if (environment.BATON_TRUST_KEY && within !== undefined)
    throw new ConfigError(`BATON_TRUST_KEY: ${path} lies in ${within}; move the key outside of the project`);
  return path;
}

/** Returns the top of the git work tree that holds a directory. */
function worktreeTop(directory: string): string | undefined {
  if (existsSync(join(directory, ".git"))) return directory;
  return dirname(directory) === directory ? undefined : worktreeTop(dirname(directory));
}

const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

function readFile(path: string): object {
  // People keep settings as symbolic links, so links are followed. A FIFO or device is refused, never waited for.
  if (!existsSync(path)) return {};
  const read = readRegularFile(path, MAX_CONFIG_BYTES, { follow: true });
  if ("reason" in read) throw new ConfigError(`${path}: ${read.message}`);
  try {
    const value: unknown = JSON.parse(read.bytes.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new ConfigError(`${path}: must be a JSON object`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The parser's message quotes the text, and a link can lead to any file, so only the line number is kept.
    const at = /line (\d+)/.exec((error as Error).message)?.[1];
    const why =
      error instanceof SyntaxError ? `is not valid JSON${at ? ` (line ${at})` : ""}` : (error as Error).message;
    throw new ConfigError(`${path}: ${why}`);
  }
}

/**
 * Resolves the state directory (SEMANTICS §1), in this order:
 * the flag or the environment; the nearest `.baton` upwards; `.baton` in the git top level, else in the working
 * directory. Never uses `/`, the home directory, a directory that Baton cannot write, or one that others can always
 * write. Those get a directory of their own in the user's state home.
 */
export function stateDirectory({ flags, environment, cwd, home }: ConfigSources): string {
  const told = flags.state ?? environment.BATON_STATE;
  if (typeof told === "string" && told !== "") return resolve(cwd, told);
  const upwards: string[] = [];
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    upwards.push(directory);
    if (dirname(directory) === directory) break;
  }
  const allowed = (directory: string) => directory !== "/" && directory !== home;
  const existing = upwards.find((directory) => allowed(directory) && existsSync(join(directory, ".baton")));
  const base = existing ?? upwards.find((directory) => existsSync(join(directory, ".git"))) ?? resolve(cwd);
  const state = join(base, ".baton");
  const place = existsSync(state) ? state : base;
  if (allowed(base) && writable(place) && keepsModes(place)) return state;
  const shared = environment.XDG_STATE_HOME;
  const root = shared && isAbsolute(shared) ? shared : join(home, ".local", "state");
  return join(root, "baton", createHash("sha256").update(resolve(cwd)).digest("hex").slice(0, 16));
}

/**
 * Whether a new directory there can be private: some file systems show one mode for everything.
 * Tested only where others can write, since the test creates a directory and removes it.
 */
function keepsModes(directory: string): boolean {
  if ((statSync(directory).mode & 0o022) === 0) return true;
  let probe: string;
  try {
    probe = mkdtempSync(join(directory, ".tmp-baton-"));
  } catch {
    return true;
  }
  try {
    return (statSync(probe).mode & 0o022) === 0;
  } finally {
    rmdirSync(probe);
  }
}

function writable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
