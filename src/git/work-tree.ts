import { lstat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ok, type Result } from "../model/data/result.ts";
import { asResult, Git, GitError, type GitFailure, type GitSettings, pathFromRaw } from "./command.ts";
import type { WorkTreeLocation } from "./place.ts";
import type { Scratch } from "./private-git-dir.ts";
import { locate, withScratch } from "./repository.ts";
import { writeTree } from "./tree.ts";

/** A work tree at an instant. */
export interface TakenTree {
  /** The git tree of its files, without ignored ones. Equal files give an equal tree. */
  readonly tree: string;
  /** The top of the work tree. */
  readonly top: string;
  /** What differs from each tree of `since`, by that tree. A tree that git no longer has is missing. */
  readonly changed: ReadonlyMap<string, ChangedFiles>;
  /** Those of the paths asked about at which there is nothing. */
  readonly missing: readonly string[];
  /** Those at which there is something that the tree does not show, such as an ignored file. */
  readonly unseen: readonly string[];
}

export interface TreeRequest {
  /** Earlier trees of this repository to compare with. */
  readonly since: readonly string[];
  /** Paths to look for, relative to `cwd` or to the top of the work tree. */
  readonly paths: readonly string[];
}

export interface ChangedFiles {
  /** All paths that differ, relative to `top`, sorted. */
  readonly files: readonly string[];
  readonly insertions: number;
  readonly deletions: number;
}

/** How long git may take for one tree, in milliseconds. */
const MAX_TREE_MS = 10_000;
/** The largest changed and new files together that become objects, in bytes. */
const MAX_NEW_BYTES = 512 * 1024 * 1024;

/**
 * Takes the tree of the work tree that contains `cwd`. The index, the files and all refs stay unchanged. Git runs no hook
 * and no filter, as for checkpoints (docs/decisions/0019).
 */
export async function takeTree(
  cwd: string,
  { since, paths }: TreeRequest,
  settings: GitSettings,
  maxNewBytes = MAX_NEW_BYTES,
): Promise<Result<TakenTree, GitFailure>> {
  return asResult(async () => {
    const git = new Git({ ...settings, timeout: Math.min(settings.timeout ?? MAX_TREE_MS, MAX_TREE_MS) });
    const place = await locate(git, cwd, settings.exclude);
    return withScratch(place, async (bench) => {
      const { tree } = await writeTree(git, place, bench, "index", maxNewBytes);
      const changed = new Map<string, ChangedFiles>();
      for (const earlier of new Set(since)) {
        const files = await compare(git, place, bench, earlier, tree);
        if (files) changed.set(earlier, files);
      }
      const looked = await look(git, place, bench, tree, paths, [cwd, place.top]);
      return ok({ tree, top: place.top, changed, ...looked });
    });
  });
}

async function compare(
  git: Git,
  { top }: WorkTreeLocation,
  bench: Scratch,
  from: string,
  to: string,
): Promise<ChangedFiles | undefined> {
  if (from === to) return { files: [], insertions: 0, deletions: 0 };
  const files: string[] = [];
  let [insertions, deletions] = [0, 0];
  // The exact directory calls every file binary, and then git counts no lines.
  const asked = { cwd: top, through: bench.converting };
  const options = ["-r", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];
  try {
    await git.list(["diff-tree", ...options, from, to], asked, (record) => {
      const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(record)!;
      files.push(pathFromRaw(path!));
      insertions += Number(added) || 0;
      deletions += Number(removed) || 0;
    });
  } catch (error) {
    // The user's git has collected the earlier tree.
    if (error instanceof GitError && error.reason === "failed") return undefined;
    throw error;
  }
  return { files: files.sort(), insertions, deletions };
}

/** What there is at paths that are relative to one of the directories. */
async function look(
  git: Git,
  { top }: WorkTreeLocation,
  bench: Scratch,
  tree: string,
  paths: readonly string[],
  directories: readonly string[],
): Promise<Pick<TakenTree, "missing" | "unseen">> {
  const [missing, unseen]: [string[], string[]] = [[], []];
  for (const path of paths) {
    let found = false;
    let seen = false;
    for (const place of new Set(directories.map((directory) => resolve(directory, path)))) {
      if (!(await lstat(place).catch(() => undefined))) continue;
      found = true;
      const inside = relative(top, place);
      if (inside === "" || inside.startsWith("..")) continue;
      const asked = { cwd: top, through: bench.exact, variables: { GIT_LITERAL_PATHSPECS: "1" } };
      const { text } = await git.ask(["ls-tree", "-z", "--full-tree", tree, "--", inside], asked);
      seen ||= text !== "";
    }
    if (!found) missing.push(path);
    else if (!seen) unseen.push(path);
  }
  return { missing, unseen };
}
