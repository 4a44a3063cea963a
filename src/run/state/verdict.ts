import type { Changes, CheckResult, Evidence } from "../../model/evidence.ts";

/** What Baton knows of a delivery of which no check fails. */
export interface Delivered {
  /** The step's own checks, with how they went before the work. */
  readonly checks: readonly CheckResult[];
  /** Absent: Baton could not compare the work tree. */
  readonly changes?: Changes | undefined;
  /** Whether the step makes or changes files. */
  readonly builds: boolean;
  /** Files that only this step works on. Asked only if others worked in the same work tree. */
  readonly ownFiles: () => readonly string[];
}

/** What a delivery is worth, and what its readers must know about that (SEMANTICS §7). */
export function verdictOf({ checks, changes, builds, ownFiles }: Delivered): {
  readonly evidence: "verified" | "checked" | "reported";
  readonly note?: string;
} {
  if (builds && changes && (changes.total ?? changes.files.length) === 0)
    return { evidence: "reported", note: "no file changed" };
  if (checks.length === 0) return { evidence: "reported" };
  const proving = checks.filter(({ before, outcome }) => before === "failed" && outcome === "passed");
  if (proving.length === 0) {
    const passedBefore = checks.every(({ before }) => before === "passed");
    const note = passedBefore
      ? "its checks passed before the work, too"
      : "no check is known to have failed before the work";
    return { evidence: "checked", note };
  }
  if (changes?.shared) {
    const own = ownFiles();
    if (!proving.some(({ check }) => own.some((file) => namesFile(check, file))))
      return { evidence: "checked", note: "others worked in the same work tree meanwhile" };
  }
  return { evidence: "verified" };
}

/** Whether a command or a file check has the path among its words. */
function namesFile(check: string, file: string): boolean {
  const path = file.replace(/^(?:\.\/)+/, "");
  return check.split(/[\s'"`=:;,|&()<>]+/).some((word) => word.replace(/^(?:\.\/)+/, "") === path);
}

/** From the weakest to the strongest. */
const STRENGTH: readonly Evidence[] = ["reported", "checked", "cached", "verified", "observed"];

/** What a step made of others is worth: as much as the weakest of them, `observed` if there are none. */
export function weakest(evidences: Iterable<Evidence>): Evidence {
  let least = STRENGTH.length - 1;
  for (const evidence of evidences) least = Math.min(least, STRENGTH.indexOf(evidence));
  return STRENGTH[least]!;
}
