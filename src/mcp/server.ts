import {
  CLIENT_INFO_META_KEY,
  McpServer,
  type ServerContext,
  type StandardSchemaWithJSON,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { toolPrefixOf } from "../hosts/tool-prefix.ts";
import { named } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import { log } from "../observe/log.ts";
import type { App } from "../operations/app.ts";
import { operations } from "../operations/index.ts";
import { callTool } from "./call-tool.ts";
import { connect } from "./connection.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { registerPrompts } from "./prompts.ts";
import { ProtoArguments } from "./proto-arguments.ts";
import { registerResources } from "./resources.ts";
import { toolsOf } from "./tools/index.ts";

/** Every answer is an object; its fields depend on the call. */
const ANSWER_SCHEMA = { type: "object" };

/**
 * Serves both protocol eras over stdin and stdout. Calls `onEnd` when the client disconnects.
 * @param plugin the plugin of Claude Code that starts this server, if one does
 */
export function serveMcp(app: App, version: string, onEnd: () => void, plugin?: string): void {
  const protoArguments = new ProtoArguments();
  const transport = protoArguments.wrap(connect(process.stdin, process.stdout));
  serveStdio(() => createServer(app, version, protoArguments, plugin), {
    transport,
    onerror: (error) => log(`protocol: ${error.message}`),
  });
  process.stdin.once("end", onEnd);
  process.stdin.once("close", onEnd);
  process.stdout.on("error", onEnd);
}

/** Creates the server of one connection. This is cheap: the engine and the store are shared. */
function createServer(app: App, version: string, protoArguments: ProtoArguments, plugin?: string): McpServer {
  const server = new McpServer(
    { name: "baton", title: "Baton", version },
    { instructions: INSTRUCTIONS, maxToolInputElements: Number.POSITIVE_INFINITY },
  );
  for (const tool of toolsOf(operations)) {
    const { name, title, description, annotations, alwaysLoad, inputSchema } = tool;
    server.registerTool(
      name,
      {
        title,
        description,
        annotations,
        inputSchema: described(inputSchema),
        outputSchema: described(ANSWER_SCHEMA),
        ...(alwaysLoad && { _meta: { "anthropic/alwaysLoad": true } }),
      },
      (args, context) => {
        const progress = progressOf(context);
        const given = protoArguments.restore(context.mcpReq.id, args as Record<string, unknown>);
        const toolPrefix = toolPrefixOf(clientName(server, context), plugin);
        return callTool(tool, given, app, {
          signal: context.mcpReq.signal,
          ...(progress && { progress }),
          ...(toolPrefix !== undefined && { toolPrefix }),
        });
      },
    );
  }
  registerPrompts(server);
  registerResources(server, app);
  return server;
}

/** The name that the host gives itself: with each request, or when it connected. */
function clientName({ server }: McpServer, { mcpReq }: ServerContext): string | undefined {
  const { [CLIENT_INFO_META_KEY]: client } = (mcpReq.envelope ?? {}) as Record<string, { name?: unknown } | undefined>;
  const name = client?.name ?? server.getClientVersion()?.name;
  return typeof name === "string" ? name : undefined;
}

/** Returns a progress reporter if the host asked for progress. The number only grows, as the protocol requires. */
function progressOf(context: ServerContext): ((view: RunView) => void) | undefined {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let last = -1;
  return ({ progress, activeSteps, name }) => {
    const { settled, total } = progress;
    if (settled <= last) return;
    last = settled;
    const running = activeSteps.map((step) => step.id).join(", ");
    const message = `${named(name)}: ${settled} of ${total} steps${running ? `, running ${running}` : ""}`;
    const params = { progressToken, progress: settled, total, message };
    context.mcpReq.notify({ method: "notifications/progress", params }).catch((error) => log(`progress: ${error}`));
  };
}

/** Describes arguments or an answer but accepts every value: operations validate, and report all mistakes at once. */
function described(schema: object): StandardSchemaWithJSON {
  const jsonSchema = { input: () => ({ ...schema }), output: () => ({ ...schema }) };
  return {
    "~standard": { version: 1, vendor: "baton", jsonSchema, validate: (value: unknown) => ({ value }) },
  };
}
