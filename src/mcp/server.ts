import { McpServer, type ServerContext, type StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { named } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import { log } from "../observe/log.ts";
import type { App } from "../operations/app.ts";
import { operations } from "../operations/index.ts";
import type { Operation } from "../operations/operation.ts";
import { perform } from "../operations/perform.ts";
import { badInput } from "../operations/refusal.ts";
import { connect } from "./connection.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { registerPrompts } from "./prompts.ts";
import { ProtoArguments } from "./proto-arguments.ts";
import { registerResources } from "./resources.ts";
import { MAX_ANSWER_CHARACTERS, respond, respondFailure, respondUnexpected } from "./respond.ts";
import { tools } from "./tools/index.ts";
import type { Tool } from "./tools/tool.ts";

/** The fields that answers share; further fields depend on the call. */
const AnswerSchema = z.looseObject({
  workflowId: z.string().optional(),
  status: z.string().optional(),
  next: z.string().optional(),
});

/** Serves both protocol eras over stdin and stdout. Calls `onEnd` when the client disconnects. */
export function serveMcp(app: App, version: string, onEnd: () => void): void {
  const protoArguments = new ProtoArguments();
  const transport = protoArguments.wrap(connect(process.stdin, process.stdout));
  serveStdio(() => createServer(app, version, protoArguments), {
    transport,
    onerror: (error) => log(`protocol: ${error.message}`),
  });
  process.stdin.once("end", onEnd);
  process.stdin.once("close", onEnd);
  process.stdout.on("error", onEnd);
}

/** Creates the server of one connection. This is cheap: the engine and the store are shared. */
function createServer(app: App, version: string, protoArguments: ProtoArguments): McpServer {
  const server = new McpServer(
    { name: "baton", title: "Baton", version },
    { instructions: INSTRUCTIONS, maxToolInputElements: Number.POSITIVE_INFINITY },
  );
  for (const tool of tools) {
    const { name, title, description, annotations } = tool;
    server.registerTool(
      name,
      {
        title,
        description,
        annotations,
        inputSchema: described(tool.input),
        outputSchema: described(AnswerSchema),
        _meta: { "anthropic/alwaysLoad": true },
      },
      (args, context) =>
        call(tool, protoArguments.restore(context.mcpReq.id, args as Record<string, unknown>), app, context),
    );
  }
  registerPrompts(server);
  registerResources(server, app);
  return server;
}

/** Performs one tool call. Never throws: the host always gets an answer. */
async function call(tool: Tool, args: Record<string, unknown>, app: App, context: ServerContext) {
  try {
    const route = tool.route(args);
    if ("unknownAction" in route) {
      const message = `unknown action "${route.unknownAction}"`;
      const hint = `Known: ${route.actions.join(", ")}.`;
      return respondFailure(
        badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "action" } }]),
      );
    }
    const operation = operations[route.operation] as unknown as Operation<z.ZodObject, object>;
    const progress = progressOf(context);
    const result = await perform(operation, route.args, app, {
      signal: context.mcpReq.signal,
      characters: MAX_ANSWER_CHARACTERS,
      ...(route.action !== undefined && { called: `${tool.name} {action: "${route.action}"}` }),
      ...(progress && { progress }),
    });
    return respond(result, tool);
  } catch (error) {
    log(`${tool.name}: ${error instanceof Error ? error.stack : String(error)}`);
    return respondUnexpected(error);
  }
}

/** Returns a progress reporter if the host asked for progress. The number only grows, as the protocol requires. */
function progressOf(context: ServerContext): ((view: RunView) => void) | undefined {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let last = -1;
  return ({ progress, activeSteps, name }) => {
    const { completed, total } = progress;
    if (completed <= last) return;
    last = completed;
    const running = activeSteps.map((step) => step.id).join(", ");
    const message = `${named(name)}: ${completed} of ${total} steps${running ? `, running ${running}` : ""}`;
    const params = { progressToken, progress: completed, total, message };
    context.mcpReq.notify({ method: "notifications/progress", params }).catch((error) => log(`progress: ${error}`));
  };
}

/**
 * Describes a schema but accepts every value: operations validate, and report all mistakes at once.
 * Omits `$schema`, since the protocol's default dialect applies and each character costs model context.
 */
function described(schema: z.ZodObject): StandardSchemaWithJSON {
  const { "~standard": standard } = schema as unknown as StandardSchemaWithJSON;
  const shown = (way: "input" | "output") => (options: Parameters<typeof standard.jsonSchema.input>[0]) => {
    const { $schema: _, ...bare } = standard.jsonSchema[way](options);
    return bare;
  };
  const jsonSchema = { input: shown("input"), output: shown("output") };
  return {
    "~standard": { ...standard, jsonSchema, validate: (value: unknown) => ({ value }) },
  } as StandardSchemaWithJSON;
}
