import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import type { Operations } from "../../src/operations/operation.ts";
import { row, sentence, table } from "./tools-page.ts";

/** The reference of the command line, made of the operations and of the commands that are none. */
export function cliPage(operations: Operations): string {
  // A description needs no process around it.
  const { program } = createProgram("", { colors: false, machine: {} } as Terminal, operations);
  const head = `# Command line

All commands of \`baton\`. \`npm run docs\` writes this file from the operations. [The tools](tools.md) have the same operations.
\`baton <command> --help\` shows one command.

${optionsOf(program)}`;
  return `${[head, ...sectionsOf(program, "baton")].join("\n\n")}\n`;
}

function sectionsOf(parent: Command, path: string): string[] {
  return visible(parent).flatMap((command) => {
    const name = `${path} ${command.name()}`;
    if (visible(command).length > 0) return sectionsOf(command, name);
    const usage = [name, ...command.registeredArguments.map((argument) => syntax(argument))].join(" ");
    const parts = [
      `## ${usage}`.replaceAll(/[<>]/g, (sign) => `\\${sign}`),
      sentence(command.description()),
      optionsOf(command),
    ];
    return [parts.filter((part) => part !== "").join("\n\n")];
  });
}

const visible = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");

function optionsOf(command: Command): string {
  const help = command.createHelp();
  const rows = [
    ...command.registeredArguments.map((argument) => row(`\`${syntax(argument)}\``, argument.description)),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== "--help")
      .map((option) => row(`\`${help.optionTerm(option)}\``, help.optionDescription(option))),
  ];
  return rows.length === 0 ? "" : table(["argument or option", "meaning"], rows);
}

function syntax(argument: Command["registeredArguments"][number]): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
