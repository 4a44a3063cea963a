import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Git, RawPath } from "./command.ts";
import type { Scratch } from "./private-git-dir.ts";

/**
 * Returns the paths that git ignored at a commit. Git may show a file now only because an ignore rule was removed
 * since: an `.env`, or all of `node_modules`. A restore must not delete it, although the commit lacks it.
 */
export async function ignoredAt(
  git: Git,
  bench: Scratch,
  commit: string,
  paths: readonly RawPath[],
): Promise<RawPath[]> {
  if (paths.length === 0) return [];
  // Git applies the `.gitignore` files of the commit, checked out alone, and the user's current rules.
  const rules = await checkOut(git, bench, commit, "rules", (path) => /(?:^|\/)\.gitignore$/.test(path));
  const ignored: RawPath[] = [];
  // Git would take a name that begins with ":" for a pattern.
  const asked = {
    cwd: rules.directory,
    index: rules.index,
    through: bench.exact,
    paths: paths.map((path) => `./${path}`),
    answers: [1],
  };
  await git.list(["check-ignore", "-z", "--stdin", "--no-index"], asked, (path) => ignored.push(path.slice(2)));
  return ignored;
}

/** Writes files of a commit into a new directory, with exactly the recorded bytes. */
export async function checkOut(
  git: Git,
  bench: Scratch,
  commit: string,
  name: string,
  wanted: (path: RawPath) => boolean,
): Promise<{ directory: string; index: string }> {
  const directory = join(bench.directory, name);
  await mkdir(directory);
  const index = `${directory}.index`;
  const asked = { cwd: directory, index, through: bench.exact };
  await git.ask(["read-tree", commit], asked);
  const paths: RawPath[] = [];
  await git.list(["ls-files", "-z", "--cached"], asked, (path) => {
    if (wanted(path)) paths.push(path);
  });
  if (paths.length > 0) await git.ask(["checkout-index", "-z", "--stdin"], { ...asked, paths });
  return { directory, index };
}
