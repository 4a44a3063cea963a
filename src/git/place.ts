import type { RawPath } from "./command.ts";

/** One work tree of a repository, main or linked. */
export interface WorkTreeLocation {
  /** The top of the work tree. */
  readonly top: string;
  /** The git directory of this work tree. */
  readonly gitDir: string;
  /** The git directory that all work trees of the repository share. */
  readonly common: string;
  readonly index: string;
  /** The settings that say how git reads and writes files. Names are in lower case. */
  readonly settings: ReadonlyMap<string, string>;
  /** Tells whether a path lies in an excluded directory. */
  readonly excluded: (path: RawPath) => boolean;
}
