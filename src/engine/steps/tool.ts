import type { CallToolResult } from "@modelcontextprotocol/client";
import { z } from "zod";
import type {
  AttemptEnd,
  Execution,
  FieldError,
  Job,
  Report,
  StepSyntax,
  StepType,
} from "../../model/contracts/step.ts";
import { ok, type Result } from "../../model/data/result.ts";
import { isRecord, isTooDeep, TOO_DEEP } from "../../model/json.ts";
import { plainIssue } from "../../model/text/plain-issue.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { appendOwn } from "../../system/own-file.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { textIn } from "../servers/connection.ts";
import {
  definitionOf,
  httpAddress,
  type ServerDefinition,
  ServerEntry,
  type ServerFailure,
  serverLabel,
  withoutSecrets,
} from "../servers/definition.ts";
import type { Servers } from "../servers/index.ts";
import { namedServer } from "../servers/named.ts";
import { MAX_OUTPUT_BYTES, tooDeep, tooLarge } from "./output.ts";

/** Accepts any record: `serverMistakes` checks it, with better messages than a schema. */
const server = z.custom<string | Readonly<Record<string, unknown>>>(
  (value) => (typeof value === "string" && value !== "") || isRecord(value),
  "record",
);

/** A tool of another MCP server, which Baton calls. */
export const toolSyntax = {
  type: "tool",
  summary: "A call of another MCP server's tool, made by Baton.",
  fields: {
    tool: z.string().min(1).describe("Its name."),
    server: server.meta({
      anyOf: [
        { type: "string" },
        { type: "object", properties: { command: {}, args: {}, env: {}, cwd: {} } },
        { type: "object", properties: { url: {}, headers: {} } },
      ],
      description: "A name from `.mcp.json` or from the settings; or a server of the workflow's own.",
    }),
    arguments: z
      .custom<JsonObject>(isRecord, "record")
      .optional()
      .meta({ type: "object", description: "What it is called with.", default: {} }),
  },
  templates: {
    tool: "text",
    server: {
      self: "text",
      keys: { command: "text", args: "data", env: "text", cwd: "text", url: "text", headers: "text" },
    },
    arguments: "data",
  },
  knownBy: ["tool"],
  fieldErrors: ({ server }) => (isRecord(server) ? serverMistakes(server) : []),
} satisfies StepSyntax;

export function toolStep(servers: Servers): StepType {
  return { ...toolSyntax, perform: (job, report) => perform(job, report, servers) };
}

interface ToolConfig {
  readonly tool: string;
  readonly server: string | Readonly<Record<string, unknown>>;
  readonly arguments?: JsonObject;
}

/** How much of a tool's error text a message repeats, in characters. */
const MAX_TOOL_TEXT_CHARS = 2_000;

const SERVER_FIELDS = { command: ["command", "args", "env", "cwd"], url: ["url", "headers"] } as const;

/** The mistakes in a server that the workflow itself defines. */
function serverMistakes(given: Readonly<Record<string, unknown>>): FieldError[] {
  const at = (...field: string[]) => ["server", ...field];
  const [byCommand, byUrl] = ["command" in given, "url" in given];
  if (byCommand === byUrl) {
    const hint = "Write {command, args, env, cwd}, or {url, headers}, or the name of a server in .mcp.json.";
    const message = byCommand ? 'a server has "command" or "url", not both' : 'a server needs "command" or "url"';
    return [{ field: at(), message, hint }];
  }
  const known: readonly string[] = SERVER_FIELDS[byCommand ? "command" : "url"];
  const mistakes: FieldError[] = [];
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const hint = didYouMean(key, known) ?? `Known here: ${known.join(", ")}.`;
    mistakes.push({ field: at(key), message: `unknown field "${key}"`, hint });
  }
  const parsed = ServerEntry.safeParse(given, { error: plainIssue });
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) mistakes.push({ field: at(...path.map(String)), message });
  } else if (typeof given.url === "string" && !given.url.includes("{{") && !httpAddress(given.url)) {
    mistakes.push({ field: at("url"), message: "must be an http or https address" });
  }
  return mistakes;
}

