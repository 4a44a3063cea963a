import { isRecord } from "../../model/json.ts";
import { absolutePath, pathInside } from "../../model/text/paths.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** What Baton sees of a work tree at a delivery. */
export interface SeenFiles {
  /** The top of the work tree. Absolute. */
  readonly top: string;
  /** All files that changed since the step was accepted, relative to `top`. */
  readonly changed: readonly string[];
  /** Claimed paths at which there is nothing. */
  readonly missing: readonly string[];
  /** Claimed paths at which there is something that no tree shows, such as an ignored file. */
  readonly unseen: readonly string[];
}

/** How many files of a delivery Baton compares. */
const MAX_CLAIMS = 200;
/** No file has a longer path (PATH_MAX); what is longer is no name of a file. */
const MAX_CLAIM_CHARACTERS = 4_096;

/** The files that a delivery says were changed, as it names them. */
export function claimedFiles(output: JsonValue | undefined): string[] {
  const claimed = isRecord(output) ? output.filesChanged : undefined;
  if (!Array.isArray(claimed)) return [];
  const names = claimed.slice(0, MAX_CLAIMS).flatMap((one: JsonValue) => {
    const name = isRecord(one) ? (one.path ?? one.file) : one;
    return typeof name === "string" && name.length <= MAX_CLAIM_CHARACTERS ? plainPaths(name) : [];
  });
  return [...new Set(names)].slice(0, MAX_CLAIMS);
}

/** `a.ts (new)` names a.ts; `a.ts -> b.ts` names both. */
const plainPaths = (name: string): string[] =>
  name
    .replace(/\s+\([^()]*\)\s*$/, "")
    .split(/\s+(?:->|=>|→)\s+/)
    .map((path) => path.trim())
    .filter((path) => path !== "");

/**
 * Those of the claimed files that did not change. If others worked in the same work tree, they may have changed a file
 * back; then only those count that do not exist.
 * @param cwd the directory of the run. Claims are relative to it or to the top of the work tree
 */
export function unchangedClaims(
  claimed: readonly string[],
  { top, changed, missing, unseen }: SeenFiles,
  cwd: string,
  shared: boolean,
): string[] {
  const files = new Set(changed);
  const isTouched = (claim: string) =>
    pathsOf(claim, cwd, top).some((path) => {
      if (path === "" || files.has(path)) return changed.length > 0;
      // A directory, or a pattern such as `src/*.ts`.
      const start = path.includes("*") ? path.slice(0, path.indexOf("*")) : `${path}/`;
      return changed.some((file) => file.startsWith(start));
    });
  const untouched = claimed.filter((claim) => !isTouched(claim));
  return shared
    ? untouched.filter((claim) => missing.includes(claim))
    : untouched.filter((claim) => !unseen.includes(claim));
}

/** A claim as paths relative to the top of the work tree. */
export const pathsOf = (claim: string, cwd: string, top: string): string[] => [
  ...new Set([cwd, top].flatMap((from) => pathInside(top, absolutePath(from, claim)) ?? [])),
];
