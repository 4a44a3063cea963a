import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BATON } from "./baton.ts";

export interface ToolAnswer {
  readonly content: { readonly type: "text"; readonly text: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly structuredContent?: any;
  readonly isError?: boolean;
}

/** The protocol era of a connection. */
export type Era = "2025-11-25" | "2026-07-28";

const CLIENT = { name: "raw", version: "1" };

/** A server process that a test addresses in plain JSON-RPC, without a client library. */
export class Rpc {
  private id = 0;
  private readonly waiting = new Map<number, (message: never) => void>();
  readonly notifications: { method: string; params: Record<string, unknown> }[] = [];
  /** Lines on stdout that are not JSON-RPC. There must be none. */
  readonly noise: string[] = [];
  stderr = "";
  /** What the server told its client for its model. */
  instructions = "";

  private constructor(
    readonly child: ChildProcessWithoutNullStreams,
    private readonly era: Era,
    private readonly client: { name: string; version: string },
  ) {
    child.stderr.on("data", (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.receive(line));
  }

  /** @param options `client`: the name that the client gives itself */
  static start(
    cwd: string,
    era: Era = "2026-07-28",
    options: { env?: Record<string, string>; client?: string; args?: readonly string[] } = {},
  ): Promise<Rpc> {
    const env = { ...process.env, BATON_STATE: "", ...options.env };
    const child = spawn(process.execPath, [BATON, "serve", ...(options.args ?? [])], { cwd, env });
    return Rpc.over(child, era, options.client);
  }

  /** Opens a connection to a server that runs already. */
  static async over(
    child: ChildProcessWithoutNullStreams,
    era: Era = "2026-07-28",
    client = CLIENT.name,
  ): Promise<Rpc> {
    const rpc = new Rpc(child, era, { ...CLIENT, name: client });
    const modern = era === "2026-07-28";
    const hello = modern ? {} : { protocolVersion: era, capabilities: {}, clientInfo: rpc.client };
    rpc.instructions = (await rpc.request(modern ? "server/discover" : "initialize", hello)).instructions;
    if (!modern) rpc.notify("notifications/initialized", {});
    return rpc;
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  request(method: string, params: Record<string, unknown>, id = ++this.id): Promise<any> {
    const answer = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      this.waiting.set(id, resolve as never),
    );
    this.send({ jsonrpc: "2.0", id, method, params: this.framed(params) });
    return answer.then(({ result, error }) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      return result;
    });
  }

  notify(method: string, params: Record<string, unknown>): void {
    this.send({ jsonrpc: "2.0", method, params: this.framed(params) });
  }

  tool(name: string, args: Record<string, unknown> = {}, meta: Record<string, unknown> = {}): Promise<ToolAnswer> {
    return this.request("tools/call", { name, arguments: args, _meta: meta });
  }

  /** The structured answer of a call that must not fail. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async data(name: string, args: Record<string, unknown> = {}): Promise<any> {
    const answer = await this.tool(name, args);
    if (answer.isError) throw new Error(answer.content[0]!.text);
    return answer.structuredContent;
  }

  /** Polls a run until the predicate holds; fails loudly when it does not within a minute. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async until(workflowId: string, predicate: (run: any) => boolean): Promise<any> {
    let since = -1;
    for (const end = Date.now() + 60_000; ; ) {
      const run = await this.data("monitor_workflow", { workflowId, ...(since >= 0 && { since, waitSeconds: 5 }) });
      if (predicate(run)) return run;
      if (Date.now() > end) throw new Error(`not within a minute: ${JSON.stringify(run)}`);
      since = run.rev;
    }
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill(signal);
    await gone;
  }

  /** Closes the connection as hosts do. Resolves with the exit code. */
  async close(): Promise<number | null> {
    const gone = once(this.child, "exit");
    this.child.stdin.end();
    return (await gone)[0] as number | null;
  }

  sendRaw(text: string): void {
    this.child.stdin.write(text);
  }

  private send(message: object): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** The modern era has no handshake: every request names the client and the revision. */
  private framed(params: Record<string, unknown>): Record<string, unknown> {
    if (this.era === "2025-11-25") return params;
    return {
      ...params,
      _meta: {
        ...(params._meta as object),
        "io.modelcontextprotocol/protocolVersion": this.era,
        "io.modelcontextprotocol/clientInfo": this.client,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    };
  }

  private receive(line: string): void {
    let message: { id?: number; method?: string; params?: Record<string, unknown> };
    try {
      message = JSON.parse(line);
    } catch {
      this.noise.push(line);
      return;
    }
    if (message.method !== undefined) this.notifications.push({ method: message.method, params: message.params ?? {} });
    else this.waiting.get(message.id!)?.(message as never);
  }
}
