import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { after, type Scheduler } from "../../model/contracts/scheduler.ts";
import type { CommandRunner, Execution, Job, Report } from "../../model/contracts/step.ts";
import type { CheckResult } from "../../model/evidence.ts";
import type { Check, CommandCheck } from "../../model/worker.ts";
import { fillValues, placeOf, textOf } from "../../run/state/checks.ts";
import { readExcerptQuietly } from "../../system/excerpt.ts";
import { appendOwn } from "../../system/own-file.ts";
import { fileProblem } from "./file-check.ts";

/** How long a check without a `timeout` may take, in milliseconds. */
const DEFAULT_CHECK_TIMEOUT_MS = 600_000;
/** How much of each output stream of a failed check its worker gets, in bytes. */
const MAX_TAIL_BYTES = 1_500;

/** What checks are run with. */
export interface CheckOptions {
  readonly command: CommandRunner;
  readonly scheduler: Scheduler;
  /** Where the shell finds programs. */
  readonly path?: string | undefined;
}

/** How one check went. `problem`: why it did not pass, in words. `cause`: what a doer may have to tell apart. */
export interface CheckEnd {
  readonly result: CheckResult;
  readonly problem?: string;
  /** It took too long, or could not run: its program is nowhere on the PATH, or could not be started. */
  readonly cause?: "timeout" | "no_program" | "not_started";
}

/** How much of what it said a result keeps, in characters. The worker gets more of it. */
const MAX_MESSAGE_CHARACTERS = 500;

/**
 * Runs one check. Commands run like those of `command` steps, in process groups and into the files of the job.
 * @param report told of the process
 * @param onEnd called once, perhaps at once
 */
export function runCheck(
  job: Job,
  check: Check,
  options: CheckOptions,
  report: (report: Report) => void,
  onEnd: (end: CheckEnd) => void,
): Execution | undefined {
  const about = { check: textOf(check, job.values), ...placeOf(check) };
  const end = (problem: string | undefined, rest: { exitCode?: number; cause?: CheckEnd["cause"] } = {}) => {
    const { exitCode, cause } = rest;
    const outcome = problem === undefined ? "passed" : "failed";
    const code = exitCode !== undefined && { exitCode };
    if (problem === undefined) return onEnd({ result: { ...about, outcome, ...code } });
    const message = problem.length > MAX_MESSAGE_CHARACTERS ? `…${problem.slice(1 - MAX_MESSAGE_CHARACTERS)}` : problem;
    onEnd({ result: { ...about, outcome, ...code, message }, problem, ...(cause && { cause }) });
  };
  if ("command" in check) return runCommand(job, check, options, report, end);
  end(fileProblem(check, job.cwd));
  return undefined;
}

function runCommand(
  job: Job,
  { command, timeout = DEFAULT_CHECK_TIMEOUT_MS, workingDirectory }: CommandCheck,
  { command: runner, scheduler, path }: CheckOptions,
  report: (report: Report) => void,
  end: (problem: string | undefined, rest?: { exitCode?: number; cause?: CheckEnd["cause"] }) => void,
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
    if (timedOut) return end(`it took longer than ${timeout} ms${tail(job, before)}`, { cause: "timeout" });
    const { exitCode } = update.end;
    const code = exitCode !== undefined && { exitCode };
    // Exit code 0 is enough: nothing reads $BATON_OUTPUT of a check, so invalid content there does not fail it.
    if (update.end.outcome === "completed" || exitCode === 0) return end(undefined, { ...code });
    const why = exitCode === undefined ? update.end.message : `exit code ${exitCode}`;
    const notStarted = update.end.reason === "spawn_failed" || update.end.reason === "signal";
    const noProgram = exitCode === 127 && isNowhere(fillValues(command, job.values), path);
    const cause = noProgram ? "no_program" : notStarted ? "not_started" : undefined;
    end(`${why}${tail(job, before)}`, { ...code, ...(cause && { cause }) });
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

/** Whether a command begins with a bare name that is in no directory of the PATH. */
function isNowhere(command: string, path: string | undefined): boolean {
  const name = /^\s*(?:[A-Za-z_]\w*=\S*\s+)*([\w.+-]+)(?=\s|$|;)/.exec(command)?.[1];
  if (name === undefined || path === undefined) return false;
  return !path.split(":").some((directory) => {
    try {
      accessSync(join(directory === "" ? "." : directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
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
