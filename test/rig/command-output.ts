import { Command } from "commander";
import pc from "picocolors";
import { addCommands } from "../../src/cli/commands.ts";
import { drawable } from "../../src/cli/drawable.ts";
import { operations } from "../../src/operations/index.ts";

const colors = pc.createColors(false);

/** The output of a command line for given answers, by the names of operations. */
export function commandOutput(args: readonly string[], answers: Readonly<Record<string, object>>): string {
  const lines: string[] = [];
  const program = new Command().exitOverride();
  addCommands(program, operations, async (operation, _, values) => {
    const answer = drawable(answers[operation.name]!);
    lines.push(operation.command!.print(answer, { colors, screen: { isTTY: false, columns: 80 } }, values));
  });
  program.parse([...args], { from: "user" });
  return lines.join("\n");
}
