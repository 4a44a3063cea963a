import type { CodeSnapshot } from "../model/checkpoint.ts";
import { ok, type Result } from "../model/data/result.ts";
import { listDifferences } from "./changes.ts";
import { asResult, Git, type GitFailure, type GitSettings, pathFromRaw } from "./command.ts";
import type { WorkTreeLocation } from "./place.ts";
import type { Scratch } from "./private-git-dir.ts";
import { refOf } from "./refs.ts";
import { headOf, locate, withScratch } from "./repository.ts";
import { isUnmodified, type WorkTree, writeTree } from "./tree.ts";

/** The ref, message and time of a commit that Baton makes. */
export interface CommitOptions {
  readonly ref: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A snapshot names at most this many unrecorded paths. */
const MAX_UNRECORDED_LISTED = 20;

/**
 * Records the work tree that contains `cwd`: committed, staged, changed, deleted and new files, but no ignored ones.
 * The index, the files, HEAD, branches and the stash stay unchanged.
 * Git runs no hook and no filter of the repository or its user.
 */
export async function captureCode(
  cwd: string,
  checkpoint: { readonly id: string; readonly message: string; readonly now: number },
  settings: GitSettings,
): Promise<Result<CodeSnapshot, GitFailure>> {
  const ref = refOf("checkpoint", checkpoint.id);
  return asResult(async () => {
    const git = new Git(settings);
    const place = await locate(git, cwd, settings.exclude);
    return withScratch(place, async (bench) => {
      const now = await writeTree(git, place, bench, "index");
      return ok(await recordCommit(git, place, bench, now, { ...checkpoint, ref }));
    });
  });
}

/** Commits a work tree and creates a ref, so that git keeps the commit. */
export async function recordCommit(
  git: Git,
  place: WorkTreeLocation,
  bench: Scratch,
  work: WorkTree,
  keep: CommitOptions,
): Promise<CodeSnapshot> {
  const { head, branch, tree: base } = await headOf(git, place);
  const parents = head === undefined ? [] : [head];
  // Neither HEAD nor the work tree holds a file that was staged and then changed again.
  // The staged state becomes another parent, as in a stash.
  if (work.staged !== undefined && work.staged !== base && work.staged !== work.tree) {
    parents.push(
      await commit(git, place, bench, work.staged, parents, { ...keep, message: `staged at: ${keep.message}` }),
    );
  }
  const made = await commit(git, place, bench, work.tree, parents, keep);
  let files = 0;
  const asked = { cwd: place.top, through: bench.exact };
  await listDifferences(git, ["diff-tree", "-r", base, work.tree], asked, (difference) => {
    if (!isUnmodified(work, difference)) files++;
  });
  await git.ask(["update-ref", "--no-deref", keep.ref, made], { cwd: place.top });
  const first = [...work.unrecorded]
    .slice(0, MAX_UNRECORDED_LISTED)
    .map(([path, why]) => ({ path: pathFromRaw(path), why }));
  return {
    repository: place.top,
    ...(head !== undefined && { head }),
    ...(branch !== undefined && { branch }),
    commit: made,
    ref: keep.ref,
    dirty: files > 0,
    files,
    ...(first.length > 0 && { unrecorded: { total: work.unrecorded.size, first } }),
  };
}

async function commit(
  git: Git,
  { top }: WorkTreeLocation,
  bench: Scratch,
  tree: string,
  parents: readonly string[],
  keep: CommitOptions,
): Promise<string> {
  const when = `@${Math.floor(keep.now / 1000)} +0000`;
  const variables = {
    GIT_AUTHOR_NAME: "Baton",
    GIT_AUTHOR_EMAIL: "baton@localhost",
    GIT_AUTHOR_DATE: when,
    GIT_COMMITTER_NAME: "Baton",
    GIT_COMMITTER_EMAIL: "baton@localhost",
    GIT_COMMITTER_DATE: when,
  };
  // Git refuses NUL in a message.
  const text = `${keep.message.replaceAll("\0", "")}\n`;
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
  return (await git.ask(args, { cwd: top, through: bench.exact, text, variables })).text;
}
