import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { type MatchResult, matchPattern } from "../../model/regex/matching.ts";
import type { FileCheck } from "../../model/worker.ts";
import { readRegularFile } from "../../system/file.ts";

/** The largest file whose content a check reads, in bytes. */
const MAX_CHECKED_FILE_BYTES = 64 * 1024 * 1024;

/** What of a file is not as it must be; `undefined` if nothing. */
export function fileProblem({ file, exists = true, contains, matches }: FileCheck, cwd: string): string | undefined {
  const path = resolve(cwd, file);
  const stats = statsOf(path);
  if (!exists) return stats === undefined ? undefined : `${path} exists`;
  if (stats === undefined) return `${path} does not exist`;
  if (contains === undefined && matches === undefined) return undefined;
  // Links are followed, wherever they lead: the author chose the file, and Baton shows none of its content.
  const read = readRegularFile(path, MAX_CHECKED_FILE_BYTES, { follow: true });
  if ("reason" in read) return `${path} ${FILE_PROBLEMS[read.reason] ?? `cannot be read: ${read.message}`}`;
  const text = read.bytes.toString("utf8");
  if (contains !== undefined && !text.includes(contains)) return `${path} does not contain ${JSON.stringify(contains)}`;
  if (matches === undefined) return undefined;
  const match = matchPattern(matches, text, "mu");
  if (match.kind === "fits") return undefined;
  if (match.kind === "differs") return `${path} does not match /${matches}/`;
  // Validation checks only patterns without templates. This one became invalid when its values were filled in.
  if (match.kind === "invalid") throw new Error(match.message);
  return `${path} cannot be searched: ${notMatchedBecause(matches, match)}`;
}

const FILE_PROBLEMS: Readonly<Partial<Record<string, string>>> = {
  not_a_file: "is not a file",
  too_large: "is larger than 64 MB and was not read",
};

/** Why a pattern was not applied. */
function notMatchedBecause(pattern: string, match: Extract<MatchResult, { kind: "refused" | "too long" }>): string {
  if (match.kind === "refused") return `/${pattern}/ ${match.message}`;
  const what = match.line ? "a line of it is" : "it is";
  return `${what} ${match.length} characters long; /${pattern}/ can be applied to at most ${match.maxLength}`;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A part of the path that has to be a directory is a file.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}
