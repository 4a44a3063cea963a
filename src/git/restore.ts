import { chmod, copyFile, lstat, mkdir, readdir, readlink, rename, rmdir, symlink, unlink } from "node:fs/promises";
import type { CodeSnapshot, RestorePreview } from "../model/checkpoint.ts";
import { err, ok, type Result } from "../model/result.ts";
import { recordCommit } from "./capture.ts";
import { asResult, Git, GitError, type GitFailure, type GitSettings, type RawPath } from "./command.ts";
import { checkOut } from "./ignored.ts";
import { onDisk, parentOf } from "./path.ts";
import type { WorkTreeLocation } from "./place.ts";
import { type Comparison, compare, locateSnapshot, pathsWith, toPreview } from "./preview.ts";
import { refOf } from "./refs.ts";
import { withScratch } from "./repository.ts";
import { writeTree } from "./tree.ts";

export interface Restored {
  /** What was done. */
  readonly preview: RestorePreview;
  /** The work tree as it was before; absent: nothing was to be done. */
  readonly before?: CodeSnapshot;
}

export interface RestoreFailure extends GitFailure<"gone" | "would-overwrite" | "changed-meanwhile"> {
  /** What it would have done, or has done in part. */
  readonly preview?: RestorePreview;
  readonly before?: CodeSnapshot;
}

/**
 * Puts the files of the work tree back as they were at the checkpoint; neither index nor HEAD nor any branch, so what comes back can be looked
 * at as any other change. Before the first file is touched, the work tree as it is is kept under a ref of its own, and all new content is
 * ready on the disk. A restore that was interrupted is finished by the same restore.
 */
export async function restoreCode(
  code: CodeSnapshot,
  how: { readonly force?: boolean; readonly now: number },
  settings: GitSettings,
): Promise<Result<Restored, RestoreFailure>> {
  const known: { preview?: RestorePreview; before?: CodeSnapshot } = {};
  const result = await asResult<Restored, "gone" | "would-overwrite" | "changed-meanwhile">(async () => {
    const git = new Git(settings);
    const located = await locateSnapshot(git, code, settings);
    if (!located.ok) return located;
    const place = located.value;
    return withScratch(place, async (bench) => {
      const comparison = await compare(git, place, bench, code);
      const { changes, conflicts, work } = comparison;
      const preview = toPreview(comparison);
      known.preview = preview;
      if (changes.size === 0) return ok({ preview });
      if (conflicts.size > 0 && !how.force) return err(wouldOverwrite(preview));

      // Named after what it holds, so that the state before an interrupted restore is not replaced by the state in the middle of it.
      const name = code.ref.slice(code.ref.lastIndexOf("/") + 1).replace(/-[0-9a-f]{12}$/, "");
      const id = `${name}-${work.tree.slice(0, 12)}`;
      const message = `before restoring ${code.ref}`;
      const ref = refOf("before-restore", id);
      const before = await recordCommit(git, place, bench, work, { ref, message, now: how.now });
      const content = await checkOut(git, bench, code.commit, "content", (path) => {
        const change = changes.get(path);
        return change !== undefined && change !== "delete";
      });
      // All of that takes its time, in which somebody may have worked on.
      const again = await writeTree(git, place, bench, "again");
      if (again.tree !== work.tree) {
        const message = `files in ${place.top} were changed while they were being compared; nothing was restored. Try again`;
        return err({ reason: "changed-meanwhile" as const, message });
      }
      known.before = before;
      await apply(place, changes, content.directory);
      return ok({ preview, before });
    });
  });
  if (result.ok) return result;
  const { error } = result;
  if (!known.before) return err({ ...error, ...known });
  const message = `${error.message}; restored in part. The files as they were before are kept in ${known.before.ref}; restore again to finish`;
  return err({ ...error, ...known, message });
}

function wouldOverwrite({ conflicts, totals }: RestorePreview): GitFailure<"would-overwrite"> {
  const named = conflicts.slice(0, 5).map(({ path }) => JSON.stringify(path));
  const more = totals.conflicts > named.length ? ` and ${totals.conflicts - named.length} more` : "";
  const files = totals.conflicts === 1 ? "1 file has" : `${totals.conflicts} files have`;
  const message = `${files} uncommitted changes that would be overwritten: ${named.join(", ")}${more}`;
  return { reason: "would-overwrite", message: `${message}. Commit them, or restore with force` };
}

/** Deletes first, since a file may have to give way to a directory. Each file is as before or as it shall be, at any instant. */
async function apply({ top }: WorkTreeLocation, changes: Comparison["changes"], content: string): Promise<void> {
  const deleted = pathsWith(changes, "delete");
  for (const path of deleted) {
    if (await isReached(top, parentOf(path))) await unlink(onDisk(top, path)).catch(unlessGone);
  }
  for (const path of deleted) await removeEmptied(top, parentOf(path));
  for (const [path, change] of changes) {
    if (change === "delete") continue;
    const target = onDisk(top, path);
    await reach(top, parentOf(path), change === "create");
    if (change === "create") await removeEmptyTree(target);
    const source = onDisk(content, path);
    if (change !== "create") await keepAccess(source, target);
    await move(source, target);
  }
}

/**
 * Makes sure that a directory is one, and all those above it: what was compared may have been replaced since by a link, behind which there are
 * files of somebody else's.
 */
async function reach(top: string, directory: RawPath, make: boolean): Promise<void> {
  const names = directory === "" ? [] : directory.split("/");
  for (let count = 1; count <= names.length; count++) {
    const place = onDisk(top, names.slice(0, count).join("/"));
    if (make) await mkdir(place).catch(unlessThere);
    const found = await lstat(place);
    if (found.isDirectory()) continue;
    throw new GitError("failed", `${place.toString()} is no directory any more, and what is behind it is not touched`);
  }
}

/** The same of one from which something is to be deleted. Where it is not, there is nothing to delete. */
async function isReached(top: string, directory: RawPath): Promise<boolean> {
  try {
    await reach(top, directory, false);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Removes a directory and those above it that hold nothing any more. */
async function removeEmptied(top: string, directory: RawPath): Promise<void> {
  for (let path = directory; path !== ""; path = parentOf(path)) {
    try {
      await rmdir(onDisk(top, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
    }
  }
}

/** A directory in which there are only directories, and that is in a file's way. */
async function removeEmptyTree(path: Buffer): Promise<void> {
  const found = await lstat(path).catch(unlessGone);
  if (!found?.isDirectory()) return;
  for (const name of await readdir(path, { encoding: "buffer" })) {
    await removeEmptyTree(Buffer.concat([path, Buffer.from("/"), name]));
  }
  await rmdir(path);
}

/** Who may read and write a file stays as it is: git records only whether it can be executed. */
async function keepAccess(source: Buffer, target: Buffer): Promise<void> {
  const [old, fresh] = [await lstat(target).catch(unlessGone), await lstat(source)];
  if (!old?.isFile() || !fresh.isFile()) return;
  const access = old.mode & 0o666;
  await chmod(source, fresh.mode & 0o100 ? access | ((access & 0o444) >> 2) : access);
}

async function move(from: Buffer, to: Buffer): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    // Git's directory is on another file system.
    const beside = Buffer.concat([to, Buffer.from(".baton-restoring")]);
    await unlink(beside).catch(unlessGone);
    if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from, { encoding: "buffer" }), beside);
    else await copyFile(from, beside);
    await rename(beside, to);
  }
}
