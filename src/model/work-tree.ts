import { z } from "zod";

const ObjectName = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** A git work tree at some instant. No ref keeps it: git collects it after some weeks. */
export const WorkTreeAt = z.object({
  /** The top of the work tree. */
  repository: z.string(),
  /** The commit that was checked out. Absent if there was none yet. */
  head: ObjectName.optional(),
  tree: ObjectName,
});
export type WorkTreeAt = z.infer<typeof WorkTreeAt>;

/** What changed in a work tree since an instant, whoever changed it. */
export const WorkSince = z.object({
  repository: z.string(),
  /** Paths relative to the top, a bounded number; `total` says how many there are. */
  files: z.array(z.object({ path: z.string(), insertions: z.number().int(), deletions: z.number().int() })),
  total: z.number().int(),
  insertions: z.number().int(),
  deletions: z.number().int(),
  /** How many of the files differ from the commit that is checked out. */
  uncommitted: z.number().int(),
  /** The newest first, a bounded number. */
  commits: z.array(z.object({ id: z.string(), subject: z.string() })),
  totalCommits: z.number().int(),
});
export type WorkSince = z.infer<typeof WorkSince>;

/** Files of a work tree that no commit holds. */
export interface UncommittedFiles {
  /** The top of the work tree. */
  readonly repository: string;
  /** Paths relative to the top, a bounded number. */
  readonly files: readonly string[];
  readonly total: number;
}
