import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { FailureReason } from "../../model/run.ts";
import { environmentValueError } from "../../workflow/shell/shell.ts";

/** Another MCP server, ready to connect to: all references in it are resolved. */
export type ServerDefinition = {
  /** Its name in messages. */
  readonly label: string;
  /** Texts that no message may repeat: the values of its environment and headers. */
  readonly secrets: readonly string[];
} & (
  | {
      readonly kind: "process";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | { readonly kind: "http"; readonly url: string; readonly headers: Readonly<Record<string, string>> }
);

/** Why a call to a server's tool failed, and what to do next. */
export interface ServerFailure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly hint?: string;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const nonEmptyText = z.string().min(1);

/**
 * A server as users write it. Unknown keys pass, since other programs keep their own keys in the same entries.
 * Validation checks the keys of servers that a workflow itself defines.
 */
export const ServerEntry = z
  .looseObject({
    type: z.string().optional(),
    command: nonEmptyText.optional(),
    args: z.array(scalar).optional(),
    env: z.record(z.string(), scalar).optional(),
    cwd: nonEmptyText.optional(),
    url: nonEmptyText.optional(),
    headers: z.record(z.string(), scalar).optional(),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), 'needs either "command" or "url"')
  .refine(
    ({ type, url }) => type === undefined || (url === undefined ? ["stdio"] : HTTP_TYPES).includes(type),
    'has an unsupported type; write "stdio" with a command, or "http" with a url',
  );
export type ServerEntry = z.infer<typeof ServerEntry>;

const HTTP_TYPES = ["http", "streamable-http"];
/** The shortest text that counts as a secret, in characters. Hiding shorter ones would make messages unreadable. */
const MIN_SECRET_CHARS = 8;

/** @param directory the base of relative paths, and the directory in which the server starts */
export function definitionOf(
  label: string,
  entry: ServerEntry,
  directory: string,
  alsoSecret: readonly string[] = [],
): Result<ServerDefinition, ServerFailure> {
  const { command, args = [], env = {}, cwd = ".", url, headers = {} } = entry;
  const secrets = [...Object.values(env), ...Object.values(headers).flatMap(headerSecrets), ...alsoSecret].filter(
    (text) => text.length >= MIN_SECRET_CHARS,
  );
  if (command !== undefined) {
    for (const text of [command, ...args, cwd, ...Object.entries(env).flat()]) {
      const problem = environmentValueError("", text);
      if (problem !== undefined) return refused(`a value in the definition of the server ${label} ${problem}`);
    }
    return ok({ label, secrets, kind: "process", command, args, env, cwd: resolve(directory, cwd) });
  }
  const address = httpAddress(url ?? "");
  if (!address) return refused(`the url of the server ${label} is not an http address`);
  const wrong = Object.entries(headers).find(([name, value]) => !HEADER_NAME.test(name) || !HEADER_VALUE.test(value));
  if (wrong) return refused(`the header ${JSON.stringify(wrong[0])} of the server ${label} cannot be sent`);
  return ok({ label, secrets, kind: "http", url: address, headers });
}

/** The label of a server without a name. It omits the path and query of an address, which may hold a secret. */
export function serverLabel({ command, url }: ServerEntry): string {
  if (command !== undefined) return `"${isAbsolute(command) ? command.slice(command.lastIndexOf("/") + 1) : command}"`;
  const address = httpAddress(url ?? "");
  return address ? `at ${new URL(address).origin}` : "at its url";
}

export function httpAddress(text: string): string | undefined {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  return address && ["http:", "https:"].includes(address.protocol) ? address.href : undefined;
}

/** Replaces the secrets of a server in a text that a message repeats. */
export function withoutSecrets(text: string, { secrets }: ServerDefinition): string {
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, "***"), text);
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The secrets in a header value: for `Bearer abc`, both the whole text and `abc`. */
const headerSecrets = (header: string): string[] => [header, ...header.split(/\s+/)];

const refused = (message: string): Result<never, ServerFailure> =>
  err({ reason: "value_refused", message, hint: "Check the values that its definition inserts." });
