import { statSync } from "node:fs";
import type { CallToolResult, Client, Tool, Transport } from "@modelcontextprotocol/client";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { JsonObject } from "../../model/workflow.ts";
import { schemaErrors } from "../../run/schema/validate-output.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { type ServerDefinition, type ServerFailure, withoutSecrets } from "./definition.ts";
import { ServerProcess } from "./process.ts";

/**
 * How long to wait for the answer to the protocol probe, in milliseconds. A silent server speaks the older protocol.
 */
const PROBE_TIMEOUT_MS = 20_000;
/** The longest time that a timer can wait, in milliseconds: Baton has time limits of its own. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How many names of tools or arguments a message lists. */
const MAX_LISTED_NAMES = 30;
/** The library's JSON-RPC error code for "connection closed". */
const CONNECTION_CLOSED_CODE = -32_000;

/** The failure of a cancelled call. The caller that cancelled it knows the reason. */
export const CANCELLED: ServerFailure = { reason: "tool_error", message: "the call was cancelled" };

type Library = typeof import("@modelcontextprotocol/client");

export interface ConnectionOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Receives what the server writes to its stderr. */
  readonly onStderr: (stderr: Buffer) => void;
  /** Called when the connection can no longer be used. */
  readonly onClosed: () => void;
}

/** A connection to a server. Calls may run at the same time, and are independent. */
export class Connection {
  private tools: Tool[] | undefined;

  constructor(
    private readonly definition: ServerDefinition,
    private readonly library: Library,
    private readonly client: Client,
    private readonly server: ServerProcess | undefined,
  ) {}

  /** Connects with the newest protocol that both sides speak. */
  static async open(
    definition: ServerDefinition,
    opening: ConnectionOptions,
  ): Promise<Result<Connection, ServerFailure>> {
    // Loaded on demand: only runs with such steps pay for the client library.
    const library = await import("@modelcontextprotocol/client");
    const first = await connect(definition, opening, library, "auto");
    if (first.ok || !first.error.diedAtProbe) return first;
    // Some servers of the older protocol exit if any message comes before their handshake.
    return connect(definition, opening, library, "legacy");
  }

  /** @param signal cancels the call: the server is notified, and the promise resolves at once */
  async call(name: string, args: JsonObject, signal: AbortSignal): Promise<Result<CallToolResult, ServerFailure>> {
    try {
      const tool = await this.find(name, signal);
      if (!tool) return err(this.noSuchTool(name));
      // Without its output schema, the library does not reject the output of the tool.
      const { outputSchema: _, ...toolDefinition } = tool;
      const options = { signal, timeout: MAX_TIMER_MS, toolDefinition };
      const result = await this.client.callTool({ name, arguments: args }, options);
      if (result.isError !== true || argumentsFit(tool, args)) return ok(result);
      const message = withoutSecrets(`the tool "${name}" refused its arguments: ${textIn(result)}`, this.definition);
      return err({ reason: "arguments_invalid", message, hint: argumentsHint(tool) });
    } catch (error) {
      return err(signal.aborted ? CANCELLED : this.failureOf(error, name));
    }
  }

  close(): void {
    void this.client.close().catch(() => {});
  }

  private async find(name: string, signal: AbortSignal): Promise<Tool | undefined> {
    const known = this.tools?.find((tool) => tool.name === name);
    if (known) return known;
    // Tools may come and go, so the list is fetched again. A server without the tools capability is not asked, since
    // the library would then print a message to stdout.
    const offers = this.client.getServerCapabilities()?.tools !== undefined;
    const options = { signal, timeout: MAX_TIMER_MS, cacheMode: "refresh" } as const;
    this.tools = offers ? (await this.client.listTools(undefined, options)).tools : [];
    return this.tools.find((tool) => tool.name === name);
  }

  private noSuchTool(name: string): ServerFailure {
    const names = (this.tools ?? []).map((tool) => tool.name);
    const list =
      names.slice(0, MAX_LISTED_NAMES).join(", ") +
      (names.length > MAX_LISTED_NAMES ? `, and ${names.length - MAX_LISTED_NAMES} more` : "");
    return {
      reason: "tool_not_found",
      message: `the server ${this.definition.label} has no tool "${name}"`,
      hint: [didYouMean(name, names), names.length === 0 ? "It has no tools at all." : `It has: ${list}.`]
        .filter(Boolean)
        .join(" "),
    };
  }