function perform(job: Job, report: (report: Report) => void, servers: Servers): Execution {
  const cancelled = new AbortController();
  let abandoned = false;
  void call(job, servers, cancelled.signal).then(
    (end) => {
      if (!abandoned) report({ kind: "ended", end });
    },
    (error) => {
      queueMicrotask(() => {
        throw error;
      });
    },
  );
  return {
    stop: () => cancelled.abort(),
    abandon() {
      abandoned = true;
      cancelled.abort();
    },
  };
}

async function call(job: Job, servers: Servers, signal: AbortSignal): Promise<AttemptEnd> {
  const config = job.config as unknown as ToolConfig;
  const definition = serverOf(config, job.cwd, servers);
  if (!definition.ok) return { outcome: "failed", ...definition.error };
  // An unwritable log must not fail a call that may have done its work.
  const log = (path: string, what: string | Buffer) => {
    try {
      appendOwn(path, what);
    } catch {}
  };
  log(job.files.stdout, "");
  const onStderr = (stderr: Buffer) => log(job.files.stderr, stderr);
  const answer = await servers.use(definition.value, onStderr, signal, (connection) =>
    connection.call(config.tool, config.arguments ?? {}, signal),
  );
  if (!answer.ok) return { outcome: "failed", ...answer.error };
  log(job.files.stdout, logText(answer.value));
  return outcomeOf(config.tool, answer.value, definition.value);
}

function serverOf(
  { server }: ToolConfig,
  cwd: string,
  { options: { configured, environment } }: Servers,
): Result<ServerDefinition, ServerFailure> {
  if (typeof server === "string") return namedServer(server, { cwd, configured, environment });
  // A lone placeholder keeps the type of its value, but the arguments of a program are text.
  const args = Array.isArray(server.args) ? server.args.map(asText) : undefined;
  const entry = ServerEntry.safeParse({ ...server, ...(args && { args }) }, { error: plainIssue });
  if (entry.success) return definitionOf(serverLabel(entry.data), entry.data, cwd);
  const [issue] = entry.error.issues;
  const message = `${["server", ...issue!.path].join(".")} cannot be used: ${issue!.message}`;
  return { ok: false, error: { reason: "server_misconfigured", message } };
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function outcomeOf(tool: string, answer: CallToolResult, definition: ServerDefinition): AttemptEnd {
  const output = outputOf(answer);
  if (answer.isError === true) {
    const said = withoutSecrets(textIn(answer), definition).slice(0, MAX_TOOL_TEXT_CHARS) || "the tool gave no reason";
    const message = `the tool "${tool}" failed: ${said}`;
    return { outcome: "failed", reason: "tool_error", message, ...(output.ok && { output: output.value }) };
  }
  if (!output.ok) return { outcome: "failed", reason: "output_invalid", ...output.error };
  return { outcome: "completed", output: output.value };
}

/** Structured content if there is any; else a lone text, parsed if it is JSON; else the whole content, as a list. */
function outputOf({
  structuredContent,
  content,
}: CallToolResult): Result<JsonValue, { message: string; hint: string }> {
  const [first] = content;
  let output: JsonValue;
  if (structuredContent !== undefined) output = structuredContent as JsonValue;
  else if (content.length === 1 && first!.type === "text") output = parseText(first!.text);
  else output = content as unknown as JsonValue;
  if (isTooDeep(output)) return { ok: false, error: tooDeep("the answer holds data that is") };
  if (Buffer.byteLength(JSON.stringify(output)) <= MAX_OUTPUT_BYTES) return ok(output);
  return { ok: false, error: tooLarge("the answer holds") };
}

/**
 * Parses JSON. A scalar stays text if JSON would not print it the same: a code like 007, or digits beyond a number's
 * precision.
 */
function parseText(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue;
    return (typeof value === "object" && value !== null) || JSON.stringify(value) === text.trim() ? value : text;
  } catch {
    return text;
  }
}

/** An answer as the log shows it: its texts, or else its data as JSON. */
function logText(answer: CallToolResult): string {
  const data = answer.structuredContent ?? answer.content;
  const text = textIn(answer) || (isTooDeep(data) ? TOO_DEEP : JSON.stringify(data));
  return text.endsWith("\n") ? text : `${text}\n`;
}
