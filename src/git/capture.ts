import type { CodeSnapshot } from "../model/checkpoint.ts";
import { ok, type Result } from "../model/result.ts";
import { listDifferences } from "./changes.ts";
import { asResult, Git, type GitFailure, type GitSettings, shown } from "./command.ts";
import type { Place } from "./place.ts";
import type { Bench } from "./private-git-dir.ts";
import { refOf } from "./refs.ts";
import { headOf, locate, withBench } from "./repository.ts";
import { isUnmodified, type WorkTree, writeTree } from "./tree.ts";

/** How to keep a recorded state. */
export interface Keep {
  readonly ref: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How many paths a snapshot names that were not recorded. */
const NAMED = 20;

/**
 * Records the work tree of `cwd`: committed, staged, changed, deleted and new files, without ignored ones. Changes
 * nothing that git shows: index, files, HEAD, branches and stash stay as they are. Runs nothing that the repository or
 * its user configures: no hook, no filter.
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
    return withBench(place, async (bench) => {
      const now = await writeTree(git, place, bench, "index");
      return ok(await record(git, place, bench, now, { ...checkpoint, ref }));
    });
  });
}

/** Makes a commit of a work tree, and a ref that keeps it. */
export async function record(git: Git, place: Place, bench: Bench, work: WorkTree, keep: Keep): Promise<CodeSnapshot> {
  const { head, branch, tree: base } = await headOf(git, place);
  const parents = head === undefined ? [] : [head];
  // Content that was staged and then changed again is in neither of the two. It becomes another parent, as in a stash.
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
  const first = [...work.unrecorded].slice(0, NAMED).map(([path, why]) => ({ path: shown(path), why }));
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
  { top }: Place,
  bench: Bench,
  tree: string,
  parents: readonly string[],
  keep: Keep,
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
  // Git refuses this one character.
  const text = `${keep.message.replaceAll("\0", "")}\n`;
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
  return (await git.ask(args, { cwd: top, through: bench.exact, text, variables })).text;
}
