import { access, constants, lstat, open, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CodeSnapshot } from "../model/checkpoint.ts";
import { type Difference, GITLINK, GONE, listDifferences } from "./changes.ts";
import { type Asked, type Git, GitTrouble, type RawPath } from "./command.ts";
import { findForms, type Tracked } from "./converted-files.ts";
import { onDisk } from "./path.ts";
import type { Place } from "./place.ts";
import type { Bench } from "./private-git-dir.ts";

type Through = Required<Pick<Asked, "cwd" | "index" | "through">>;
type WhyUnrecorded = NonNullable<CodeSnapshot["unrecorded"]>["first"][number]["why"];

/** A work tree as a git object. */
export interface WorkTree {
  readonly tree: string;
  /** The content of the repository's index as a tree; with unmerged entries there is none. */
  readonly staged?: string;
  /** Files that git takes for unchanged, although their bytes differ from their objects; and the objects. */
  readonly unmodified: ReadonlyMap<RawPath, string>;
  readonly unrecorded: ReadonlyMap<RawPath, WhyUnrecorded>;
  /** Files that a sparse checkout leaves out: in the tree, not on the disk. */
  readonly absent: ReadonlySet<RawPath>;
}

/** Whether a commit and a work tree differ only in form: git has the file, and converts or filters it. */
export function isUnmodified({ unmodified }: WorkTree, { path, from, to }: Difference): boolean {
  return unmodified.get(path) === from.object && from.mode === to.mode;
}

/**
 * Writes the work tree byte by byte as a tree, through an index of Baton's own. The repository's index is only read,
 * so no lock on it matters. Baton's index begins as a copy, so git reads only files that changed or are converted. An
 * unchanged tree adds no object, except for those.
 */
export async function writeTree(git: Git, place: Place, bench: Bench, name: string): Promise<WorkTree> {
  const index = join(bench.directory, name);
  await copyIndex(place.index, index);
  const asked = { cwd: place.top, index, through: bench.exact };
  const staged = await git.ask(["write-tree", "--missing-ok"], { ...asked, answers: [128] });
  const { tracked, hidden } = await survey(git, asked);
  const changed: RawPath[] = [];
  const gone: RawPath[] = [];
  const absent = new Set<RawPath>();
  const unrecorded = new Map<RawPath, WhyUnrecorded>();
  await Promise.all([
    listDifferences(git, ["diff-files", "--ignore-submodules=dirty"], asked, ({ path, from, to }) => {
      if (place.excluded(path)) return;
      const away = to.mode === GONE || to.mode === GITLINK;
      // A submodule is recorded as the index has it, whatever it has checked out.
      if (away && from.mode === GITLINK) return;
      // A repository has taken the file's place.
      if (to.mode === GITLINK) unrecorded.set(path, "repository");
      if (to.mode === GONE && hidden.has(path)) absent.add(path);
      else (away ? gone : changed).push(path);
    }),
    git.list(["ls-files", "-z", "--others", "--exclude-standard"], asked, (path) => {
      const repository = path.endsWith("/");
      const name = repository ? path.slice(0, -1) : path;
      if (place.excluded(name)) return;
      if (repository) unrecorded.set(name, "repository");
      else changed.push(name);
    }),
  ]);
  for (const path of [...gone, ...absent]) tracked.delete(path);
  const { converted, same } = await findForms({ git, bench, top: place.top, index }, tracked, new Set(changed));
  if (gone.length > 0) await git.ask(["update-index", "-z", "--force-remove", "--stdin"], { ...asked, paths: gone });
  await forget(git, asked, converted);
  await add(git, place, asked, [...changed, ...converted.keys()], unrecorded);
  const { text: tree } = await git.ask(["write-tree", "--missing-ok"], asked);
  const unmodified = new Map([...converted, ...same].map(([path, { object }]) => [path, object]));
  return { tree, ...(staged.code === 0 && { staged: staged.text }), unmodified, unrecorded, absent };
}

/** Makes an index forget how files looked on the disk, so that git reads them. */
async function forget(git: Git, asked: Through, files: ReadonlyMap<RawPath, Tracked>): Promise<void> {
  if (files.size === 0) return;
  const paths = [...files].map(([path, { mode, object }]) => `${mode} ${object} 0\t${path}`);
  await git.ask(["update-index", "-z", "--index-info"], { ...asked, paths });
}

/**
 * With the original's time, not a later one: git takes a file for unchanged without reading it only if it is older
 * than the index. A slightly earlier time does no harm.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const file = await open(from).catch((error: NodeJS.ErrnoException) => {
    // A repository to which nothing was ever added has none.
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return;
  try {
    const { mtimeMs } = await file.stat();
    await writeFile(to, await file.readFile(), { mode: 0o600 });
    const time = (Math.floor(mtimeMs) - 1) / 1000;
    await utimes(to, time, time);
  } finally {
    await file.close();
  }
}

/**
 * The content of the index. Also makes git look at all files, including those that it was told to skip: they may have
 * changed. `hidden` are those that may be absent.
 */
async function survey(git: Git, asked: Through): Promise<{ tracked: Map<RawPath, Tracked>; hidden: Set<RawPath> }> {
  const assumed: RawPath[] = [];
  const skipped: RawPath[] = [];
  const tracked = new Map<RawPath, Tracked>();
  await git.list(["ls-files", "-z", "-v", "--stage"], asked, (record) => {
    const found = /^(.) (\d{6}) ([0-9a-f]+) ([0-3])\t(.*)$/s.exec(record);
    if (!found) throw new GitTrouble("failed", `git ls-files answers what is not understood: ${record.slice(0, 80)}`);
    const [, tag, mode, object, stage, path] = found as unknown as string[];
    if (stage === "0" && mode!.startsWith("100")) tracked.set(path!, { mode: mode!, object: object! });
    if (tag === "H") return;
    if (tag === tag!.toLowerCase()) assumed.push(path!);
    if (tag === "S" || tag === "s") skipped.push(path!);
  });
  for (const [option, paths] of [
    ["--no-assume-unchanged", assumed],
    ["--no-skip-worktree", skipped],
  ] as const) {
    if (paths.length > 0) await git.ask(["update-index", "-z", option, "--stdin"], { ...asked, paths });
  }
  return { tracked, hidden: new Set(skipped) };
}

/** Adds files to the index. A file that is gone by now is removed from it; an unreadable one stays as it was. */
async function add(
  git: Git,
  { top }: Place,
  asked: Through,
  paths: readonly RawPath[],
  unrecorded: Map<RawPath, WhyUnrecorded>,
): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"];
  try {
    await git.ask(args, { ...asked, paths });
  } catch (error) {
    if (!(error instanceof GitTrouble) || error.reason !== "failed") throw error;
    // One unreadable file makes git refuse all of them. Nothing was written then.
    const readable: RawPath[] = [];
    for (const path of paths) {
      if (await isReadable(onDisk(top, path))) readable.push(path);
      else unrecorded.set(path, "unreadable");
    }
    if (readable.length > 0) await git.ask(args, { ...asked, paths: readable });
  }
}

async function isReadable(path: Buffer): Promise<boolean> {
  try {
    const found = await lstat(path);
    if (found.isFile()) await access(path, constants.R_OK);
    return found.isFile() || found.isSymbolicLink() || found.isDirectory();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
