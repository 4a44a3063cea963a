import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, type Result } from "../../model/data/result.ts";
import { plainIssue } from "../../model/text/plain-issue.ts";
import { readTextFile } from "../../system/file.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { definitionOf, type ServerDefinition, ServerEntry, type ServerFailure } from "./definition.ts";

export interface KnownServers {
  /** The run's directory. */
  readonly cwd: string;
  /** The servers of Baton's own configuration. They start in `cwd`. */
  readonly configured: Readonly<Record<string, ServerEntry>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Entries = Readonly<Record<string, unknown>>;
const CONFIG_FILE = ".mcp.json";
/** The largest such file, in bytes. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * Finds a server by its name. The nearest `.mcp.json` that has it wins, from the run's directory up to the top of its
 * repository; Baton's configuration comes last.
 */
export function namedServer(name: string, known: KnownServers): Result<ServerDefinition, ServerFailure> {
  const names: string[] = [];
  for (const directory of upwards(known.cwd)) {
    const path = join(directory, CONFIG_FILE);
    if (!existsSync(path)) continue;
    const read = readEntries(path);
    if (typeof read === "string") return misconfigured(`${path}: ${read}`);
    if (Object.hasOwn(read, name)) return resolveEntry(name, read[name], directory, path, known.environment);
    names.push(...Object.keys(read));
  }
  if (Object.hasOwn(known.configured, name))
    return resolveEntry(name, known.configured[name], known.cwd, "config.json", known.environment);
  names.push(...Object.keys(known.configured));
  const there = [...new Set(names)].sort();
  const listed = there.length === 0 ? "none" : there.map((each) => `"${each}"`).join(", ");
  return err({
    reason: "server_not_found",
    message: `there is no MCP server "${name}"; known here: ${listed}`,
    hint:
      didYouMean(name, there) ??
      `Add it under "mcpServers" in ${join(known.cwd, CONFIG_FILE)} or in Baton's config.json.`,
  });
}

/** The directories from `cwd` up to the top of its git repository; outside a repository, `cwd` alone. */
function upwards(cwd: string): string[] {
  const found: string[] = [];
  for (let directory = cwd; ; directory = dirname(directory)) {
    found.push(directory);
    if (existsSync(join(directory, ".git"))) return found;
    if (dirname(directory) === directory) return [cwd];
  }
}

function readEntries(path: string): Entries | string {
  try {
    // The file comes with a repository, where it may be a link.
    const { mcpServers } = JSON.parse(readTextFile(path, MAX_CONFIG_BYTES, { follow: true })) as {
      mcpServers?: unknown;
    };
    if (typeof mcpServers === "object" && mcpServers !== null && !Array.isArray(mcpServers))
      return mcpServers as Entries;
    return 'must hold an object "mcpServers"';
  } catch (error) {
    return (error as Error).message;
  }
}

function resolveEntry(
  name: string,
  entry: unknown,
  directory: string,
  origin: string,
  environment: KnownServers["environment"],
): Result<ServerDefinition, ServerFailure> {
  const used: string[] = [];
  const missing = new Set<string>();
  const expanded = expand(entry, (variable, otherwise) => {
    const value = environment[variable] || otherwise || environment[variable];
    if (value === undefined && otherwise === undefined) missing.add(variable);
    else used.push(value ?? "");
    return value ?? otherwise ?? "";
  });
  const of = `${origin}: mcpServers.${name}`;
  if (missing.size > 0) {
    const hint = `Set it in the environment that starts Baton, or write a default: \${${[...missing][0]}:-…}.`;
    return misconfigured(`${of} needs ${[...missing].join(", ")}, which Baton's environment does not set`, hint);
  }
  const parsed = ServerEntry.safeParse(expanded, { error: plainIssue });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return misconfigured(`${[of, ...issue!.path].join(".")} ${issue!.message}`);
  }
  return definitionOf(`"${name}"`, parsed.data, directory, used);
}

/** Replaces `${NAME}` and `${NAME:-default}` in every string inside. */
function expand(value: unknown, lookUp: (name: string, otherwise: string | undefined) => string): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name, otherwise) =>
      lookUp(name, otherwise),
    );
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, lookUp));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, lookUp)]));
}

const misconfigured = (message: string, hint?: string): Result<never, ServerFailure> =>
  err({ reason: "server_misconfigured", message, ...(hint !== undefined && { hint }) });
