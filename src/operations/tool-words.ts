import { TOOL_NAMES } from "./operation.ts";

/** A tool of Baton as one of the hosts names it, or in a call as Baton's texts write it, with its arguments in braces. */
const TOOL = new RegExp(
  `(?<!\\w)(mcp__(?:plugin_baton_)?baton__|baton__)?(${TOOL_NAMES.join("|")})(?!\\w)(?=( \\{)?)`,
  "g",
);

/**
 * Text of an agent's file with the names of Baton's tools as the host at hand calls them. No other text changes.
 * @param prefix what the host puts before them; absent: nobody knows, and the text stays
 */
export function inHostWords(text: string, prefix: string | undefined): string {
  if (prefix === undefined) return text;
  return text.replaceAll(TOOL, (word, host: string | undefined, name: string, call: string | undefined) =>
    host === undefined && call === undefined ? word : `${prefix}${name}`,
  );
}

/** Names of tools that a file asks for, each once, as the host at hand calls those of Baton. */
export const toolsInHostWords = (tools: readonly string[], prefix: string | undefined): string[] => [
  ...new Set(tools.map((tool) => inHostWords(tool, prefix))),
];
