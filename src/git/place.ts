import type { RawPath } from "./command.ts";

/** A work tree of a repository; of linked ones, one. */
export interface Place {
  /** The top of the work tree. */
  readonly top: string;
  /** The git directory of this work tree. */
  readonly gitDir: string;
  /** The git directory that all its work trees share. */
  readonly common: string;
  readonly index: string;
  /** The settings of the repository and its user about how to take files, by their names in lower case. */
  readonly settings: ReadonlyMap<string, string>;
  /** Whether a path lies in a directory that Baton leaves alone. */
  readonly excluded: (path: RawPath) => boolean;
}
