import type { Command } from "commander";
import type { Colors } from "picocolors/types";
import type { Baton } from "../app.ts";
import { sleep } from "../model/contracts/scheduler.ts";
import { escapeControl } from "../model/text/escape-control.ts";
import type { RunLine, RunView } from "../model/view.ts";
import { operations } from "../operations/index.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import { renderList, renderRun } from "../operations/run/run-print.ts";
import { renderPlan } from "../operations/workflow/plan-print.ts";
import { workflowArgument } from "../operations/workflow/workflow-argument.ts";
import type { PlanView } from "../operations/workflow/workflows.ts";
import { collect, integer } from "./arguments.ts";
import type { DriveRun } from "./follow-run.ts";
import type { Screen } from "./live-view.ts";
import type { Ask } from "./terminal.ts";

/** The parts of the command line that `baton logs` uses. */
interface LogContext {
  readonly screen: Screen;
  readonly colors: Colors;
  open(): Baton;
  out(text: string): void;
  error(text: string): void;
  /** Whether `error` writes to a terminal. */
  readonly errorIsTTY: boolean;
  fail(failure: Failure, json: boolean | undefined): void;
}

/** Adds the commands that start, observe and control runs. */
export function addRunCommands(
  program: Command,
  ask: Ask,
  drive: DriveRun,
  { screen, colors, open, out, error, errorIsTTY, fail }: LogContext,
): void {
  program
    .command("run <workflow>")
    .description("run a workflow to its end: a file, or a template as name or name@version")
    .option("--param <k=v>", "a parameter: k=text, or k:=json for a number, list, …", collect, {})
    .option("--context <k=v>", "a context value, like --param", collect, {})
    .option("--sequential", "one step at a time, in definition order")
    .option("--max-parallel <n>", "steps at a time", integer)
    .option("--cwd <dir>", "directory the commands run in")
    .option("--key <key>", "idempotency key: the same key never starts a second run")
    .option("--dry-run", "show the plan, run nothing")
    .option("--detach", "start the run in a process of its own, print its id and exit")
    .option("--json", "print the result as JSON")
    .action(async (workflow: string, options) => {
      const input = {
        ...workflowArgument(workflow, options.cwd),
        parameters: options.param,
        context: options.context,
        mode: options.sequential ? "sequential" : undefined,
        maxParallel: options.maxParallel,
        cwd: options.cwd,
        idempotencyKey: options.key,
        dryRun: options.dryRun,
        detach: options.detach,
      };
      if (options.dryRun) return ask("run.execute", input, options, (plan: PlanView) => renderPlan(plan, colors));
      if (options.detach) return ask("run.execute", input, options, (run: RunView) => run.workflowId);
      return drive(operations["run.execute"], input, options.json);
    });

  program
    .command("list")
    .description("list all runs, newest first")
    .option("--json", "print as JSON")
    .action((options) => ask("run.list", {}, options, ({ runs }: { runs: RunLine[] }) => renderList(runs, colors)));

  program
    .command("status [id]")
    .description("how a run stands (default: the latest)")
    .option("--wait <seconds>", "wait until the run ends or needs input", integer)
    .option("--json", "print as JSON")
    .action((workflowId: string | undefined, options) =>
      ask("run.status", { workflowId, waitSeconds: options.wait }, options, (run: RunView) => renderRun(run, colors)),
    );

  program
    .command("logs <id> [step]")
    .description("print the output of a step (default: the latest step)")
    .option("-f, --follow", "continue until the step ends")
    .option("--attempt <n>", "attempt number (default: the latest)", integer)
    .option("--raw", "keep control characters and colours at a terminal; pipes and files always get them")
    .option("--json", "print as JSON")
    .action(async (workflowId: string, stepId: string | undefined, options) => {
      const baton = open();
      try {
        let step = stepId;
        let cursor: string | undefined = options.json ? undefined : "0:0";
        for (;;) {
          const result = await perform(
            operations["run.logs"],
            { workflowId, stepId: step, attempt: options.attempt, cursor },
            baton,
          );
          if (!result.ok) return fail(result.error, options.json);
          const { stdout, stderr, complete, nextCursor, stepId: shown, size, unreadable } = result.value;
          if (options.json) return out(JSON.stringify(result.value));
          screen.write(screen.isTTY && !options.raw ? escapeControl(stdout) : stdout);
          const said = stderr.replace(/\n$/, "");
          if (stderr !== "") error(errorIsTTY && !options.raw ? escapeControl(said) : said);
          if (cursor === "0:0") for (const problem of unreadable ?? []) error(problem);
          // The end of the log can hold half of a character. The cursor stays before it until the rest arrives.
          const atEnd = nextCursor === cursor || nextCursor === `${size.stdout}:${size.stderr}`;
          if (complete || (atEnd && !options.follow)) return;
          [step, cursor] = [shown, nextCursor];
          if (atEnd) await sleep(baton.scheduler, 200);
        }
      } finally {
        baton.leave();
      }
    });

  for (const action of ["pause", "cancel"] as const) {
    const about = {
      pause: "let running steps finish, then start no others",
      cancel: "kill running steps and end the run",
    }[action];
    program
      .command(`${action} <id>`)
      .description(about)
      .option("--json", "print as JSON")
      .action((workflowId: string, options) =>
        ask(`run.${action}`, { workflowId }, options, (run: RunView) => renderRun(run, colors)),
      );
  }

  program
    .command("resume <id>")
    .description("continue a paused or interrupted run")
    .option("--force", "also if the journal is damaged: continue from its readable part")
    .option("--json", "print as JSON")
    .action((workflowId: string, options) =>
      drive(operations["run.resume"], { workflowId, ...(options.force && { force: true }) }, options.json),
    );

  program
    .command("restart <id> [step]")
    .description("restart a whole run, or one step and its dependents")
    .option("--json", "print as JSON")
    .action((workflowId: string, stepId: string | undefined, options) =>
      drive(operations["run.restart"], { workflowId, stepId }, options.json),
    );
}
