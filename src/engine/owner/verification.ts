import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { after, type Scheduler } from "../../model/contracts/scheduler.ts";
import type { AttemptEnd, CommandRunner, Execution, Job, Report } from "../../model/contracts/step.ts";
import { type MatchResult, matchPattern } from "../../model/regex/matching.ts";
import type { Check, CommandCheck, FileCheck } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { fillValues } from "../../run/worker/assignment.ts";
import { readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { appendOwn, writeOwn } from "../../system/own-file.ts";

/** How long a check without a `timeout` may take, in milliseconds. */
const DEFAULT_CHECK_TIMEOUT_MS = 600_000;
/** How much of each output stream of a failed check its worker gets, in bytes. */
const MAX_TAIL_BYTES = 1_500;
/** The largest file whose content a check reads, in bytes. */
const MAX_CHECKED_FILE_BYTES = 64 * 1024 * 1024;

interface Verification {
  readonly job: Job;
  readonly checks: readonly Check[];
  readonly delivered: JsonValue;
  /** Runs the commands of checks. */
  readonly command: CommandRunner;
  readonly scheduler: Scheduler;
}

/**
 * Runs the checks in order and stops at the first that fails. Reports `completed` if all pass. Commands run like those
 * of `command` steps, in process groups and into the attempt's logs. The file `$BATON_DELIVERED` holds the delivered
 * output as JSON.
 */
export function verify(
  { job, checks, delivered, command, scheduler }: Verification,
  report: (report: Report) => void,
): Execution {
  let current: Execution | undefined;
  let over = false;
  let stopped = false;
  const file = `${job.files.output}.delivered`;
  writeOwn(file, JSON.stringify(delivered));
  const values = { ...job.values, BATON_DELIVERED: file };

  const end = (outcome: AttemptEnd) => {
    if (over) return;
    over = true;
    report({ kind: "ended", end: outcome });
  };
  const next = (at: number): void => {
    if (over) return;
    const check = checks[at];
    if (check === undefined) return end({ outcome: "completed" });
    const failed = (how: string) =>
      end({ outcome: "failed", reason: "verification_failed", message: `check "${nameOf(check, job.values)}" ${how}` });
    const onResult = (problem: string | undefined) => {
      if (problem !== undefined) failed(`failed: ${problem}`);
      // A check may pass although it was stopped. The checks after it do not start.
      else if (stopped) failed("was stopped together with the verification");
      else next(at + 1);
    };
    try {
      if ("file" in check) onResult(fileProblem(check, job.cwd));
      else current = runCheck({ ...job, values }, check, { command, scheduler }, report, onResult);
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

const nameOf = (check: Check, values: Job["values"]): string =>
  check.name ?? ("file" in check ? check.file : fillValues(check.command, values));

function runCheck(
  job: Job,
  { command, timeout = DEFAULT_CHECK_TIMEOUT_MS, workingDirectory }: CommandCheck,
  { command: runner, scheduler }: Pick<Verification, "command" | "scheduler">,
  report: (report: Report) => void,
  onResult: (problem: string | undefined) => void,
): Execution {
  appendOwn(job.files.stdout, `$ ${fillValues(command, job.values)}\n`);
  const before = { stdout: sizeOf(job.files.stdout), stderr: sizeOf(job.files.stderr) };
  let timedOut = false;
  const config = { command, ...(workingDirectory !== undefined && { workingDirectory }) };
  // Checks have an output file of their own, which nothing reads: a check has no structured output.
  const files = { ...job.files, output: `${job.files.output}.check` };
  let cancelTimeout: (() => void) | undefined;
  let ended = false;
  const execution = runner.perform({ ...job, config, files }, (update) => {
    if (update.kind !== "ended") return report(update);
    ended = true;
    cancelTimeout?.();
    if (timedOut) return onResult(`it took longer than ${timeout} ms${tail(job, before)}`);
    // Exit code 0 is enough: nothing reads $BATON_OUTPUT of a check, so invalid content there does not fail it.
    if (update.end.outcome === "completed" || update.end.exitCode === 0) return onResult(undefined);
    const why = update.end.exitCode === undefined ? update.end.message : `exit code ${update.end.exitCode}`;
    onResult(`${why}${tail(job, before)}`);
  });
  const onTimeout = () => {
    timedOut = true;
    execution.stop();
  };
  if (!ended) cancelTimeout = after(scheduler, timeout, onTimeout);
  return {
    stop: () => execution.stop(),
    abandon() {
      cancelTimeout?.();
      execution.abandon();
    },
  };
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** The end of what a check wrote, for its worker. */
function tail({ files }: Job, before: { stdout: number; stderr: number }): string {
  const parts = (["stdout", "stderr"] as const).map((stream) => {
    const from = Math.max(before[stream], sizeOf(files[stream]) - MAX_TAIL_BYTES);
    return readExcerptQuietly(files[stream], MAX_TAIL_BYTES, from, true).text.trim();
  });
  const said = parts.filter((part) => part !== "").join("\n");
  return said === "" ? "" : `\n${said}`;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A part of the path that has to be a directory is a file.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

function fileProblem({ file, exists = true, contains, matches }: FileCheck, cwd: string): string | undefined {
  const path = resolve(cwd, file);
  const stats = statsOf(path);
  if (!exists) return stats === undefined ? undefined : `${path} exists`;
  if (stats === undefined) return `${path} does not exist`;
  if (contains === undefined && matches === undefined) return undefined;
  // Links are followed, wherever they lead: the author chose the file, and Baton shows none of its content.
  const read = readRegularFile(path, MAX_CHECKED_FILE_BYTES, { follow: true });
  if ("reason" in read) return `${path} ${FILE_PROBLEMS[read.reason] ?? `cannot be read: ${read.message}`}`;
  const text = read.bytes.toString("utf8");
  if (contains !== undefined && !text.includes(contains)) return `${path} does not contain ${JSON.stringify(contains)}`;
  if (matches === undefined) return undefined;
  const match = matchPattern(matches, text, "mu");
  if (match.kind === "fits") return undefined;
  if (match.kind === "differs") return `${path} does not match /${matches}/`;
  // Validation checks only patterns without templates. This one became invalid when its values were filled in.
  if (match.kind === "invalid") throw new Error(match.message);
  return `${path} cannot be searched: ${notMatchedBecause(matches, match)}`;
}

const FILE_PROBLEMS: Readonly<Partial<Record<string, string>>> = {
  not_a_file: "is not a file",
  too_large: "is larger than 64 MB and was not read",
};

/** Why a pattern was not applied. */
function notMatchedBecause(pattern: string, match: Extract<MatchResult, { kind: "refused" | "too long" }>): string {
  if (match.kind === "refused") return `/${pattern}/ ${match.message}`;
  const what = match.line ? "a line of it is" : "it is";
  return `${what} ${match.length} characters long; /${pattern}/ can be applied to at most ${match.maxLength}`;
}