  private failureOf(error: unknown, name: string): ServerFailure {
    const { ProtocolError, ProtocolErrorCode, SdkError, SdkErrorCode } = this.library;
    const said = withoutSecrets(error instanceof Error ? error.message : String(error), this.definition);
    if (error instanceof ProtocolError && error.code !== CONNECTION_CLOSED_CODE) {
      if (error.code === ProtocolErrorCode.InvalidParams) {
        const tool = this.tools?.find((each) => each.name === name);
        const message = `the tool "${name}" refused its arguments: ${said}`;
        return { reason: "arguments_invalid", message, ...(tool && { hint: argumentsHint(tool) }) };
      }
      return { reason: "tool_error", message: `the tool "${name}" answered with the error ${error.code}: ${said}` };
    }
    if (error instanceof SdkError && error.code === SdkErrorCode.UnsupportedResultType) {
      const hint = "Pass everything that it needs in its arguments, or let an agent call it.";
      return {
        reason: "tool_error",
        message: `the tool "${name}" asked for input, which Baton cannot give`,
        hint,
      };
    }
    if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) {
      return {
        reason: "output_invalid",
        message: `the answer of the tool "${name}" does not follow the protocol: ${said}`,
      };
    }
    return unavailable(this.definition, this.server, said);
  }
}

type ConnectFailure = ServerFailure & { readonly diedAtProbe?: boolean };

async function connect(
  definition: ServerDefinition,
  { environment, version, onStderr, onClosed }: ConnectionOptions,
  library: Library,
  mode: "auto" | "legacy",
): Promise<Result<Connection, ConnectFailure>> {
  const client = new library.Client(
    { name: "baton", version },
    { versionNegotiation: { mode, probe: { timeoutMs: PROBE_TIMEOUT_MS } }, inputRequired: { autoFulfill: false } },
  );
  client.onerror = () => {};
  let server: ServerProcess | undefined;
  let transport: Transport;
  if (definition.kind === "process") {
    if (!isDirectory(definition.cwd)) {
      const message = `the working directory ${definition.cwd} of the server ${definition.label} is not a directory`;
      return err({ reason: "working_directory_missing", message });
    }
    transport = server = new ServerProcess(definition, environment, onStderr, library);
  } else transport = httpTransport(definition, library);
  client.onclose = onClosed;
  try {
    await client.connect(transport);
    return ok(new Connection(definition, library, client, server));
  } catch (error) {
    await transport.close().catch(() => {});
    const said = withoutSecrets(error instanceof Error ? error.message : String(error), definition);
    const diedAtProbe = mode === "auto" && server?.ending !== undefined && ![126, 127].includes(server.exitCode ?? 0);
    return err({ ...unavailable(definition, server, said), diedAtProbe });
  }
}

function httpTransport({ url, headers }: Extract<ServerDefinition, { kind: "http" }>, library: Library): Transport {
  const transport = new library.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  const send = transport.send.bind(transport);
  // A stream that ends without the answer would leave its call waiting forever, so this answers it with an error. The
  // library ignores the error for a call that already has its answer.
  transport.send = (message, options) => {
    const asked = "id" in message && "method" in message ? message.id : undefined;
    const onRequestStreamEnd = () => {
      const error = { code: CONNECTION_CLOSED_CODE, message: "the connection ended before the answer" };
      if (asked !== undefined) transport.onmessage?.({ jsonrpc: "2.0", id: asked, error });
      options?.onRequestStreamEnd?.();
    };
    return send(message, { ...options, onRequestStreamEnd });
  };
  return transport;
}

function unavailable(definition: ServerDefinition, server: ServerProcess | undefined, said: string): ServerFailure {
  const end = server?.endDescription;
  const why = end === undefined ? `cannot be reached: ${said}` : withoutSecrets(end, definition);
  const notFound =
    server?.exitCode === 127 && "Install its command, and put it on the PATH that Baton was started with.";
  return {
    reason: "server_unavailable",
    message: `the server ${definition.label} ${why}`,
    ...(notFound && { hint: notFound }),
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Whether the arguments fit the tool's input schema. A schema that cannot be applied counts as fitting. */
const argumentsFit = ({ inputSchema }: Tool, args: JsonObject): boolean =>
  !schemaErrors(inputSchema, args).some((misfit) => misfit.startsWith("output"));

/** The arguments that a tool takes, short enough for a hint. */
function argumentsHint({ inputSchema }: Tool): string {
  const properties = Object.keys((inputSchema as { properties?: object }).properties ?? {});
  const { required = [] } = inputSchema as { required?: string[] };
  const names = properties.map((name) => (required.includes(name) ? `${name} (required)` : name));
  return names.length === 0 ? "It takes no arguments." : `It takes: ${names.slice(0, MAX_LISTED_NAMES).join(", ")}.`;
}

/** All text in a result. */
export function textIn({ content }: Pick<CallToolResult, "content">): string {
  return content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}
