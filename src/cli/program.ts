import { join } from "node:path";
import { Command, Option } from "commander";
import pc from "picocolors";
import type { Role } from "../app.ts";
import type { Flags } from "../config.ts";
import { quotedValue } from "../model/text/quoted.ts";
import { operations } from "../operations/index.ts";
import type { Operations } from "../operations/operation.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import { integer, repeat } from "./arguments.ts";
import { spoken } from "./as-commands.ts";
import { addCommands, type RunCommand } from "./commands.ts";
import { drawable } from "./drawable.ts";
import { EXIT, exitOf } from "./exit.ts";
import { createDriver } from "./follow-run.ts";
import { addInitCommand } from "./init.ts";
import { followRun } from "./live-view.ts";
import { addMenuCommand } from "./menu.ts";
import { createPerformers } from "./performers.ts";
import { failureData, renderFailure } from "./render.ts";
import type { Terminal } from "./terminal.ts";

interface Globals {
  readonly state?: string;
  readonly durability?: string;
}

/** Runs one command line. Returns the exit code (SEMANTICS §6). */
export async function runProgram(argv: readonly string[], version: string, terminal: Terminal): Promise<number> {
  const { program, exitCode } = createProgram(version, terminal, operations);
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    // Commander has already printed the error. Help and version also throw, with exit code 0.
    const { code: why, exitCode } = error as { code?: string; exitCode?: number };
    if (typeof why !== "string" || !why.startsWith("commander.")) throw error;
    return exitCode === 0 ? EXIT.fine : EXIT.bad_input;
  }
  return exitCode();
}

/** The command line of these operations. `exitCode` gives the exit code after a command has ended. */
export function createProgram(
  version: string,
  terminal: Terminal,
  table: Operations,
): { readonly program: Command; exitCode(): number } {
  let code: number = EXIT.fine;
  const colors = pc.createColors(terminal.colors);
  const out = (text: string) => terminal.screen.write(`${text}\n`);
  const program = new Command("baton")
    .description("Durable orchestration: run workflows that survive crashes, and watch them from anywhere.")
    .version(version)
    .option("--state <dir>", "state directory (default: the nearest .baton)")
    .addOption(
      new Option(
        "--durability <kind>",
        "process: acknowledged facts survive kill -9; power: also a power cut (fsync)",
      ).choices(["process", "power"]),
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.screen.write(text),
      writeErr: (text) => terminal.error(text.trimEnd()),
    });

  const open = (role: Role, flags: Flags = {}) => terminal.baton(role, { ...program.opts<Globals>(), ...flags });

  const fail = (failure: Failure, json: boolean | undefined) => {
    if (json) out(JSON.stringify(failureData(failure)));
    else terminal.error(renderFailure(drawable(spoken(failure, table)), colors));
    code = exitOf(failure);
  };

  const drive = createDriver({
    ...{ screen: terminal.screen, colors, out, fail },
    baton: () => open("run"),
    onInterrupt: terminal.onInterrupt,
    leave: (how) => {
      code = how;
    },
  });

  const performers = createPerformers({
    ...{ screen: terminal.screen, colors, out, fail },
    open: (state?: string) => open("command", state === undefined ? {} : { state }),
    error: (text) => terminal.error(text),
    errorIsTTY: terminal.errorIsTTY,
    ...{ cwd: terminal.machine.cwd, confirm: terminal.machine.confirm, keyGiven: terminal.keyGiven },
  });

  const run: RunCommand = async (operation, input, values) => {
    const performer = performers.get(operation.name);
    if (performer) return performer(operation, input, values);
    const { json } = values as { json: boolean };
    const { print, data = (answer) => answer, follows, aside } = operation.command!;
    const words = (answer: object) => print(answer, { colors, screen: terminal.screen }, values);
    const { detach, dryRun } = input as { detach?: boolean; dryRun?: boolean };
    if (follows && !detach && !dryRun) return drive(operation, input, json, words, aside);
    const baton = open("command");
    try {
      const result = await perform(operation, input, baton, terminal.machine.confirm ? { terminal: true } : {});
      if (!result.ok) fail(result.error, json);
      else {
        const text = json ? JSON.stringify(data(result.value)) : words(drawable(spoken(result.value, table)));
        if (text !== "") out(text);
      }
    } finally {
      baton.leave();
    }
  };

  addCommands(program, table, run);
  addMenuCommand(
    program,
    async () => {
      const baton = open("command");
      try {
        const menu = await perform(operations["session.menu"], {}, baton);
        if (menu.ok) return { ...drawable(menu.value), runners: baton.runners, runner: baton.runner };
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
    .description("show all settings and the path of the settings file")
    .option("--json", "print as JSON")
    .action((options) => {
      const baton = open("command");
      const { cwd: _, mcpServers, ...rest } = baton.config;
      // A server's entry may hold secrets, so only its name is shown.
      const settings = { ...rest, mcpServers: Object.keys(mcpServers) };
      const file = join(settings.state, "config.json");
      const lines = Object.entries(settings).map(([name, value]) => `${name.padEnd(16)} ${quotedValue(value, 4_000)}`);
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
    .command("serve")
    .description("serve MCP over stdin and stdout (what hosts start)")
    .option("--root <dir>", "search this directory first for skills and agents; repeatable", repeat, [])
    .option("--plugin <name>", "the plugin of Claude Code that starts it; decides how texts name the tools")
    .action(async ({ root, plugin }: { root: string[]; plugin?: string }) => {
      code = await terminal.serve(open("serve", root.length > 0 ? { roots: root } : {}), plugin);
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
        await followRun(id, baton, undefined, colors, new AbortController().signal);
      } finally {
        baton.leave();
      }
    });

  return { program, exitCode: () => code };
}
