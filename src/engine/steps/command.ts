import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { after, type Scheduler } from "../../model/contracts/scheduler.ts";
import type { AttemptEnd, CommandRunner, Execution, Job, Report, StepSyntax } from "../../model/contracts/step.ts";
import { FileError } from "../../system/file.ts";
import { createIfAbsent, openAppend } from "../../system/own-file.ts";
import { groupExists, killGroup, startTimeOf } from "../../system/process.ts";
import { lastLines, readOutput } from "./output.ts";

/** A shell command: the step whose outcome Baton observes itself. */
export const commandSyntax = {
  type: "command",
  summary: "A shell command, which Baton runs and whose outcome it observes itself.",
  fields: {
    command: z.string().min(1).describe("Run by `/bin/sh -c` in a process group of its own, stdin closed."),
    environment: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("Variables, in addition to those that Baton was started with."),
    workingDirectory: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Where it is run, relative to the run's `cwd`.", default: "." }),
  },
  templates: { command: "shell", environment: "text", workingDirectory: "text" },
} satisfies StepSyntax;

interface CommandConfig {
  readonly command: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** @param environment the variables that every command inherits, e.g. those of this process with `BATON_STATE` */
export function commandStep(
  environment: Readonly<Record<string, string | undefined>>,
  scheduler: Scheduler,
): StepSyntax & CommandRunner {
  return { ...commandSyntax, perform: (job, report) => perform(job, report, environment, scheduler) };
}

/** The execution of a command that never started. */
const NO_PROCESS: Execution = { stop() {}, abandon() {} };

/** How often to look whether a stopped process group is gone, in milliseconds. */
const GROUP_POLL_INTERVAL_MS = 25;

/**
 * Runs `sh -c` in a process group of its own, with stdin closed. Stdout and stderr go straight into their files.
 * Without a pipe through Baton, neither a flood of output nor Baton's death can block or break the command.
 */
function perform(
  job: Job,
  report: (report: Report) => void,
  inherited: Readonly<Record<string, string | undefined>>,
  scheduler: Scheduler,
): Execution {
  const config = job.config as unknown as CommandConfig;
  const cwd = resolve(job.cwd, config.workingDirectory ?? ".");
  let child: ChildProcess;
  try {
    child = start(job, config, cwd, inherited, openLogs(job.files));
  } catch (error) {
    // An unwritable log is a problem of the state directory, not of the step.
    if (error instanceof FileError && error.reason === "unreadable") throw error;
    // Node throws some spawn errors, and reports the others as an event.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    report({ kind: "ended", end: spawnFailure(error as NodeJS.ErrnoException, cwd) });
    return NO_PROCESS;
  }
  const { pid } = child;
  let stage: "running" | "terminating" | "killed" | "over" = "running";
  let cancelKill: (() => void) | undefined;

  const end = (outcome: AttemptEnd) => {
    if (stage === "over") return;
    stage = "over";
    cancelKill?.();
    report({ kind: "ended", end: outcome });
  };
  child.once("error", (error: NodeJS.ErrnoException) => {
    // Node also emits `error` for a signal that it could not send. Then the process still runs.
    if (pid === undefined) end(spawnFailure(error, cwd));
  });
  if (pid === undefined) return NO_PROCESS;

  report({ kind: "spawned", pid, started: startTimeOf(pid) ?? "" });
  // Aborted by a stop: reading a large output takes time even after the process has exited.
  const stopReading = new AbortController();
  let reading = false;
  child.once("exit", (code, signal) => {
    const finish = () => {
      reading = true;
      void readOutput(job.files, stopReading.signal).then((output) =>
        end(outcomeOf(job, config, code, signal, output)),
      );
    };
    if (stage === "running") return finish();
    // A stopped attempt ends when its whole process group is gone, not only the leader.
    const poll = () => {
      if (groupExists(pid)) scheduler.alarm(GROUP_POLL_INTERVAL_MS, poll);
      else finish();
    };
    poll();
  });
  return {
    stop() {
      stopReading.abort();
      // A command that ended by itself may leave background processes. Baton does not kill them.
      if (stage !== "running" || reading) return;
      stage = "terminating";
      killGroup(pid, "SIGTERM");
      cancelKill = after(scheduler, job.killGrace, () => {
        stage = "killed";
        killGroup(pid, "SIGKILL");
      });
    },
    abandon() {
      if (stage === "over") return;
      stage = "over";
      stopReading.abort();
      cancelKill?.();
      killGroup(pid, "SIGKILL");
    },
  };
}

function openLogs({ stdout, stderr, output }: Job["files"]): number[] {
  const logs: number[] = [];
  try {
    for (const path of [stdout, stderr]) logs.push(openAppend(path));
    createIfAbsent(output);
    return logs;
  } catch (error) {
    for (const log of logs) closeSync(log);
    throw error;
  }
}

function start(
  job: Job,
  config: CommandConfig,
  cwd: string,
  inherited: Readonly<Record<string, string | undefined>>,
  logs: readonly number[],
): ChildProcess {
  try {
    return spawn("/bin/sh", ["-c", config.command], {
      cwd,
      detached: true,
      stdio: ["ignore", ...logs],
      env: {
        ...inherited,
        ...config.environment,
        ...job.values,
        BATON_WORKFLOW_ID: job.workflowId,
        BATON_STEP_ID: job.stepId,
        BATON_ATTEMPT: String(job.attempt),
        BATON_OUTPUT: job.files.output,
      },
    });
  } finally {
    for (const log of logs) closeSync(log);
  }
}

function spawnFailure(error: NodeJS.ErrnoException, cwd: string): AttemptEnd {
  const failed = { outcome: "failed" } as const;
  const what = directoryProblem(cwd);
  if (what !== undefined) {
    const hint = "Create it in an earlier step, or correct workingDirectory (relative paths start from the run's cwd).";
    return { ...failed, reason: "working_directory_missing", message: `working directory ${cwd} ${what}`, hint };
  }
  if (error.code === "EACCES" && !canEnter(cwd)) {
    return { ...failed, reason: "permission_denied", message: `no permission to enter the working directory ${cwd}` };
  }
  const hint =
    error.code === "E2BIG"
      ? "The environment and the values for the command are too large together. Pass large values as files."
      : undefined;
  return {
    ...failed,
    reason: "spawn_failed",
    message: `could not be started: ${error.message}`,
    ...(hint && { hint }),
  };
}

function directoryProblem(directory: string): string | undefined {
  try {
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (stats === undefined) return "does not exist";
    return stats.isDirectory() ? undefined : "is not a directory";
  } catch (error) {
    // A parent directory may not be entered. The caller has a better message for that.
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" ? undefined : `cannot be used (${code})`;
  }
}

function canEnter(directory: string): boolean {
  try {
    accessSync(directory, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Output = Awaited<ReturnType<typeof readOutput>>;

function outcomeOf(
  job: Job,
  config: CommandConfig,
  code: number | null,
  signal: string | null,
  output: Output,
): AttemptEnd {
  if (code === 0) {
    if (!output.ok) return { outcome: "failed", exitCode: 0, reason: "output_invalid", ...output.error };
    return { outcome: "completed", exitCode: 0, output: output.value };
  }
  const kept = output.ok ? { output: output.value } : {};
  const said = lastLines(job.files.stderr);
  const tail = said ? `: ${said}` : "";
  if (code === null) {
    const message = `was ended by signal ${signal}${tail}`;
    return { outcome: "failed", reason: "signal", signal: signal ?? "unknown", message, ...kept };
  }
  const failed = { outcome: "failed", exitCode: code, ...kept } as const;
  const first = config.command.trim().split(/\s/, 1)[0];
  if (code === 127) {
    const hint = `Install "${first}", and put it on the PATH that Baton was started with.`;
    return { ...failed, reason: "command_not_found", message: `command not found (exit code 127)${tail}`, hint };
  }
  if (code === 126) {
    const hint = "Make the file executable (chmod +x), or run it through its interpreter.";
    return {
      ...failed,
      reason: "permission_denied",
      message: `command cannot be executed (exit code 126)${tail}`,
      hint,
    };
  }
  return { ...failed, reason: "exit_code", message: `exit code ${code}${tail}` };
}
