import { join } from "node:path";
import { Command, Option } from "commander";
import pc from "picocolors";
import type { z } from "zod";
import type { Baton, Role } from "../app.ts";
import type { Flags } from "../config.ts";
import type { Scan } from "../model/catalog.ts";
import type { RunLine, RunView } from "../model/view.ts";
import { visibleIn } from "../model/visible.ts";
import type { Checkup } from "../operations/checkup.ts";
import { type Failure, type Operation, perform } from "../operations/define.ts";
import { operations } from "../operations/index.ts";
import type { Explanation, PlanView } from "../operations/workflows.ts";
import { collect, integer, repeat } from "./arguments.ts";
import { addCheckpointCommands } from "./checkpoints.ts";
import { driver } from "./drive.ts";
import { EXIT, exitOf } from "./exit.ts";
import { addInitCommand, type Machine } from "./init.ts";
import { follow, type Screen } from "./live.ts";
import { addMenuCommand } from "./menu.ts";
import { originOf } from "./origin.ts";
import { renderCheckup, renderRegistry } from "./registry.ts";
import { failureData, renderExplanation, renderFailure, renderList, renderPlan, renderRun } from "./render.ts";
import { addSessionCommands } from "./sessions.ts";
import { addTemplateCommands } from "./templates.ts";
import { addWorkerCommands } from "./workers.ts";

/** What the command line needs of the world. */
export interface Terminal {
  readonly screen: Screen;
  readonly colors: boolean;
  error(text: string): void;
  /** Makes the program for a role, with the global flags. */
  baton(role: Role, flags: Flags): Baton;
  serve(baton: Baton): Promise<number>;
  /** Called with every interrupt (Ctrl-C) while a run is being followed; returns what takes it back. */
  onInterrupt(listener: () => void): () => void;
  /** What `baton init` works with. */
  readonly machine: Machine;
}

interface Globals {
  readonly state?: string;
  readonly durability?: string;
}

/** Performs an operation; shows its outcome as data (`json`) or in words. */
export type Ask = <T>(
  name: keyof typeof operations,
  input: object,
  options: { json?: boolean },
  words: (value: T) => string,
  data?: (value: T) => unknown,
) => Promise<void>;

