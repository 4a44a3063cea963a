import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { AttemptEnd, CommandRunner, Execution, Job, Report } from "../../model/contracts/step.ts";
import { type Match, matched } from "../../model/regex/matching.ts";
import type { Check, CommandCheck, FileCheck } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { asMeant } from "../../run/worker/assignment.ts";
import { readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { appendOwn, writeOwn } from "../../system/own-file.ts";

/** How long one check may take unless it says otherwise, in milliseconds. */
const LONGEST = 600_000;
/** Bytes of each stream of a failed check that its worker is told. */
const TOLD = 1_500;
/** A file beyond this is not looked into. */
const LARGEST = 64 * 1024 * 1024;

interface Verification {
  readonly job: Job;
  readonly checks: readonly Check[];
  readonly delivered: JsonValue;
  /** How commands are run. */
  readonly command: CommandRunner;
}

/**
 * Makes the checks one after another, until one does not hold. Commands run like those of `command` steps, in the same groups and into the
 * same logs; what was delivered is in the file `$BATON_DELIVERED`, as JSON. Reports `completed` if all hold.
 */
export function verify({ job, checks, delivered, command }: Verification, report: (report: Report) => void): Execution {
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
    const went = (problem: string | undefined) => {
      if (problem !== undefined) failed(`does not hold: ${problem}`);
      // A check may hold in spite of being stopped; those after it are not begun any more.
      else if (stopped) failed("was the last before the verification was stopped");
      else next(at + 1);
    };
    try {
      if ("file" in check) went(problemOfFile(check, job.cwd));
      else current = runCheck({ ...job, values }, check, command, report, went);
    } catch (error) {
      // An unwritable log, a path that leads round in circles, an expression that only its values made wrong.
      failed(`could not be made: ${(error as Error).message}`);
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
  check.name ?? ("file" in check ? check.file : asMeant(check.command, values));

function runCheck(
  job: Job,
  { command, timeout = LONGEST, workingDirectory }: CommandCheck,
  runner: CommandRunner,
  report: (report: Report) => void,
  went: (problem: string | undefined) => void,
): Execution {
  appendOwn(job.files.stdout, `$ ${asMeant(command, job.values)}\n`);
  const before = { stdout: sizeOf(job.files.stdout), stderr: sizeOf(job.files.stderr) };
  let late = false;
  const config = { command, ...(workingDirectory !== undefined && { workingDirectory }) };
  // Its structured output, if it wrote any, is nobody's: not to be read as the next one's.
  const files = { ...job.files, output: `${job.files.output}.check` };
  let alarm: NodeJS.Timeout | undefined;
  let ended = false;
  const performing = runner.perform({ ...job, config, files }, (said) => {
    if (said.kind !== "ended") return report(said);
    ended = true;
    clearTimeout(alarm);
    if (late) return went(`it took longer than ${timeout} ms${tail(job, before)}`);
    // What it left for nobody in $BATON_OUTPUT is its own affair.
    if (said.end.outcome === "completed" || said.end.exitCode === 0) return went(undefined);
    const why = said.end.exitCode === undefined ? said.end.message : `exit code ${said.end.exitCode}`;
    went(`${why}${tail(job, before)}`);
  });
  const tooLate = () => {
    late = true;
    performing.stop();
  };
  if (!ended) alarm = setTimeout(tooLate, timeout);
  return {
    stop: () => performing.stop(),
    abandon() {
      clearTimeout(alarm);
      performing.abandon();
    },
  };
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** The end of what a check wrote, for its worker to see. */
function tail({ files }: Job, before: { stdout: number; stderr: number }): string {
  const parts = (["stdout", "stderr"] as const).map((stream) => {
    const from = Math.max(before[stream], sizeOf(files[stream]) - TOLD);
    return readExcerptQuietly(files[stream], TOLD, from, true).text.trim();
  });
  const said = parts.filter((part) => part !== "").join("\n");
  return said === "" ? "" : `\n${said}`;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // There is a file where it would need a directory to be in.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

function problemOfFile({ file, exists = true, contains, matches }: FileCheck, cwd: string): string | undefined {
  const path = resolve(cwd, file);
  const stats = statsOf(path);
  if (!exists) return stats === undefined ? undefined : `${path} exists`;
  if (stats === undefined) return `${path} does not exist`;
  if (contains === undefined && matches === undefined) return undefined;
  // A link is followed, wherever it leads: what a check is about, its author has said, and nothing of what is found there is shown.
  const read = readRegularFile(path, LARGEST, { follow: true });
  if ("reason" in read) return `${path} ${WHY[read.reason] ?? `cannot be read: ${read.message}`}`;
  const text = read.bytes.toString("utf8");
  if (contains !== undefined && !text.includes(contains)) return `${path} does not contain ${JSON.stringify(contains)}`;
  if (matches === undefined) return undefined;
  const match = matched(matches, text, "mu");
  if (match.kind === "fits") return undefined;
  if (match.kind === "differs") return `${path} does not match /${matches}/`;
  // Filled in by then: only a text that was known before is looked at when the workflow is read.
  if (match.kind === "invalid") throw new Error(match.message);
  return `${path} was not looked into: ${unmatched(matches, match)}`;
}

const WHY: Readonly<Partial<Record<string, string>>> = {
  not_a_file: "is not a file",
  too_large: "is larger than 64 MB and was not looked into",
};

/** Why a pattern was not applied. */
function unmatched(pattern: string, match: Extract<Match, { kind: "refused" | "too long" }>): string {
  if (match.kind === "refused") return `/${pattern}/ ${match.message}`;
  const what = match.line ? "a line of it is" : "it is";
  return `${what} ${match.most} characters long, and /${pattern}/ can be applied to ${match.longest} at most`;
}
