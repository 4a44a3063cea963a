import { z } from "zod";

/**
 * How Baton knows that a completed step is completed (SEMANTICS §7).
 * - `observed`: Baton performed the step itself;
 * - `verified`: a check failed before the work and passes after it, and none fails;
 * - `checked`: all checks pass, and that proves nothing: they passed before as well, or the baseline is unknown;
 * - `reported`: an agent says so, and nothing was checked;
 * - `cached`: taken from an earlier run.
 */
export const EVIDENCE = ["observed", "verified", "checked", "reported", "cached"] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** What each tells a person, in a few words. Only `verified` is proof. */
export const EVIDENCE_MEANS = {
  observed: "Baton ran it",
  verified: "its checks failed before and pass now",
  checked: "its checks pass, and prove no more",
  reported: "nothing was checked",
  cached: "taken from an earlier run",
} as const satisfies Readonly<Record<Evidence, string>>;

/** `unknown`: it did not end in time, or could not run at all. */
export const CHECK_OUTCOMES = ["passed", "failed", "unknown"] as const;

/** How one check went. */
export const CheckResult = z.object({
  /** The command with its values filled in, or `file <path>`. */
  check: z.string(),
  /** The directory it ran in, if that is not the run's. */
  workingDirectory: z.string().optional(),
  outcome: z.enum(CHECK_OUTCOMES),
  exitCode: z.number().int().optional(),
  /** What it said, the end of it: of a check that did not pass. */
  message: z.string().optional(),
  /** It passed before on the same tree, so Baton did not run it again. */
  reused: z.literal(true).optional(),
  /** How it went before the work. Absent: there was no baseline. */
  before: z.enum(CHECK_OUTCOMES).optional(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** How the checks of a step went before its work, on which tree of the work tree. */
export const Baseline = z.object({ tree: z.string().optional(), checks: z.array(CheckResult) });
export type Baseline = z.infer<typeof Baseline>;

/** What a worker changed: the work tree at accept against the work tree at delivery. */
export const Changes = z.object({
  /** Paths relative to the top of the work tree, at most 200. */
  files: z.array(z.string()),
  /** How many files changed, if `files` does not name all of them. */
  total: z.number().int().optional(),
  insertions: z.number().int(),
  deletions: z.number().int(),
  /** Others held steps in the same work tree meanwhile, so some of it may be theirs. */
  shared: z.boolean(),
});
export type Changes = z.infer<typeof Changes>;
