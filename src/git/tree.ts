import { access, constants, lstat, open, utimes, writeFile } from "node:fs/promises";
import type { CodeSnapshot } from "../model/checkpoint.ts";
import { GITLINK, GONE, listDifferences } from "./changes.ts";
import { type Git, GitTrouble, type RawPath } from "./command.ts";
import type { Place } from "./repository.ts";

type WhyUnrecorded = NonNullable<CodeSnapshot["unrecorded"]>["first"][number]["why"];

/** A work tree as an object of git. */
export interface WorkTree {
  readonly tree: string;
  /** What the repository's index holds, if that is a tree: with unmerged entries it is not. */
  readonly staged?: string;
  readonly unrecorded: ReadonlyMap<RawPath, WhyUnrecorded>;
  /** Files that a sparse checkout leaves out: in the tree, not on the disk. */
  readonly absent: ReadonlySet<RawPath>;
}

/** A path of the work tree for the file system. */
export function onDisk(top: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, "latin1")]);
}

/**
 * Writes the work tree as it is as a tree, through an index of our own: the repository's is only read, so that nobody's lock on it matters.
 * Since ours begins as a copy of it, git reads only files that have changed, and an unchanged tree adds no object.
 */
export async function writeTree(git: Git, place: Place, index: string): Promise<WorkTree> {
  await copyIndex(place.index, index);
  const asked = { cwd: place.top, index };
  const staged = await git.ask(["write-tree", "--missing-ok"], { ...asked, answers: [128] });
  const hidden = await unhide(git, place, index);
  const changed: RawPath[] = [];
  const gone: RawPath[] = [];
  const absent = new Set<RawPath>();
  const unrecorded = new Map<RawPath, WhyUnrecorded>();
  await Promise.all([
    listDifferences(git, ["diff-files", "--ignore-submodules=dirty"], asked, ({ path, from, to }) => {
      if (place.excluded(path)) return;
      const away = to.mode === GONE || to.mode === GITLINK;
      // A submodule is recorded as the index has it, whatever is checked out in it.
      if (away && from.mode === GITLINK) return;
      // A repository of its own has come in the file's place.
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
  if (gone.length > 0) await git.ask(["update-index", "-z", "--force-remove", "--stdin"], { ...asked, paths: gone });
  await add(git, place, index, changed, unrecorded);
  const { text: tree } = await git.ask(["write-tree", "--missing-ok"], asked);
  return { tree, ...(staged.code === 0 && { staged: staged.text }), unrecorded, absent };
}

/**
 * With the original's time, and not a later one: git takes a file for unchanged without reading it only if it is older than the index.
 * A little earlier does no harm.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const file = await open(from).catch((error: NodeJS.ErrnoException) => {
    // A repository in which nothing was ever added has none.
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
 * Makes git look at all files, also at those that it was told not to look at: they may have changed. Returns those that it was told need
 * not be there.
 */
async function unhide(git: Git, { top }: Place, index: string): Promise<Set<RawPath>> {
  const asked = { cwd: top, index };
  const assumed: RawPath[] = [];
  const skipped: RawPath[] = [];
  await git.list(["ls-files", "-z", "-v"], asked, (record) => {
    const tag = record[0]!;
    if (tag === "H") return;
    if (tag === tag.toLowerCase()) assumed.push(record.slice(2));
    if (tag === "S" || tag === "s") skipped.push(record.slice(2));
  });
  for (const [option, paths] of [
    ["--no-assume-unchanged", assumed],
    ["--no-skip-worktree", skipped],
  ] as const) {
    if (paths.length > 0) await git.ask(["update-index", "-z", option, "--stdin"], { ...asked, paths });
  }
  return new Set(skipped);
}

/** Takes files up into the index. What turns out to be gone by now is taken out of it; what cannot be read stays as it was. */
async function add(
  git: Git,
  { top }: Place,
  index: string,
  paths: readonly RawPath[],
  unrecorded: Map<RawPath, WhyUnrecorded>,
): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"];
  try {
    await git.ask(args, { cwd: top, index, paths });
  } catch (error) {
    if (!(error instanceof GitTrouble) || error.reason !== "failed") throw error;
    // One file that git cannot read makes it refuse all of them. Nothing was written then.
    const readable: RawPath[] = [];
    for (const path of paths) {
      if (await isReadable(onDisk(top, path))) readable.push(path);
      else unrecorded.set(path, "unreadable");
    }
    if (readable.length > 0) await git.ask(args, { cwd: top, index, paths: readable });
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
