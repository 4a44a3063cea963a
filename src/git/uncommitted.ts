import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "../model/data/result.ts";
import type { UncommittedFiles } from "../model/work-tree.ts";
import { asResult, Git, type GitFailure, type GitSettings, pathFromRaw } from "./command.ts";
import { headOf, locate, withScratch } from "./repository.ts";

const MAX_FILES_LISTED = 40;

/**
 * The changed, deleted and new files of the work tree that contains `cwd`. Ignored files and submodules do not count.
 * Git changes nothing, and runs no hook or filter of the repository.
 */
export async function listUncommitted(
  cwd: string,
  settings: GitSettings,
): Promise<Result<UncommittedFiles, GitFailure>> {
  return asResult(async () => {
    const git = new Git(settings);
    const place = await locate(git, cwd, settings.exclude);
    const { head } = await headOf(git, place);
    return withScratch(place, async ({ converting }) => {
      if (head !== undefined) await writeFile(join(converting.gitDir, "HEAD"), `${head}\n`);
      const files: string[] = [];
      let total = 0;
      const args = [
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=all",
      ];
      await git.list(args, { cwd: place.top, index: place.index, through: converting }, (record) => {
        const path = record.slice(3);
        if (place.excluded(path.replace(/\/$/, ""))) return;
        total++;
        if (files.length < MAX_FILES_LISTED) files.push(pathFromRaw(path));
      });
      return ok({ repository: place.top, files, total });
    });
  });
}
