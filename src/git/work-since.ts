import { ok, type Result } from "../model/data/result.ts";
import type { WorkSince, WorkTreeAt } from "../model/work-tree.ts";
import { listDifferences } from "./changes.ts";
import { asResult, Git, GitError, type GitFailure, type GitSettings, pathFromRaw, type RawPath } from "./command.ts";
import type { WorkTreeLocation } from "./place.ts";
import type { Scratch } from "./private-git-dir.ts";
import { headOf, locate, withScratch } from "./repository.ts";
import { isUnmodified, type WorkTree, writeTree } from "./tree.ts";

const MAX_FILES_LISTED = 200;
const MAX_COMMITS_LISTED = 20;

/** Writes down the work tree that contains `cwd`, so that a later one can be compared with it. No ref keeps it. */
export async function recordWorkTree(cwd: string, settings: GitSettings): Promise<Result<WorkTreeAt, GitFailure>> {
  return asResult(async () => {
    const git = new Git(settings);
    const place = await locate(git, cwd, settings.exclude);
    return withScratch(place, async (bench) => {
      const { tree } = await writeTree(git, place, bench, "index");
      const { head } = await headOf(git, place);
      return ok({ repository: place.top, ...(head !== undefined && { head }), tree });
    });
  });
}

/**
 * What changed in a work tree since it was written down, whoever changed it, and which commits were made. Fails with
 * `gone` if git no longer has the tree.
 */
export async function workSince(
  start: WorkTreeAt,
  settings: GitSettings,
): Promise<Result<WorkSince, GitFailure<"gone">>> {
  return asResult(async () => {
    const git = new Git(settings);
    const place = await locate(git, start.repository, settings.exclude);
    if (place.top !== start.repository)
      throw new GitError("not-a-repository", `${start.repository} is no longer the top of a work tree`);
    const asked = { cwd: place.top, answers: [1, 128] };
    if ((await git.ask(["cat-file", "-e", `${start.tree}^{tree}`], asked)).code !== 0) {
      const message = `${place.top} no longer holds its work tree of the start`;
      return { ok: false, error: { reason: "gone", message } };
    }
    return withScratch(place, async (bench) => {
      const now = await writeTree(git, place, bench, "index");
      const { head, tree: committed } = await headOf(git, place);
      const files = await changedFiles(git, place, bench, start.tree, now.tree);
      const open = await uncommitted(git, place, bench, committed, now);
      const all = [...files.values()];
      return ok({
        repository: place.top,
        files: all.slice(0, MAX_FILES_LISTED),
        total: all.length,
        insertions: sum(all.map(({ insertions }) => insertions)),
        deletions: sum(all.map(({ deletions }) => deletions)),
        uncommitted: [...files.keys()].filter((path) => open.has(path)).length,
        ...(await commitsSince(git, place, bench, head, start.head)),
      });
    });
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

async function changedFiles(
  git: Git,
  place: WorkTreeLocation,
  { converting }: Scratch,
  from: string,
  to: string,
): Promise<Map<RawPath, WorkSince["files"][number]>> {
  const files = new Map<RawPath, WorkSince["files"][number]>();
  const args = ["diff-tree", "-r", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", from, to];
  await git.list(args, { cwd: place.top, through: converting }, (record) => {
    // Git counts no lines of a binary file.
    const [, insertions, deletions, path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(record) as unknown as string[];
    if (place.excluded(path!)) return;
    const lines = { insertions: Number(insertions) || 0, deletions: Number(deletions) || 0 };
    files.set(path!, { path: pathFromRaw(path!), ...lines });
  });
  return files;
}

/** Paths that differ from the commit that is checked out. */
async function uncommitted(
  git: Git,
  place: WorkTreeLocation,
  bench: Scratch,
  committed: string,
  now: WorkTree,
): Promise<Set<RawPath>> {
  const open = new Set<RawPath>();
  const asked = { cwd: place.top, through: bench.exact };
  await listDifferences(git, ["diff-tree", "-r", committed, now.tree], asked, (difference) => {
    if (!isUnmodified(now, difference)) open.add(difference.path);
  });
  return open;
}

async function commitsSince(
  git: Git,
  { top }: WorkTreeLocation,
  { converting }: Scratch,
  head: string | undefined,
  start: string | undefined,
): Promise<Pick<WorkSince, "commits" | "totalCommits">> {
  if (head === undefined || head === start) return { commits: [], totalCommits: 0 };
  const commits: WorkSince["commits"][number][] = [];
  let totalCommits = 0;
  const args = [
    "log",
    "-z",
    "--no-show-signature",
    "--format=%h%x09%s",
    head,
    ...(start === undefined ? [] : [`^${start}`]),
  ];
  await git.list(args, { cwd: top, through: converting }, (record) => {
    totalCommits++;
    const [id, subject] = pathFromRaw(record).split("\t", 2) as [string, string];
    if (commits.length < MAX_COMMITS_LISTED) commits.push({ id, subject });
  });
  return { commits, totalCommits };
}
