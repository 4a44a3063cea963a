import { type Git, type GitCallOptions, GitError, type RawPath } from "./command.ts";

/** Modes of git, as it writes them. */
export const GONE = "000000";
export const GITLINK = "160000";

/** What differs at a path. A side that is not there has mode `GONE`. */
export interface Difference {
  readonly path: RawPath;
  readonly from: { readonly mode: string; readonly object: string };
  readonly to: { readonly mode: string; readonly object: string };
}

/** Runs a plumbing command that compares (`diff-tree`, `diff-files`) and tells what differs, one by one. */
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
      if (!head) throw new GitError("failed", `git ${command} answers what is not understood: ${record.slice(0, 80)}`);
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
