import { z } from "zod";

/** What made a checkpoint: an agent step that completed, a risky step about to start, a pause, or somebody who asked for it. */
export const CHECKPOINT_TRIGGERS = ["agent", "risky", "pause", "manual"] as const;

const ObjectName = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

/** Why something in the work tree was not recorded: it is a repository of its own, or no file that can be read. */
const Unrecorded = z.object({ path: z.string(), why: z.enum(["repository", "unreadable"]) });

/** The code part of a checkpoint, as it stands in a journal. */
export const CodeSnapshot = z.object({
  /** The top of the git work tree. */
  repository: z.string(),
  /** The commit that was checked out; absent: there was none yet. */
  head: ObjectName.optional(),
  /** Absent: HEAD was detached. */
  branch: z.string().optional(),
  /** A commit whose tree is the work tree as it was. */
  commit: ObjectName,
  /** What keeps that commit alive. */
  ref: z.string(),
  /** Whether there were uncommitted changes. */
  dirty: z.boolean(),
  /** How many files differed from HEAD. */
  files: z.number().int(),
  /** What was left out; `first` is cut, `total` is not. */
  unrecorded: z.object({ total: z.number().int(), first: z.array(Unrecorded) }).optional(),
});
export type CodeSnapshot = z.infer<typeof CodeSnapshot>;

/** `create`: it is not there now; `write`: its content or kind; `mode`: only whether it is executable. */
const FileChange = z.object({ path: z.string(), change: z.enum(["create", "write", "mode", "delete"]) });
export type FileChange = z.infer<typeof FileChange>;

/** Work that is in no commit and would be overwritten: in a file that HEAD has, or in one that it has not. */
const Conflict = z.object({ path: z.string(), why: z.enum(["modified", "untracked"]) });
export type Conflict = z.infer<typeof Conflict>;

/**
 * Differs from the checkpoint and stays as it is: `ignored` by git, now or at the checkpoint; part of a `repository` of its own; outside of
 * the `sparse` checkout; not `readable`; or something that is none of these is in its way.
 */
const Kept = z.object({
  path: z.string(),
  why: z.enum(["ignored", "repository", "sparse", "unreadable", "in_the_way"]),
});
export type Kept = z.infer<typeof Kept>;

/** What a restore would do. Lists are sorted by path and cut; `totals` are not. */
export const RestorePreview = z.object({
  changes: z.array(FileChange),
  conflicts: z.array(Conflict),
  kept: z.array(Kept),
  totals: z.object({ changes: z.number().int(), conflicts: z.number().int(), kept: z.number().int() }),
  /** HEAD then and now, if it is another one. A restore does not move it. */
  headMoved: z.object({ from: ObjectName.optional(), to: ObjectName.optional() }).optional(),
});
export type RestorePreview = z.infer<typeof RestorePreview>;
