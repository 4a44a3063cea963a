import type { Command } from "commander";
import { integer, jsonArgument, jsonOrText } from "./arguments.ts";
import type { Ask } from "./terminal.ts";

/**
 * Adds `baton handoff`, the handoff tool for workers that have a shell but no MCP, and `baton brief`.
 * Programs read the answers of `baton handoff`, so these are always JSON.
 */
export function addWorkerCommands(program: Command, ask: Ask): void {
  const handoff = program.command("handoff").description("take and deliver agent steps; answers are JSON");
  const json = { json: true };

  handoff
    .command("accept [id]")
    .description("lease steps that wait for an agent, of this run or of any")
    .option("--step <id>", "this step")
    .option("--agent <name>", "only steps for this capability")
    .option("--worker <name>", "your own name")
    .option("--count <n>", "at most so many", integer)
    .option("--key <key>", "idempotency key: the same key leases nothing more")
    .action((workflowId: string | undefined, { step, agent, worker, count, key }) =>
      ask("handoff.accept", { workflowId, stepId: step, agent, worker, count, idempotencyKey: key }, json, String),
    );

  handoff
    .command("complete <assignment>")
    .description("deliver; the output is JSON, or else text")
    .option("--output <json>", "what was asked for", jsonOrText)
    .option("--context <json>", "what the next agent must know", jsonArgument)
    .option("--wait <seconds>", "wait for Baton's checks", integer)
    .action((assignment: string, { output, context, wait }) =>
      ask("handoff.complete", { assignment, output, context, waitSeconds: wait }, json, String),
    );

  handoff
    .command("fail <assignment>")
    .description("say that it cannot be done, and why")
    .requiredOption("--reason <text>", "why")
    .option("--output <json>", "what there is of it", jsonOrText)
    .action((assignment: string, { reason, output }) =>
      ask("handoff.fail", { assignment, reason, output }, json, String),
    );

  handoff
    .command("progress <assignment>")
    .description("keep the lease, and tell how far it is")
    .option("--percent <n>", "0 to 100", integer)
    .option("--task <text>", "what you do now")
    .action((assignment: string, { percent, task }) =>
      ask("handoff.progress", { assignment, percent, task }, json, String),
    );

  handoff
    .command("transfer <assignment> <to>")
    .description("pass the step on to another agent or skill")
    .option("--context <json>", "what it must know", jsonArgument)
    .option("--reason <text>", "why")
    .action((assignment: string, to: string, { context, reason }) =>
      ask("handoff.transfer", { assignment, to, context, reason }, json, String),
    );

  handoff
    .command("release <assignment>")
    .description("give the step back untouched")
    .option("--reason <text>", "why")
    .action((assignment: string, { reason }) => ask("handoff.release", { assignment, reason }, json, String));

  handoff
    .command("ask <assignment> [questions...]")
    .description("ask the person; the step waits for the answers, and the assignment ends")
    .option("--questions <json>", "a list of texts or {id, question, options, default}", jsonOrText)
    .action((assignment: string, texts: string[], { questions = texts }: { questions?: unknown }) =>
      ask("handoff.ask", { assignment, questions }, json, String),
    );

  handoff
    .command("answer <id> <step> [answers...]")
    .description("answer what a step asks, in the order of its questions")
    .option("--answers <json>", "a record by question id, or a list", jsonOrText)
    .option("--round <n>", "the round (default: the latest)", integer)
    .action((workflowId: string, stepId: string, texts: string[], { answers = texts, round }) =>
      ask("handoff.answer", { workflowId, stepId, round, answers }, json, String),
    );

  program
    .command("brief [id]")
    .description("all that somebody needs who was not there (default: the latest run)")
    .option("--json", "print as JSON")
    .action((workflowId: string | undefined, options) =>
      ask("run.brief", { workflowId }, options, ({ briefing }: { briefing: string }) => briefing),
    );
}
