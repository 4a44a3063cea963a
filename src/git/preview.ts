import type { CodeSnapshot, FileChange, KeptPath, PathConflict, RestorePreview } from "../model/checkpoint.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import { blockedPaths } from "./blocked-paths.ts";
import { GITLINK, GONE, listDifferences } from "./changes.ts";
import {
  asResult,
  Git,
  GitError,
  type GitFailure,
  type GitSettings,
  pathFromRaw,
  pathToRaw,
  type RawPath,
} from "./command.ts";
import { ignoredAt } from "./ignored.ts";
import type { WorkTreeLocation } from "./place.ts";
import type { Scratch } from "./private-git-dir.ts";
import { headOf, locate, withScratch } from "./repository.ts";
import { isUnmodified, type WorkTree, writeTree } from "./tree.ts";

/** Everything that a restore would do. */
export interface Comparison {
  /** The work tree now. */
  readonly work: WorkTree;
  readonly changes: ReadonlyMap<RawPath, FileChange["change"]>;
  readonly conflicts: ReadonlyMap<RawPath, PathConflict["why"]>;
  readonly kept: ReadonlyMap<RawPath, KeptPath["why"]>;
  readonly headMoved?: NonNullable<RestorePreview["headMoved"]>;
}

/** A preview lists at most this many paths of each kind. */
const MAX_PATHS_LISTED = 200;

/** Returns which files a restore would change and which work it would overwrite. Changes nothing. */
export async function previewRestore(
  code: CodeSnapshot,
  settings: GitSettings,
): Promise<Result<RestorePreview, GitFailure<"gone">>> {
  return asResult(async () => {
    const git = new Git(settings);
    const place = await locateSnapshot(git, code, settings);
    if (!place.ok) return place;
    return withScratch(place.value, async (bench) => ok(toPreview(await compare(git, place.value, bench, code))));
  });
}

/** Finds the work tree of a snapshot. Fails with `gone` if git no longer has the commit. */
export async function locateSnapshot(
  git: Git,
  code: CodeSnapshot,
  settings: GitSettings,
): Promise<Result<WorkTreeLocation, GitFailure<"gone">>> {
  const place = await locate(git, code.repository, settings.exclude);
  if (place.top !== code.repository) {
    throw new GitError("not-a-repository", `${code.repository} is no longer the top of a work tree; ${place.top} is`);
  }
  // The commit comes from a journal and becomes an argument of git.
  if (!/^[0-9a-f]{40,64}$/.test(code.commit)) throw new GitError("failed", "the checkpoint names no commit");
  const found = await git.ask(["cat-file", "-e", `${code.commit}^{tree}`], { cwd: place.top, answers: [1, 128] });
  if (found.code === 0) return ok(place);
  const message = `${place.top} no longer holds the code of this checkpoint: its ref ${code.ref} was deleted`;
  return err({ reason: "gone", message });
}

export async function compare(
  git: Git,
  place: WorkTreeLocation,
  bench: Scratch,
  code: CodeSnapshot,
): Promise<Comparison> {
  const work = await writeTree(git, place, bench, "index");
  const { head, tree: base } = await headOf(git, place);
  const changes = new Map<RawPath, FileChange["change"]>();
  const kept = new Map<RawPath, KeptPath["why"]>();
  // Nested repositories, now and at the checkpoint: Baton never recorded their files.
  const repositories = [...work.unrecorded.keys()].filter((path) => work.unrecorded.get(path) === "repository");
  for (const { path, why } of code.unrecorded?.first ?? [])
    if (why === "repository") repositories.push(pathToRaw(path));
  const asked = { cwd: place.top, through: bench.exact };
  await listDifferences(git, ["diff-tree", "-r", work.tree, code.commit], asked, ({ path, from, to }) => {
    if (place.excluded(path)) return;
    if (leadsElsewhere(path)) {
      throw new GitError(
        "failed",
        `${code.commit} holds ${JSON.stringify(pathFromRaw(path))}, a path that no work tree may hold`,
      );
    }
    if (from.mode === GITLINK || to.mode === GITLINK) {
      kept.set(path, "repository");
      repositories.push(path);
    } else if (work.absent.has(path)) kept.set(path, "sparse");
    else if (work.unrecorded.has(path)) kept.set(path, "unreadable");
    else if (from.mode === GONE) changes.set(path, "create");
    else if (to.mode === GONE) changes.set(path, "delete");
    else changes.set(path, from.object === to.object && isFile(from.mode) && isFile(to.mode) ? "mode" : "write");
  });
  const leave = (path: RawPath, why: KeptPath["why"]) => {
    if (changes.delete(path)) kept.set(path, why);
  };
  for (const path of changes.keys()) {
    if (repositories.some((top) => path === top || path.startsWith(`${top}/`))) leave(path, "repository");
  }
  for (const path of await ignoredAt(git, bench, code.commit, pathsWith(changes, "delete"))) leave(path, "ignored");
  for (const [path, why] of await blockedPaths(
    place,
    pathsWith(changes, "create"),
    new Set(pathsWith(changes, "delete")),
  )) {
    leave(path, why);
  }
  const conflicts = new Map<RawPath, PathConflict["why"]>();
  await listDifferences(git, ["diff-tree", "-r", base, work.tree], asked, (difference) => {
    const { path, from, to } = difference;
    // Overwriting loses nothing if the file is deleted, or if git holds it in another form.
    if (!changes.has(path) || to.mode === GONE || isUnmodified(work, difference)) return;
    conflicts.set(path, from.mode === GONE ? "untracked" : "modified");
  });
  const moved = head !== code.head;
  return {
    ...{ work, changes, conflicts, kept },
    ...(moved && { headMoved: { ...(code.head && { from: code.head }), ...(head && { to: head }) } }),
  };
}

/**
 * Tells whether a path leads out of the work tree, or into git's directory on some file system.
 * Git makes no such tree, but another program may.
 */
function leadsElsewhere(path: RawPath): boolean {
  return path.split("/").some((name) => /^(?:|\.{1,2}|\.git[ .]*|git~\d+)$/i.test(name));
}

const isFile = (mode: string) => mode.startsWith("100");

export function pathsWith(changes: Comparison["changes"], change: FileChange["change"]): RawPath[] {
  return [...changes].filter(([, one]) => one === change).map(([path]) => path);
}

/** Cuts a comparison to the size of a preview. */
export function toPreview({ changes, conflicts, kept, headMoved }: Comparison): RestorePreview {
  const first = <T>(map: ReadonlyMap<RawPath, T>) =>
    [...map]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_PATHS_LISTED)
      .map(([path, what]) => ({ path: pathFromRaw(path), what }));
  return {
    changes: first(changes).map(({ path, what }) => ({ path, change: what })),
    conflicts: first(conflicts).map(({ path, what }) => ({ path, why: what })),
    kept: first(kept).map(({ path, what }) => ({ path, why: what })),
    totals: { changes: changes.size, conflicts: conflicts.size, kept: kept.size },
    ...(headMoved && { headMoved }),
  };
}
