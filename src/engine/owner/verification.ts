import type { AttemptEnd, Execution, Job, Report } from "../../model/contracts/step.ts";
import type { CheckResult } from "../../model/evidence.ts";
import type { Check } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { keyOf, placeOf, textOf, type Values } from "../../run/state/checks.ts";
import { writeOwn } from "../../system/own-file.ts";
import { type CheckEnd, type CheckOptions, runCheck } from "./run-check.ts";

interface Verification extends CheckOptions {
  readonly job: Job;
  readonly checks: readonly Check[];
  readonly delivered: JsonValue;
  /** The keys of commands that have passed on the work tree as it is delivered. They do not run again. */
  readonly passed?: ReadonlySet<string>;
}

/**
 * Runs the checks in order and stops at the first that fails. Reports `completed` if all pass. The file
 * `$BATON_DELIVERED` holds the delivered output as JSON.
 */
export function verify(
  { job, checks, delivered, passed, ...options }: Verification,
  report: (report: Report) => void,
): Execution {
  let current: Execution | undefined;
  let over = false;
  let stopped = false;
  const file = `${job.files.output}.delivered`;
  writeOwn(file, JSON.stringify(delivered));
  const values = { ...job.values, BATON_DELIVERED: file };
  const results: CheckResult[] = [];

  const end = (outcome: AttemptEnd) => {
    if (over) return;
    over = true;
    report({ kind: "ended", end: { ...outcome, ...(results.length > 0 && { checks: results }) } });
  };
  const next = (at: number): void => {
    if (over) return;
    const check = checks[at];
    if (check === undefined) return end({ outcome: "completed" });
    const failed = (how: string) =>
      end({ outcome: "failed", reason: "verification_failed", message: `check "${nameOf(check, job.values)}" ${how}` });
    const onEnd = ({ result, problem }: CheckEnd) => {
      results.push(result);
      if (problem !== undefined) failed(`failed: ${problem}`);
      // A check may pass although it was stopped. The checks after it do not start.
      else if (stopped) failed("was stopped together with the verification");
      else next(at + 1);
    };
    const about = { check: textOf(check, job.values), ...placeOf(check) };
    if (passed?.has(keyOf(about))) {
      results.push({ ...about, outcome: "passed", reused: true });
      return next(at + 1);
    }
    try {
      current = runCheck({ ...job, values }, check, options, report, onEnd);
    } catch (error) {
      // A log that cannot be written, a path with a loop of links, a pattern that its rendered values made invalid.
      failed(`could not be run: ${(error as Error).message}`);
    }
  };
  next(0);
  return {
    stop() {
      stopped = true;
      current?.stop();
    },
    abandon() {
      over = true;
      current?.abandon();
    },
  };
}

const nameOf = (check: Check, values: Values): string =>
  check.name ?? ("file" in check ? check.file : textOf(check, values));