/** Runs one command line. Returns the exit code. */
export async function runProgram(argv: readonly string[], version: string, terminal: Terminal): Promise<number> {
  let code: number = EXIT.fine;
  const colors = pc.createColors(terminal.colors);
  const out = (text: string) => terminal.screen.write(`${text}\n`);
  const program = new Command("baton")
    .description("Durable orchestration: run workflows that survive crashes, and watch them from anywhere.")
    .version(version)
    .option("--state <dir>", "state directory (default: the nearest .baton)")
    .addOption(new Option("--durability <kind>", "what an answer survives").choices(["process", "power"]))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.screen.write(text),
      writeErr: (text) => terminal.error(text.trimEnd()),
    });

  const open = (role: Role, flags: Flags = {}) => terminal.baton(role, { ...program.opts<Globals>(), ...flags });

  const fail = (failure: Failure, json: boolean | undefined) => {
    if (json) out(JSON.stringify(failureData(failure)));
    else terminal.error(renderFailure(visibleIn(failure), colors));
    code = exitOf(failure);
  };

  const ask: Ask = async (name, input, options, words, data = (value) => value) => {
    const baton = open("command");
    try {
      const result = await perform(operations[name] as unknown as Operation<z.ZodObject, object>, input, baton);
      if (!result.ok) fail(result.error, options.json);
      else out(options.json ? JSON.stringify(data(result.value as never)) : words(visibleIn(result.value) as never));
    } finally {
      baton.leave();
    }
  };

  const drive = driver({
    ...{ screen: terminal.screen, colors, out, fail },
    baton: () => open("run"),
    onInterrupt: terminal.onInterrupt,
    leave: (how) => {
      code = how;
    },
  });

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
    .option("--detach", "give the run to a process of its own, print its id and leave")
    .option("--json", "print the result as JSON")
    .action(async (workflow: string, options) => {
      const input = {
        ...originOf(workflow, options.cwd),
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
      return drive("run.execute", input, options.json);
    });

  program
    .command("list")
    .description("all runs, the newest first")
    .option("--json", "print as JSON")
    .action((options) => ask("run.list", {}, options, ({ runs }: { runs: RunLine[] }) => renderList(runs, colors)));

  program
    .command("status [id]")
    .description("how a run stands (default: the latest)")
    .option("--wait <seconds>", "wait for it to end or need somebody", integer)
    .option("--json", "print as JSON")
    .action((workflowId: string | undefined, options) =>
      ask("run.status", { workflowId, waitSeconds: options.wait }, options, (run: RunView) => renderRun(run, colors)),
    );

  program
    .command("logs <id> [step]")
    .description("what a step wrote (default: the latest step)")
    .option("-f, --follow", "go on until the step is over")
    .option("--attempt <n>", "of an earlier attempt", integer)
    .option("--json", "print as JSON")
    .action(async (workflowId: string, stepId: string | undefined, options) => {
      const baton = open("command");
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
          const { stdout, stderr, complete, nextCursor, stepId: shown, size } = result.value;
          if (options.json) return out(JSON.stringify(result.value));
          terminal.screen.write(stdout);
          if (stderr !== "") terminal.error(stderr.replace(/\n$/, ""));
          const atEnd = nextCursor === `${size.stdout}:${size.stderr}`;
          if (complete || (atEnd && !options.follow)) return;
          [step, cursor] = [shown, nextCursor];
          if (atEnd) await baton.engine.pause(200);
        }
      } finally {
        baton.leave();
      }
    });

  for (const action of ["pause", "cancel"] as const) {
    const about = { pause: "let running steps finish and start no more", cancel: "kill what runs and end the run" }[
      action
    ];
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
    .description("go on with a paused or interrupted run")
    .option("--force", "even if its journal is damaged: from the readable part")
    .option("--json", "print as JSON")
    .action((workflowId: string, options) =>
      drive("run.resume", { workflowId, ...(options.force && { force: true }) }, options.json),
    );

  program
    .command("restart <id> [step]")
    .description("run it again: all of it, or one step and what depends on it")
    .option("--json", "print as JSON")
    .action((workflowId: string, stepId: string | undefined, options) =>
      drive("run.restart", { workflowId, stepId }, options.json),
    );

  program
    .command("validate <workflow>")
    .description("check a workflow file or template; every mistake with its place")
    .option("--explain", "show the workflow as it is read, and where each edge comes from")
    .option("--json", "print as JSON")
    .action((workflow: string, options) =>
      ask(
        "workflow.validate",
        { ...originOf(workflow), explain: options.explain },
        options,
        (plan: PlanView & Partial<Explanation>) =>
          [renderPlan(plan, colors), ...renderExplanation(plan, colors)].join("\n"),
      ),
    );

  program
    .command("graph <workflow>")
    .description("draw a workflow file or template")
    .option("--mermaid", "as a Mermaid flowchart")
    .option("--json", "print both as JSON")
    .action((workflow: string, options) =>
      ask("workflow.graph", originOf(workflow), options, (graph: { mermaid: string; drawing: string }) =>
        options.mermaid ? graph.mermaid : graph.drawing,
      ),
    );

  addWorkerCommands(program, ask);
  addCheckpointCommands(program, ask, colors);
  addTemplateCommands(program, ask, colors);
  addSessionCommands(program, ask, drive, colors);
  addMenuCommand(
    program,
    async () => {
      const baton = open("command");
      try {
        const menu = await perform(operations["session.menu"], {}, baton);
        if (menu.ok) return { ...visibleIn(menu.value), runners: baton.runners, runner: baton.runner };
        fail(menu.error, false);
        return undefined;
      } finally {
        baton.leave();
      }
    },
    async (args) => void (await program.parseAsync([...args], { from: "user" })),
    out,
  );

  program
    .command("settings")
    .description("what is set, and the file in which it can be set")
    .option("--json", "print as JSON")
    .action((options) => {
      const baton = open("command");
      const { cwd: _, mcpServers, ...rest } = baton.config;
      // What a server is given may hold secrets: its name says enough.
      const settings = { ...rest, mcpServers: Object.keys(mcpServers) };
      const file = join(settings.state, "config.json");
      const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(16)} ${JSON.stringify(value)}`);
      out(options.json ? JSON.stringify({ file, settings }) : [`Set in ${file}:`, ...lines].join("\n"));
      baton.leave();
    });
  addInitCommand(program, terminal.machine, {
    ...{ colors, out, fail },
    leave: (how) => {
      code = how;
    },
  });

  program
    .command("registry")
    .description("the skills and agents that are known here")
    .option("--root <dir>", "what lies below this directory, and nothing else; may be repeated", repeat, [])
    .option("--json", "print the records as JSON")
    .action((options) =>
      ask(
        "capabilities.list",
        { roots: options.root },
        options,
        (scan: Scan) => renderRegistry(scan, colors, terminal.screen),
        ({ records }: Scan) => records,
      ),
    );

  program
    .command("doctor")
    .description("explain every skill or agent file that was mended, shadowed or refused")
    .option("--root <dir>", "what lies below this directory, and nothing else; may be repeated", repeat, [])
    .option("--json", "print as JSON")
    .action((options) =>
      ask("capabilities.check", { roots: options.root }, options, (found: Checkup) => renderCheckup(found, colors)),
    );

  program
    .command("serve")
    .description("serve MCP over stdin and stdout (what hosts start)")
    .option("--root <dir>", "look for skills and agents here first; may be repeated", repeat, [])
    .action(async (options: { root: string[] }) => {
      code = await terminal.serve(open("serve", options.root.length > 0 ? { roots: options.root } : {}));
    });

  program
    .command("own <id>", { hidden: true })
    .requiredOption("--from-epoch <n>", "", integer)
    .action(async (id: string, options) => {
      const baton = open("run");
      try {
        const adopted = await baton.engine.adopt(id, { fromEpoch: options.fromEpoch });
        if (!adopted.ok) return fail({ kind: "failed", ...adopted.error }, false);
        baton.watch();
        await follow(id, baton, undefined, colors, new AbortController().signal);
      } finally {
        baton.leave();
      }
    });

  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    // Commander has said what was wrong by then; help and version are not mistakes.
    const { code: why, exitCode } = error as { code?: string; exitCode?: number };
    if (typeof why !== "string" || !why.startsWith("commander.")) throw error;
    return exitCode === 0 ? EXIT.fine : EXIT.bad_input;
  }
  return code;
}
