import { toolsOf } from "../../src/mcp/tools/index.ts";
import type { Property, Tool } from "../../src/mcp/tools/tool.ts";
import type { Operations } from "../../src/operations/operation.ts";

/** The reference of the MCP tools, made of the operations. */
export function toolsPage(operations: Operations): string {
  const sections = toolsOf(operations).map((tool) => toolSection(tool, operations));
  const head = `# Tools

The MCP tools with their actions and arguments. \`npm run docs\` writes this file from the operations. [The command line](cli.md) has
the same operations.`;
  return `${[head, ...sections].join("\n\n")}\n`;
}

function toolSection({ name, title, description, inputSchema: { properties } }: Tool, operations: Operations): string {
  const actions = Object.values(operations).flatMap(({ tool, summary, effect }) =>
    tool?.name === name && tool.action !== undefined && summary !== undefined
      ? [row(`\`${tool.action}\``, sentence(summary), effect === "destroy" ? "can destroy" : (effect ?? ""))]
      : [],
  );
  const fields = Object.entries(properties).map(([field, property]) =>
    row(`\`${field}\``, takes(property), property.description ?? ""),
  );
  return [
    `## ${name}\n\n${title}. ${description}`,
    ...(actions.length > 0 ? [table(["action", "what it does", "effect"], actions)] : []),
    table(["argument", "takes", "meaning"], fields),
  ].join("\n\n");
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  boolean: "`true` or `false`",
  array: "list",
};

function takes({ type, enum: allowed, minimum, maximum }: Property): string {
  if (allowed) return allowed.map((value) => `\`${value}\``).join(", ");
  if (type === undefined || (typeof type !== "string" && type.length === 5)) return "any value";
  if (typeof type !== "string") return type.map((one) => NAMES[one] ?? one).join(" or ");
  const bounds = minimum !== undefined && maximum !== undefined ? `, ${minimum} to ${maximum}` : "";
  return `${NAMES[type] ?? type}${bounds}`;
}

export const table = (heads: readonly string[], rows: readonly string[]): string =>
  [row(...heads), row(...heads.map(() => "---")), ...rows].join("\n");

export const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;

export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
