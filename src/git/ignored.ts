import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Git, RawPath } from "./command.ts";
import type { Scratch } from "./private-git-dir.ts";

/**
 * Those of these files that git ignored at a commit. A file that is shown now only because an ignore rule has gone since (an `.env`, or all of
 * `node_modules`) is no work of this stretch of time, and must not be deleted for not being in the commit.
 */
export async function ignoredAt(
  git: Git,
  bench: Scratch,
  commit: string,
  paths: readonly RawPath[],
): Promise<RawPath[]> {
  if (paths.length === 0) return [];
  // The rules of then are checked out for themselves, and git is asked as if that were the work tree. The user's own rules are those of now.
  const rules = await checkOut(git, bench, commit, "rules", (path) => /(?:^|\/)\.gitignore$/.test(path));
  const ignored: RawPath[] = [];
  // A name that begins with ":" would be taken for a pattern.
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

/** Writes files of a commit into a new directory, byte by byte as they were recorded. */
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
