import type { Command } from "commander";
import type { Ask } from "./terminal.ts";

/** Adds `baton brief`. */
export function addWorkerCommands(program: Command, ask: Ask): void {
  program
    .command("brief [id]")
    .description("summarise a run for someone joining late (default: the latest run)")
    .option("--json", "print as JSON")
    .action((workflowId: string | undefined, options) =>
      ask("run.brief", { workflowId }, options, ({ briefing }: { briefing: string }) => briefing),
    );
}
