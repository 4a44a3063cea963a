import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { extname, sep } from "node:path";
import type { CapabilityIssue, RecordRefusal } from "../model/capability.ts";
import { type CatalogRoot, isSkipped } from "./roots.ts";

/** A file that may hold a capability. */
export interface FoundFile {
  /** The path from the root, with links unresolved. */
  readonly path: string;
  readonly realPath: string;
  readonly relativePath: string;
}

export interface FoundFiles {
  readonly found: readonly FoundFile[];
  readonly refusals: readonly RecordRefusal[];
  /** False: the root directory does not exist. */
  readonly exists: boolean;
}

/** Limits of one root: levels of folders, and entries in them. */
const MAX_FOLDER_DEPTH = 16;
export const MAX_ENTRIES = 100_000;

interface Entry {
  readonly path: string;
  readonly realPath: string;
  /** From the root. */
  readonly relativePath: string;
  readonly depth: number;
}

/**
 * Finds the files of a root. Follows links last, so that a file keeps its own path.
 * Enters no directory twice, and none outside the root's boundaries. Never throws.
 */
export function findFiles(root: CatalogRoot, mostEntries = MAX_ENTRIES): FoundFiles {
  const found: FoundFile[] = [];
  const refusals: RecordRefusal[] = [];
  const refuse = (path: string, finding: CapabilityIssue) => void refusals.push({ ...finding, path });
  const opened = open(root);
  if ("code" in opened) return { found, refusals: [{ ...opened, path: root.directory }], exists: true };
  if (opened.realPath === undefined) return { found, refusals, exists: false };
  const { realPath, boundaries } = opened;

  const entered = new Set<string>();
  const links: Entry[] = [];
  const pending: Entry[] = [{ path: root.directory, realPath, relativePath: "", depth: 0 }];
  let entries = 0;

  const enter = ({ path, realPath, relativePath, depth }: Entry) => {
    if (entered.has(realPath) || entries > mostEntries) return;
    entered.add(realPath);
    if (depth > MAX_FOLDER_DEPTH) return refuse(path, tooDeep());
    let inside: Dirent[];
    try {
      inside = readdirSync(realPath, { withFileTypes: true });
    } catch (error) {
      return refuse(path, unreadable("folder", error));
    }
    // Directories name their entries in any order.
    inside.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of inside) {
      if (entries++ === mostEntries) refuse(path, tooMany(mostEntries));
      if (entries > mostEntries) return;
      if (isSkipped(entry.name)) continue;
      const { name } = entry;
      const place: Entry = {
        path: below(path, name),
        realPath: below(realPath, name),
        relativePath: relativePath === "" ? name : `${relativePath}/${name}`,
        depth: depth + 1,
      };
      if (entry.isDirectory()) pending.push(place);
      else if (entry.isSymbolicLink()) links.push(place);
      else if (!wanted(entry.name, root)) continue;
      else if (entry.isFile()) found.push(place);
      else refuse(place.path, notAFile());
    }
  };

  const follow = ({ path, realPath: link, relativePath, depth }: Entry) => {
    let target: string;
    let stats: Stats;
    try {
      target = realpathSync(link);
      stats = statSync(target);
    } catch (error) {
      if (["", ".md"].includes(extname(path))) refuse(path, brokenLink(error));
      return;
    }
    if (!stats.isDirectory() && !wanted(path.slice(path.lastIndexOf(sep) + 1), root)) return;
    const allowed = boundaries.some((boundary) => isInside(target, boundary)) && !isInside(realPath, target, false);
    if (entered.has(target)) return;
    if (!allowed) refuse(path, leadsOut(target));
    else if (stats.isDirectory()) pending.push({ path, realPath: target, relativePath, depth });
    else if (stats.isFile()) found.push({ path, realPath: target, relativePath });
    else refuse(path, notAFile());
  };

  for (let next = 0; ; next++) {
    for (let place = pending.pop(); place; place = pending.pop()) enter(place);
    const link = links[next];
    if (!link) return { found, refusals, exists: true };
    follow(link);
  }
}

type Opened = { readonly realPath: string | undefined; readonly boundaries: readonly string[] } | CapabilityIssue;

function open(root: CatalogRoot): Opened {
  try {
    const realPath = realpathSync(root.directory);
    if (!statSync(realPath).isDirectory()) return notADirectory();
    const within = root.within === undefined ? undefined : realpathSync(root.within);
    if (within !== undefined && !root.trusted && !isInside(realPath, within)) return leadsOut(realPath);
    return { realPath, boundaries: [realPath, ...(within === undefined ? [] : [within])] };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { realPath: undefined, boundaries: [] };
    return unreadable("folder", error);
  }
}

/** Faster than `join`: names of directory entries need no normalization. */
const below = (directory: string, name: string): string =>
  (directory.endsWith("/") ? directory : `${directory}/`) + name;

const wanted = (name: string, { takes }: CatalogRoot): boolean =>
  takes === "skills" ? name === "SKILL.md" : name.endsWith(".md");

function isInside(path: string, directory: string, orSame = true): boolean {
  if (path === directory) return orSame;
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

const refused = (code: string, message: string, mend: string): CapabilityIssue => ({
  code,
  effect: "refused",
  message,
  mend,
});

export const unreadable = (what: string, error: unknown): CapabilityIssue =>
  refused(
    "unreadable",
    `the ${what} cannot be read: ${(error as Error).message}`,
    "Allow Baton to read it, or move it away.",
  );
export const notAFile = (): CapabilityIssue =>
  refused("not-a-file", "is a pipe, socket or device, not a regular file", "Put a regular file in its place.");
const notADirectory = (): CapabilityIssue =>
  refused("root-not-a-folder", "is not a folder", "Name the folder that contains it.");
const tooDeep = (): CapabilityIssue =>
  refused("too-deep", `lies more than ${MAX_FOLDER_DEPTH} folders below its root`, "Name a root nearer to it.");
const tooMany = (most: number): CapabilityIssue =>
  refused(
    "too-many",
    `its root holds more than ${most} files and folders; Baton ignores the rest`,
    "Name a smaller root.",
  );
const brokenLink = (error: unknown): CapabilityIssue =>
  refused(
    "link-broken",
    `the target of the link cannot be read: ${(error as Error).message}`,
    "Correct or remove the link.",
  );
const leadsOut = (target: string): CapabilityIssue =>
  refused(
    "link-outside",
    `the link leads out of its root, to ${target}`,
    "Copy the file into the root, or pass the target's folder as another root.",
  );
