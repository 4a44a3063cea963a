import { z } from "zod";

/** What made a checkpoint: an agent step that completed, a risky step about to start, a pause, or somebody who asked for it. */
export const CHECKPOINT_TRIGGERS = ["agent", "risky", "pause", "manual"] as const;

/** The work tree as it was: a commit under a hidden ref, which nothing else refers to. */
export const CodeSnapshot = z.object({
  /** Absolute path of the work tree. */
  repository: z.string(),
  /** The commit that was checked out; absent: there was none yet. */
  head: z.string().optional(),
  branch: z.string().optional(),
  /** A commit whose tree is the work tree with all uncommitted changes. */
  commit: z.string(),
  ref: z.string(),
  /** Whether there were uncommitted changes, and in how many files. */
  dirty: z.boolean(),
  files: z.number().int().nonnegative(),
});
export type CodeSnapshot = z.infer<typeof CodeSnapshot>;
