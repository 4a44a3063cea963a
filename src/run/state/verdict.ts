import type { Changes, CheckResult, Evidence } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepState } from "../../model/run-state.ts";

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

/** All checks passed before the work as well. */
export const NOTHING_PROVED = "its checks passed before the work, too";

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
    const note = passedBefore ? NOTHING_PROVED : "no check is known to have failed before the work";
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

/** How Baton knows that a completed step is completed. Of a step that grew into others, it knows as much as of these. */
export function evidenceOf({ expansions, workflow }: Plan, { steps }: RunState, index: number): Evidence {
  const own = steps[index]!.evidence ?? "observed";
  if (expansions.length === 0) return own;
  const { id } = workflow.steps[index]!;
  const grown = expansions.find(({ step, withdrawn }) => step === id && !withdrawn);
  if (!grown) return own;
  return weakest(finishedEvidence(steps.slice(grown.first, grown.first + grown.steps.length)));
}

/** How Baton knows of those of the steps that are completed. */
export const finishedEvidence = (steps: readonly StepState[]): Evidence[] =>
  steps.flatMap(({ status, evidence }) => (status === "completed" ? (evidence ?? "observed") : []));
