import { type Git, type GitCallOptions, GitError, type RawPath } from "./command.ts";

/** File modes as git prints them. */
export const GONE = "000000";
export const GITLINK = "160000";

/** A difference at one path. A side without a file has mode `GONE`. */
export interface Difference {
  readonly path: RawPath;
  readonly from: { readonly mode: string; readonly object: string };
  readonly to: { readonly mode: string; readonly object: string };
}

/** Runs `diff-tree` or `diff-files` and calls `each` for every difference. */
export async function listDifferences(
  git: Git,
  args: readonly string[],
  asked: GitCallOptions,
  each: (difference: Difference) => void,
): Promise<void> {
  const [command, ...rest] = args;
  let head: RegExpExecArray | undefined;
  await git.list([command!, "--raw", "-z", "--no-renames", "--no-abbrev", ...rest], asked, (record) => {
    if (!head) {
      head = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]$/.exec(record) ?? undefined;
      if (!head) throw new GitError("failed", `git ${command} answered in an unknown format: ${record.slice(0, 80)}`);
      return;
    }
    const [, fromMode, toMode, fromObject, toObject] = head as unknown as string[];
    head = undefined;
    each({
      path: record,
      from: { mode: fromMode!, object: fromObject! },
      to: { mode: toMode!, object: toObject! },
    });
  });
}
