import { z } from "zod";

/** What made a checkpoint: a completed agent step, a risky step about to start, a pause, or a caller. */
export const CHECKPOINT_TRIGGERS = ["agent", "risky", "pause", "manual"] as const;

const ObjectName = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** Why something in the work tree was not recorded: it is a repository of its own, or no readable file. */
const UnrecordedPath = z.object({ path: z.string(), why: z.enum(["repository", "unreadable"]) });

/** The code of a checkpoint, as a journal records it. */
export const CodeSnapshot = z.object({
  /** The top of the git work tree. */
  repository: z.string(),
  /** The commit that was checked out. Absent if there was none yet. */
  head: ObjectName.optional(),
  /** The branch. Absent if HEAD was detached. */
  branch: z.string().optional(),
  /** A commit whose tree is the work tree as it was. */
  commit: ObjectName,
  /** The ref that keeps this commit alive. */
  ref: z.string(),
  /** Whether there were uncommitted changes. */
  dirty: z.boolean(),
  /** How many files differed from HEAD. */
  files: z.number().int(),
  /** What was left out. `first` is cut, `total` is not. */
  unrecorded: z.object({ total: z.number().int(), first: z.array(UnrecordedPath) }).optional(),
});
export type CodeSnapshot = z.infer<typeof CodeSnapshot>;

/**
 * `create`: the file does not exist now. `write`: its content or kind changes. `mode`: only whether it is executable.
 */
const FileChange = z.object({ path: z.string(), change: z.enum(["create", "write", "mode", "delete"]) });
export type FileChange = z.infer<typeof FileChange>;

/** Work that no commit holds and a restore would overwrite: in a file that HEAD has, or in one that it has not. */
const PathConflict = z.object({ path: z.string(), why: z.enum(["modified", "untracked"]) });
export type PathConflict = z.infer<typeof PathConflict>;

/**
 * A path that differs from the checkpoint and stays as it is: `ignored` by git, now or at the checkpoint; part of
 * another `repository`; outside the `sparse` checkout; not `readable`; or something else is in its way.
 */
const KeptPath = z.object({
  path: z.string(),
  why: z.enum(["ignored", "repository", "sparse", "unreadable", "in_the_way"]),
});
export type KeptPath = z.infer<typeof KeptPath>;

/** What a restore would do. Lists are sorted by path and cut; `totals` are not. */
export const RestorePreview = z.object({
  changes: z.array(FileChange),
  conflicts: z.array(PathConflict),
  kept: z.array(KeptPath),
  totals: z.object({ changes: z.number().int(), conflicts: z.number().int(), kept: z.number().int() }),
  /** HEAD then and now, if they differ. A restore does not move HEAD. */
  headMoved: z.object({ from: ObjectName.optional(), to: ObjectName.optional() }).optional(),
});
export type RestorePreview = z.infer<typeof RestorePreview>;
