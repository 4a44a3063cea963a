import { mkdtemp, readdir, realpath, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { type Git, GitTrouble, type RawPath, raw } from "./command.ts";

/** A work tree of a repository; of several linked ones, one. */
export interface Place {
  /** The top of the work tree. */
  readonly top: string;
  readonly gitDir: string;
  readonly index: string;
  /** Whether a path is in one of the directories that are none of our business. */
  readonly excluded: (path: RawPath) => boolean;
}

/** Where a directory belongs to. */
export async function locate(git: Git, cwd: string, exclude: readonly string[] = []): Promise<Place> {
  const found = await stat(cwd).catch(() => undefined);
  if (!found?.isDirectory()) throw new GitTrouble("not-a-repository", `${cwd} is not there, or not a directory`);
  // One question a call: paths may hold newlines, so that two answers could not be told apart.
  const top = await workTreeOf(git, cwd);
  const [gitDir, index] = await Promise.all([
    git.ask(["rev-parse", "--absolute-git-dir"], { cwd: top }),
    git.ask(["rev-parse", "--git-path", "index"], { cwd: top }),
  ]);
  await tolerateFilters(git, top);
  return { top, gitDir: gitDir.text, index: resolve(top, index.text), excluded: await exclusion(top, exclude) };
}

async function workTreeOf(git: Git, cwd: string): Promise<string> {
  try {
    return (await git.ask(["rev-parse", "--show-toplevel"], { cwd })).text;
  } catch (error) {
    if (error instanceof GitTrouble && /not a git repository|must be run in a work tree/.test(error.message)) {
      throw new GitTrouble("not-a-repository", `${cwd} is not in the work tree of a git repository`);
    }
    throw error;
  }
}

/**
 * A filter that is required and not installed would make every file it applies to unreadable for git. Its content is taken as it is
 * instead, as git does where nobody asked for the filter.
 */
async function tolerateFilters(git: Git, cwd: string): Promise<void> {
  const names: string[] = [];
  const pattern = ["config", "-z", "--name-only", "--get-regexp", "^filter\\..*\\.required$"];
  await git.list(pattern, { cwd, answers: [1] }, (name) => names.push(name));
  // A name with "=" in it cannot be said on a command line.
  for (const name of new Set(names)) if (!name.includes("=")) git.set(`${name}=false`);
}

async function exclusion(top: string, exclude: readonly string[]): Promise<(path: RawPath) => boolean> {
  const real = await Promise.all(exclude.map((path) => realpath(path).catch(() => path)));
  const inside = real
    .map((path) => relative(top, path))
    .filter((path) => path !== "" && path !== ".." && !path.startsWith("../") && !isAbsolute(path))
    .map(raw);
  return (path) => inside.some((directory) => path === directory || path.startsWith(`${directory}/`));
}

/** HEAD: what is checked out, and on which branch. */
export async function headOf(git: Git, { top }: Place): Promise<{ head?: string; branch?: string; tree: string }> {
  const [head, branch] = await Promise.all([
    git.ask(["rev-parse", "--quiet", "--verify", "HEAD^{commit}"], { cwd: top, answers: [1] }),
    git.ask(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd: top, answers: [1] }),
  ]);
  const born = head.code === 0;
  const tree = await git.ask(born ? ["rev-parse", "--verify", `${head.text}^{tree}`] : ["mktree"], { cwd: top });
  return {
    ...(born && { head: head.text }),
    ...(branch.code === 0 && { branch: branch.text }),
    tree: tree.text,
  };
}

const SCRATCH = "baton-";
/** What is left of an operation that was killed is taken away by a later one, in milliseconds. */
const LEFT_OVER = 60 * 60 * 1000;

/**
 * A directory for an operation's own index and files. It is in git's directory: mostly on the file system of the work tree, so that files
 * can be renamed into it; and no work tree shows it.
 */
export async function withScratch<T>(place: Place, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(place.gitDir, SCRATCH));
  try {
    await sweep(place.gitDir, (await stat(directory)).mtimeMs - LEFT_OVER);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function sweep(gitDir: string, before: number): Promise<void> {
  for (const name of await readdir(gitDir)) {
    if (!/^baton-[A-Za-z0-9]{6}$/.test(name)) continue;
    const path = join(gitDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
