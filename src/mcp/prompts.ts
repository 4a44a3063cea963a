import { type GetPromptResult, type McpServer, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { z } from "zod";
import { type Command, commands } from "../hosts/commands.ts";
import { promptText } from "../hosts/host-files.ts";
import { quotedLine } from "../model/text/quoted.ts";

/** Characters of a wrong name that an error quotes. */
const MAX_NAME_CHARACTERS = 100;

/**
 * Registers the commands as prompts, for hosts without commands of their own.
 * No argument is required, since some hosts ask for none or pass on only one word.
 */
export function registerPrompts(server: McpServer): void {
  for (const { name, title, description, argument, word } of commands) {
    const argsSchema = z.object({ [word]: z.string().describe(sentence(argument)).optional() });
    server.registerPrompt(name, { title, description, argsSchema }, () => promptNamed(name, {}));
  }
  // The SDK says of an unknown prompt only that it is unknown.
  server.server.setRequestHandler("prompts/get", ({ params }) => promptNamed(params.name, params.arguments ?? {}));
}

function promptNamed(name: string, given: Readonly<Record<string, unknown>>): GetPromptResult {
  const command = commands.find((one) => one.name === name);
  if (!command) throw refused(`there is no prompt ${quotedLine(name, MAX_NAME_CHARACTERS)}. There are: ${KNOWN}.`);
  const typed = given[command.word];
  if (typed !== undefined && typeof typed !== "string")
    throw refused(`the argument "${command.word}" of the prompt "${command.name}" must be text`);
  return {
    description: command.description,
    messages: [{ role: "user", content: { type: "text", text: promptText(command, typed) } }],
  };
}

const refused = (message: string) => new ProtocolError(ProtocolErrorCode.InvalidParams, message);

const wordsOf = ({ name, call }: Command): string => `${name} (the same as ${call})`;
const KNOWN = commands.map(wordsOf).join(", ");

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
