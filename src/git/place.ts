import type { RawPath } from "./command.ts";

/** A work tree of a repository; of several linked ones, one. */
export interface WorkTreeLocation {
  /** The top of the work tree. */
  readonly top: string;
  /** Of this work tree. */
  readonly gitDir: string;
  /** What all its work trees share. */
  readonly common: string;
  readonly index: string;
  /** Those settings of the repository and its user that tell how files are to be taken, by their names in lower case. */
  readonly settings: ReadonlyMap<string, string>;
  /** Whether a path is in one of the directories that are none of our business. */
  readonly excluded: (path: RawPath) => boolean;
}
