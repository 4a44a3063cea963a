import type { Command } from "commander";
import { integer, jsonArgument, jsonOrText } from "./arguments.ts";
import type { Ask } from "./terminal.ts";

/**
 * Adds `baton handoff`, the handoff tool for workers that have a shell but no MCP.
 * Programs read the answers of `baton handoff`, so these are always JSON.
 */
export function addWorkerCommands(program: Command, ask: Ask): void {
  const handoff = program.command("handoff").description("accept and deliver agent steps; answers are JSON");
  const json = { json: true };

  handoff
    .command("accept [id]")
    .description("accept steps that wait for an agent, from one run or from any")
    .option("--step <id>", "accept this step")
    .option("--agent <name>", "only steps for this capability")
    .option("--worker <name>", "name of this worker")
    .option("--count <n>", "maximum number of steps", integer)
    .option("--key <key>", "idempotency key: the same key leases nothing more")
    .action((workflowId: string | undefined, { step, agent, worker, count, key }) =>
      ask("handoff.accept", { workflowId, stepId: step, agent, worker, count, idempotencyKey: key }, json, String),
    );

  handoff
    .command("complete <assignment>")
    .description("deliver a step; the output is JSON or text")
    .option("--output <json>", "the output that the assignment asks for", jsonOrText)
    .option("--context <json>", "what the next agent needs to know", jsonArgument)
    .option("--wait <seconds>", "wait for the result of Baton's checks", integer)
    .action((assignment: string, { output, context, wait }) =>
      ask("handoff.complete", { assignment, output, context, waitSeconds: wait }, json, String),
    );

  handoff
    .command("fail <assignment>")
    .description("report that the step cannot be done, and why")
    .requiredOption("--reason <text>", "why")
    .option("--output <json>", "partial output", jsonOrText)
    .action((assignment: string, { reason, output }) =>
      ask("handoff.fail", { assignment, reason, output }, json, String),
    );

  handoff
    .command("progress <assignment>")
    .description("report progress and renew the lease")
    .option("--percent <n>", "0 to 100", integer)
    .option("--task <text>", "current task")
    .action((assignment: string, { percent, task }) =>
      ask("handoff.progress", { assignment, percent, task }, json, String),
    );

  handoff
    .command("transfer <assignment> <to>")
    .description("transfer the step to another agent or skill")
    .option("--context <json>", "what the other agent needs to know", jsonArgument)
    .option("--reason <text>", "why")
    .action((assignment: string, to: string, { context, reason }) =>
      ask("handoff.transfer", { assignment, to, context, reason }, json, String),
    );

  handoff
    .command("release <assignment>")
    .description("return the step so that another worker can accept it")
    .option("--reason <text>", "why")
    .action((assignment: string, { reason }) => ask("handoff.release", { assignment, reason }, json, String));

  handoff
    .command("ask <assignment> [questions...]")
    .description("ask the person; ends the assignment, and the step waits for the answers")
    .option("--questions <json>", "list of texts or of {id, question, options, default}", jsonOrText)
    .action((assignment: string, texts: string[], { questions = texts }: { questions?: unknown }) =>
      ask("handoff.ask", { assignment, questions }, json, String),
    );

  handoff
    .command("answer <id> <step> [answers...]")
    .description("answer the questions of a step, in their order")
    .option("--answers <json>", "record by question id, or list", jsonOrText)
    .option("--round <n>", "question round (default: the latest)", integer)
    .action((workflowId: string, stepId: string, texts: string[], { answers = texts, round }) =>
      ask("handoff.answer", { workflowId, stepId, round, answers }, json, String),
    );
}
