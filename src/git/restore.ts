import { chmod, copyFile, lstat, mkdir, readdir, readlink, rename, rmdir, symlink, unlink } from "node:fs/promises";
import type { CodeSnapshot, RestorePreview } from "../model/checkpoint.ts";
import { err, ok, type Result } from "../model/data/result.ts";
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
  /** The changes that the restore made. */
  readonly preview: RestorePreview;
  /** The work tree before the restore. Absent: there was nothing to change. */
  readonly before?: CodeSnapshot;
}

export interface RestoreFailure extends GitFailure<"gone" | "would-overwrite" | "changed-meanwhile"> {
  /** The changes that the restore planned, or made in part. */
  readonly preview?: RestorePreview;
  readonly before?: CodeSnapshot;
}

/**
 * Restores the files of the work tree to their state at the checkpoint.
 * The index, HEAD and branches stay, so the user can inspect the result like any other change.
 * Before the first change, Baton records the current work tree under a ref and writes all new content to disk.
 * The same restore, called again, finishes an interrupted one.
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

      // The id depends on the content: a repeated restore must not replace the state before the interrupted one.
      const name = code.ref.slice(code.ref.lastIndexOf("/") + 1).replace(/-[0-9a-f]{12}$/, "");
      const id = `${name}-${work.tree.slice(0, 12)}`;
      const message = `before restoring ${code.ref}`;
      const ref = refOf("before-restore", id);
      const before = await recordCommit(git, place, bench, work, { ref, message, now: how.now });
      const content = await checkOut(git, bench, code.commit, "content", (path) => {
        const change = changes.get(path);
        return change !== undefined && change !== "delete";
      });
      // A user or worker may have changed files in the meantime.
      const again = await writeTree(git, place, bench, "again");
      if (again.tree !== work.tree) {
        const message = `files in ${place.top} changed while Baton compared them, so it restored nothing. Try again`;
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
  const message = `${error.message}; only a part is restored. The earlier state of the files is kept in ${known.before.ref}; restore again to finish`;
  return err({ ...error, ...known, message });
}

function wouldOverwrite({ conflicts, totals }: RestorePreview): GitFailure<"would-overwrite"> {
  const named = conflicts.slice(0, 5).map(({ path }) => JSON.stringify(path));
  const more = totals.conflicts > named.length ? ` and ${totals.conflicts - named.length} more` : "";
  const files = totals.conflicts === 1 ? "1 file has" : `${totals.conflicts} files have`;
  const message = `${files} uncommitted changes that would be overwritten: ${named.join(", ")}${more}`;
  return { reason: "would-overwrite", message: `${message}. Commit them, or restore with force` };
}

/** Deletes first, since a directory may replace a file. At any instant each file has its old or its new content. */
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
 * Makes sure that a directory and all its parents are real directories.
 * A link may have replaced one since the comparison, and foreign files may lie behind it.
 */
async function reach(top: string, directory: RawPath, make: boolean): Promise<void> {
  const names = directory === "" ? [] : directory.split("/");
  for (let count = 1; count <= names.length; count++) {
    const place = onDisk(top, names.slice(0, count).join("/"));
    if (make) await mkdir(place).catch(unlessThere);
    const found = await lstat(place);
    if (found.isDirectory()) continue;
    throw new GitError("failed", `${place.toString()} is no longer a directory, so Baton changes nothing below it`);
  }
}

/** Like `reach`, for a directory to delete from. Returns false if the directory is missing. */
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

/** Removes a directory and its parents as far as they are empty. */
async function removeEmptied(top: string, directory: RawPath): Promise<void> {
  for (let path = directory; path !== ""; path = parentOf(path)) {
    try {
      await rmdir(onDisk(top, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
    }
  }
}

/** Removes a tree of empty directories that occupies a file's path. */
async function removeEmptyTree(path: Buffer): Promise<void> {
  const found = await lstat(path).catch(unlessGone);
  if (!found?.isDirectory()) return;
  for (const name of await readdir(path, { encoding: "buffer" })) {
    await removeEmptyTree(Buffer.concat([path, Buffer.from("/"), name]));
  }
  await rmdir(path);
}

/** Keeps a file's read and write permissions: git records only the executable bit. */
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
    // Git's directory lies on another file system.
    const beside = Buffer.concat([to, Buffer.from(".baton-restoring")]);
    await unlink(beside).catch(unlessGone);
    if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from, { encoding: "buffer" }), beside);
    else await copyFile(from, beside);
    await rename(beside, to);
  }
}
