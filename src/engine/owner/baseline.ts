import { after } from "../../model/contracts/scheduler.ts";
import type { Execution, Job } from "../../model/contracts/step.ts";
import type { Baseline, CheckResult } from "../../model/evidence.ts";
import type { Check } from "../../model/worker.ts";
import { readsDelivery } from "../../run/features/check-results.ts";
import { keyOf, placeOf, textOf } from "../../run/state/checks.ts";
import { type CheckEnd, type CheckOptions, runCheck } from "./run-check.ts";

interface BaselineJob extends CheckOptions {
  readonly job: Job;
  readonly checks: readonly Check[];
  /** For all checks together, in milliseconds. What has not ended by then is killed and unknown. */
  readonly wait: number;
  /** Takes the work tree; without git, the promise is of nothing. */
  readonly takeTree: () => Promise<string | undefined>;
  /** The keys of commands that have passed on a tree. They do not run again. */
  readonly passedOn: (tree: string | undefined) => ReadonlySet<string>;
}

/** Runs all checks before the work, one after the other. @param report told once how they went. */
export function takeBaseline(
  { job, checks, wait, takeTree, passedOn, ...options }: BaselineJob,
  report: (baseline: Baseline) => void,
): Pick<Execution, "abandon"> {
  const results: CheckResult[] = [];
  let tree: string | undefined;
  let current: Execution | undefined;
  let over = false;
  let cancelTimer: (() => void) | undefined;

  const finish = () => {
    if (over) return;
    over = true;
    cancelTimer?.();
    report({ ...(tree !== undefined && { tree }), checks: results });
  };
  const next = (passed: ReadonlySet<string>): void => {
    if (over) return;
    const check = checks[results.length];
    if (check === undefined) return finish();
    const about = { check: textOf(check, job.values), ...placeOf(check) };
    const push = (result: CheckResult) => {
      results.push(result);
      next(passed);
    };
    if (passed.has(keyOf(about))) return push({ ...about, outcome: "passed", reused: true });
    // There is no delivery to read yet, so its failure would say nothing of the work.
    if (readsDelivery(about.check))
      return push({ ...about, outcome: "unknown", message: "it reads what is delivered" });
    try {
      const onEnd = (end: CheckEnd) => {
        // A check that was killed with the baseline says nothing.
        if (!over) push(outcomeOf(end));
      };
      current = runCheck(job, check, options, () => {}, onEnd);
    } catch (error) {
      push({ ...about, outcome: "unknown", message: (error as Error).message.slice(-MAX_MESSAGE_CHARACTERS) });
    }
  };
  const onTimeout = () => {
    current?.abandon();
    for (const check of checks.slice(results.length)) {
      const about = { check: textOf(check, job.values), ...placeOf(check) };
      results.push({ ...about, outcome: "unknown", message: `it had not ended after ${wait} ms` });
    }
    finish();
  };
  cancelTimer = after(options.scheduler, wait, onTimeout);
  void takeTree().then((taken) => {
    tree = taken;
    next(passedOn(tree));
  });
  return {
    abandon() {
      over = true;
      cancelTimer?.();
      current?.abandon();
    },
  };
}

/** Its worker sees how a check fails later. Before the work, a line or two tell whether it failed for that reason. */
const MAX_MESSAGE_CHARACTERS = 300;

/** What has not ended, or could not run, tells nothing of how things were. A program that the project lacks is red. */
function outcomeOf({ result, cause }: CheckEnd): CheckResult {
  const message = result.message?.slice(-MAX_MESSAGE_CHARACTERS);
  const short = { ...result, ...(message !== undefined && { message }) };
  return cause === undefined ? short : { ...short, outcome: "unknown" };
}
