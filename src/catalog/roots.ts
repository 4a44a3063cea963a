import { type Dirent, existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Scope } from "../model/capability.ts";
import { readRegularFile } from "../system/file.ts";
import { own, slugOf, textOf } from "./text.ts";

/** A directory in which the catalog looks for capabilities. */
export interface CatalogRoot {
  readonly directory: string;
  readonly scope: Scope;
  /** The plugin's name, or the scope. */
  readonly namespace: string;
  /** `skills`: files called SKILL.md. `all`: every other `.md`, too, as an agent. */
  readonly takes: "skills" | "all";
  /** Links below may lead anywhere inside this directory; absent: inside the root. */
  readonly within?: string;
  /** Whether the root itself may be a link that leads elsewhere: the user placed it. */
  readonly trusted: boolean;
}

export interface RootLocations {
  /** As configured or asked for, the strongest first. */
  readonly explicit: readonly string[];
  readonly project?: string | undefined;
  readonly home?: string | undefined;
  /** The directory that holds this program's own `agents` and `skills`. */
  readonly shipped?: string | undefined;
}

const TOOLS = [".agents", ".claude", ".goose"];
const SKIPPED = new Set([".git", ".hg", ".svn", "node_modules"]);

export const isSkipped = (name: string): boolean => SKIPPED.has(name);

/** All roots, the strongest first: a root nearer to the caller wins. */
export function rootsOf({ explicit, project, home, shipped }: RootLocations): CatalogRoot[] {
  const own = project === home ? undefined : project;
  return [
    ...explicit.map((directory) => explicitRoot(directory)),
    ...(own === undefined ? [] : pairs([...TOOLS, "."], own, { scope: "project", within: own, trusted: false })),
    ...(home === undefined
      ? []
      : [
          ...pairs(TOOLS, home, { scope: "user", within: home, trusted: true }),
          ...[".config/goose", ".config/agents"].map((place): CatalogRoot => {
            const directory = join(home, place, "skills");
            return { directory, scope: "user", namespace: "user", takes: "skills", within: home, trusted: true };
          }),
        ]),
    ...(own === undefined ? [] : pluginRoots(join(own, "plugins"), 1, { within: own, trusted: false })),
    ...(home === undefined ? [] : pluginRoots(join(home, ".claude/plugins"), 6, { within: home, trusted: true })),
    ...(shipped === undefined ? [] : pairs(["."], shipped, { scope: "shipped", within: shipped, trusted: true })),
  ];
}

export const explicitRoot = (directory: string): CatalogRoot => ({
  ...{ directory: resolve(directory), scope: "explicit", namespace: "explicit", takes: "all", trusted: true },
});

/**
 * The project that a directory belongs to: the top of its repository, else itself. A home kept in a repository is no
 * project of all in it.
 */
export function projectOf(directory: string, home: string | undefined): string {
  const start = resolve(directory);
  for (let at = start; at !== home; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) break;
  }
  return start;
}

type Common = Pick<CatalogRoot, "scope" | "within" | "trusted">;

function pairs(
  places: readonly string[],
  base: string,
  common: Common,
  namespace: string = common.scope,
): CatalogRoot[] {
  return places.flatMap((place): CatalogRoot[] => [
    { directory: join(base, place, "skills"), takes: "skills", namespace, ...common },
    { directory: join(base, place, "agents"), takes: "all", namespace, ...common },
  ]);
}

/** Directories looked through for plugins. */
const MAX_PLUGIN_DIRECTORIES = 5_000;

/** Every directory that holds `skills` or `agents`, at most `depth` levels down, is a plugin. */
function pluginRoots(directory: string, depth: number, common: Omit<Common, "scope">): CatalogRoot[] {
  const found: CatalogRoot[] = [];
  let level = [directory];
  let looked = 0;
  for (let down = 0; down <= depth && level.length > 0; down++) {
    const next: string[] = [];
    for (const at of level) {
      if (++looked > MAX_PLUGIN_DIRECTORIES) return found;
      const names = directoriesIn(at);
      if (down > 0 && (names.includes("skills") || names.includes("agents"))) {
        found.push(...pairs(["."], at, { ...common, scope: "plugin" }, pluginName(at)));
      }
      const inner = names.filter((name) => !["skills", "agents"].includes(name) && !name.startsWith("."));
      next.push(...inner.map((name) => join(at, name)));
    }
    level = next;
  }
  return found;
}

function directoriesIn(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  const directories = entries.filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name));
  return directories.map(({ name }) => name).sort();
}

/** The name in the manifest; else the folder's name, or its parent's if the folder is only a version. */
function pluginName(directory: string): string {
  const manifest = readRegularFile(join(directory, ".claude-plugin/plugin.json"), 64 * 1024);
  if ("bytes" in manifest) {
    try {
      const name = textOf(own(JSON.parse(new TextDecoder().decode(manifest.bytes)), "name"));
      if (name !== undefined) return slugOf(name);
    } catch {
      // A manifest that cannot be read names nothing.
    }
  }
  const name = basename(directory);
  return slugOf(/^v?\d+(\.\d+)*|^[0-9a-f]{7,40}$/.test(name) ? basename(dirname(directory)) : name);
}
