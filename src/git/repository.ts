import { mkdtemp, readdir, realpath, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { type Git, GitError, pathFromRaw, pathToRaw, type RawPath } from "./command.ts";
import type { WorkTreeLocation } from "./place.ts";
import { CARRIED, type Scratch, setUp } from "./private-git-dir.ts";

/** Finds the work tree that contains `cwd`. */
export async function locate(git: Git, cwd: string, exclude: readonly string[] = []): Promise<WorkTreeLocation> {
  const found = await stat(cwd).catch(() => undefined);
  if (!found?.isDirectory()) throw new GitError("not-a-repository", `${cwd} does not exist or is not a directory`);
  // Each call asks for one path: paths may hold newlines, so two answers could not be told apart.
  const top = await workTreeOf(git, cwd);
  const gitDirOf = async (cwd: string) => (await git.ask(["rev-parse", "--absolute-git-dir"], { cwd })).text;
  // A repository can claim another directory as its work tree, e.g. a user's home.
  // Baton accepts the claim only if git finds the same repository from there.
  const [own, itsTop] = await Promise.all([gitDirOf(cwd), workTreeOf(git, top)]);
  if (itsTop !== top || (await gitDirOf(top)) !== own) {
    const message = `the repository of ${cwd} names ${top} as its work tree, but that belongs to another repository`;
    throw new GitError("not-a-repository", message);
  }
  const [common, settings] = await Promise.all([
    git.ask(["rev-parse", "--git-common-dir"], { cwd: top }),
    settingsOf(git, top),
  ]);
  return {
    top,
    gitDir: own,
    common: resolve(top, common.text),
    index: join(own, "index"),
    settings,
    excluded: await exclusion(top, exclude),
  };
}

async function workTreeOf(git: Git, cwd: string): Promise<string> {
  try {
    return (await git.ask(["rev-parse", "--show-toplevel"], { cwd })).text;
  } catch (error) {
    if (error instanceof GitError && /not a git repository|must be run in a work tree/.test(error.message)) {
      throw new GitError("not-a-repository", `${cwd} is not in the work tree of a git repository`);
    }
    throw error;
  }
}

async function settingsOf(git: Git, cwd: string): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  for (const [key, name] of [
    ["core.excludesfile", "ignore"],
    ["core.attributesfile", "attributes"],
  ] as const) {
    const path = git.userFile(name);
    if (path !== undefined) settings.set(key, path);
  }
  const names = CARRIED.map((name) => name.replaceAll(".", "\\.")).join("|");
  const asked = ["config", "-z", "--type=path", "--get-regexp", `^(${names})$`];
  await git.list(asked, { cwd, answers: [1] }, (record) => {
    const [, name, value] = /^([^\n]*)(?:\n(.*))?$/s.exec(record)!;
    // A name without a value means true.
    const said = pathFromRaw(value ?? "true");
    settings.set(name!, name!.endsWith("file") ? resolve(cwd, said) : said);
  });
  return settings;
}

async function exclusion(top: string, exclude: readonly string[]): Promise<(path: RawPath) => boolean> {
  const real = await Promise.all(exclude.map((path) => realpath(path).catch(() => path)));
  const inside = real
    .map((path) => relative(top, path))
    .filter((path) => path !== "" && path !== ".." && !path.startsWith("../") && !isAbsolute(path))
    .map(pathToRaw);
  return (path) => inside.some((directory) => path === directory || path.startsWith(`${directory}/`));
}

/** The commit and branch of HEAD. Before the first commit, `tree` is the empty tree. */
export async function headOf(
  git: Git,
  { top }: WorkTreeLocation,
): Promise<{ head?: string; branch?: string; tree: string }> {
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
/** An operation removes scratch directories of this age: their operation was killed. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

/**
 * Runs `work` with a temporary directory for its index and files, and removes the directory afterwards.
 * The directory lies in git's directory: mostly on the work tree's file system, so renames work, and hidden from git.
 */
export async function withScratch<T>(place: WorkTreeLocation, work: (bench: Scratch) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(place.gitDir, SCRATCH));
  try {
    await sweep(place.gitDir, (await stat(directory)).mtimeMs - LEFTOVER_AGE_MS);
    return await work(await setUp(place, directory));
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
