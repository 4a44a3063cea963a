import { access, constants, lstat, open, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CodeSnapshot } from "../model/checkpoint.ts";
import { type Difference, GITLINK, GONE, listDifferences } from "./changes.ts";
import { type Git, type GitCallOptions, GitError, type RawPath } from "./command.ts";
import { findConvertedFiles, type Tracked } from "./converted-files.ts";
import { onDisk } from "./path.ts";
import type { WorkTreeLocation } from "./place.ts";
import type { Scratch } from "./private-git-dir.ts";

type Through = Required<Pick<GitCallOptions, "cwd" | "index" | "through">>;
type WhyUnrecorded = NonNullable<CodeSnapshot["unrecorded"]>["first"][number]["why"];

/** A work tree, written as a git tree. */
export interface WorkTree {
  readonly tree: string;
  /** The tree of the repository's index. Absent: the index has unmerged entries. */
  readonly staged?: string;
  /** Files that git reports as unchanged although their bytes differ from their objects, with these objects. */
  readonly unmodified: ReadonlyMap<RawPath, string>;
  readonly unrecorded: ReadonlyMap<RawPath, WhyUnrecorded>;
  /** Files that a sparse checkout leaves out: in the tree, not on the disk. */
  readonly absent: ReadonlySet<RawPath>;
}

/** Tells whether a file differs from a commit only because git converts or filters it. */
export function isUnmodified({ unmodified }: WorkTree, { path, from, to }: Difference): boolean {
  return unmodified.get(path) === from.object && from.mode === to.mode;
}

/**
 * Writes the exact bytes of the work tree as a git tree, through a copy of the repository's index.
 * Baton only reads the repository's index, so its lock does not matter.
 * Thanks to the copy, git reads only changed or converted files and adds objects for no others.
 * @param maxNewBytes fails before it adds more than so many bytes of changed and new files
 */
export async function writeTree(
  git: Git,
  place: WorkTreeLocation,
  bench: Scratch,
  name: string,
  maxNewBytes = Number.POSITIVE_INFINITY,
): Promise<WorkTree> {
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
      // Baton records a submodule as the index has it, whatever is checked out in it.
      if (away && from.mode === GITLINK) return;
      // A nested repository has replaced the file.
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
  const { converted, same } = await findConvertedFiles(
    { git, bench, top: place.top, index },
    tracked,
    new Set(changed),
  );
  await expectWithin(maxNewBytes, place, changed);
  if (gone.length > 0) await git.ask(["update-index", "-z", "--force-remove", "--stdin"], { ...asked, paths: gone });
  await forget(git, asked, converted);
  await add(git, place, asked, [...changed, ...converted.keys()], unrecorded);
  const { text: tree } = await git.ask(["write-tree", "--missing-ok"], asked);
  const unmodified = new Map([...converted, ...same].map(([path, { object }]) => [path, object]));
  return { tree, ...(staged.code === 0 && { staged: staged.text }), unmodified, unrecorded, absent };
}

/** Clears the cached file stats of an index, so that git reads the files. */
async function forget(git: Git, asked: Through, files: ReadonlyMap<RawPath, Tracked>): Promise<void> {
  if (files.size === 0) return;
  const paths = [...files].map(([path, { mode, object }]) => `${mode} ${object} 0\t${path}`);
  await git.ask(["update-index", "-z", "--index-info"], { ...asked, paths });
}

/**
 * Keeps the original's modification time, or slightly less.
 * Git skips reading a file only if it is older than the index.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const file = await open(from).catch((error: NodeJS.ErrnoException) => {
    // A repository without any added file has no index.
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
 * Lists the index, and clears its assume-unchanged and skip-worktree flags: flagged files may have changed.
 * `hidden` holds the skip-worktree files, which may be missing from the disk.
 */
async function survey(git: Git, asked: Through): Promise<{ tracked: Map<RawPath, Tracked>; hidden: Set<RawPath> }> {
  const assumed: RawPath[] = [];
  const skipped: RawPath[] = [];
  const tracked = new Map<RawPath, Tracked>();
  await git.list(["ls-files", "-z", "-v", "--stage"], asked, (record) => {
    const found = /^(.) (\d{6}) ([0-9a-f]+) ([0-3])\t(.*)$/s.exec(record);
    if (!found) throw new GitError("failed", `git ls-files answered in an unknown format: ${record.slice(0, 80)}`);
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

/** Adds files to the index. Removes files that have vanished; unreadable files keep their entry. */
async function add(
  git: Git,
  { top }: WorkTreeLocation,
  asked: Through,
  paths: readonly RawPath[],
  unrecorded: Map<RawPath, WhyUnrecorded>,
): Promise<void> {
  if (paths.length === 0) return;
  const args = ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"];
  try {
    await git.ask(args, { ...asked, paths });
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== "failed") throw error;
    // One unreadable file makes git refuse all of them. It has written nothing then.
    const readable: RawPath[] = [];
    for (const path of paths) {
      if (await isReadable(onDisk(top, path))) readable.push(path);
      else unrecorded.set(path, "unreadable");
    }
    if (readable.length > 0) await git.ask(args, { ...asked, paths: readable });
  }
}

/** How many files are looked at together. */
const LOOKS_AT_ONCE = 64;

/** Throws if these files hold more than `max` bytes together. */
async function expectWithin(max: number, { top }: WorkTreeLocation, paths: readonly RawPath[]): Promise<void> {
  if (max === Number.POSITIVE_INFINITY) return;
  let bytes = 0;
  for (let at = 0; at < paths.length; at += LOOKS_AT_ONCE) {
    const looks = paths.slice(at, at + LOOKS_AT_ONCE).map((path) => lstat(onDisk(top, path)).catch(() => undefined));
    for (const found of await Promise.all(looks)) bytes += found?.size ?? 0;
    if (bytes > max) throw new GitError("failed", `${top} has more than ${max} bytes of changed and new files`);
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
