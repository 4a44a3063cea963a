import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

/** An MCP server whose tools return every kind of result, fail, crash or hang. */
serveStdio(() => {
  const server = new McpServer({ name: "fixture", version: "1" });
  const text = (...texts: string[]) => ({ content: texts.map((each) => ({ type: "text" as const, text: each })) });
  const anything = z.looseObject({});

  server.registerTool("same", { inputSchema: anything }, (given) => ({ ...text("same"), structuredContent: given }));
  server.registerTool("say", { inputSchema: z.object({ texts: z.array(z.string()) }) }, ({ texts }) => text(...texts));
  server.registerTool("big", { inputSchema: z.object({ bytes: z.number() }) }, ({ bytes }) => text("x".repeat(bytes)));
  server.registerTool("deep", { inputSchema: anything }, () => {
    const deep = JSON.parse(`{"a":${"[".repeat(1_000)}${"]".repeat(1_000)}}`);
    return { content: [], structuredContent: deep };
  });
  server.registerTool("pid", { inputSchema: anything }, () => text(String(process.pid)));
  server.registerTool("revision", { inputSchema: anything }, (_, context) =>
    text(String((context.mcpReq.envelope as Record<string, unknown>)["io.modelcontextprotocol/protocolVersion"])),
  );
  server.registerTool("variable", { inputSchema: z.object({ name: z.string() }) }, ({ name }) =>
    text(process.env[name] ?? "not there"),
  );
  server.registerTool("fail", { inputSchema: anything }, () => ({
    ...text(`cannot: ${process.env.KEPT ?? ""}`),
    isError: true,
  }));
  server.registerTool("mark", { inputSchema: z.object({ file: z.string(), line: z.string() }) }, ({ file, line }) => {
    appendFileSync(file, `${line}\n`);
    return text(line);
  });
  server.registerTool("noise", { inputSchema: anything }, () => {
    process.stdout.write('not a message\n{"jsonrpc":"2.0","method":"notifications/unheard-of"}\n{"half":1}\n');
    process.stderr.write("a word on stderr\n");
    return text("said");
  });
  // Exits in the first call, and answers the second.
  server.registerTool("die-once", { inputSchema: z.object({ mark: z.string() }) }, ({ mark }) => {
    if (existsSync(mark)) return text(String(process.pid));
    writeFileSync(mark, "");
    process.stderr.write("it was too much\n");
    process.exit(3);
  });
  // Hangs in the first call until it is cancelled. The file `mark` records the call and the cancellation.
  server.registerTool("slow", { inputSchema: z.object({ mark: z.string() }) }, async ({ mark }, context) => {
    if (existsSync(mark)) return text(`again in ${process.pid}`);
    appendFileSync(mark, `${process.pid}\n`);
    await new Promise((resolve) => context.mcpReq.signal.addEventListener("abort", resolve));
    appendFileSync(mark, "cancelled\n");
    return text("never seen");
  });
  return server;
});

if (process.env.STUBBORN) {
  process.on("SIGTERM", () => {});
  process.stdin.on("end", () => {});
  process.exit = (() => {}) as never;
  setInterval(() => {}, 1_000);
}
