import type { Capability } from "../model/capability.ts";
import { oneLine, textOf, unique } from "./text.ts";

/**
 * The tools that a file asks for. If it names none: whatever the session has. A request of its author, never a grant.
 */
export function requestedTools(asked: unknown, refused: unknown): Capability["requestedTools"] {
  const deny = toolList(refused);
  if (asked === undefined) return { mode: "inherit", allow: [], deny };
  const allow = toolList(asked);
  if (allow.includes("*")) return { mode: "all", allow: [], deny };
  return { mode: "list", allow, deny };
}

function toolList(value: unknown): string[] {
  if (typeof value === "string") return unique(splitTools(value));
  if (!Array.isArray(value)) return [];
  return unique(value.filter((item) => typeof item === "string").map(oneLine)).filter((item) => item !== "");
}

/** `Read, Bash(git add:*, git commit:*) Grep`: cut at commas and blanks outside parentheses. */
export function splitTools(text: string): string[] {
  const tools: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of oneLine(text).replace(/^\[(.*)\]$/, "$1")) {
    if (character === "(") depth++;
    if (character === ")") depth = Math.max(0, depth - 1);
    if (depth === 0 && (character === "," || character === " ")) {
      if (current !== "") tools.push(current);
      current = "";
    } else current += character;
  }
  if (current !== "") tools.push(current);
  return tools;
}

const ALIASES = ["inherit", "opus", "sonnet", "haiku"];

/** The model that a file asks for, as written; of a list, the first. */
export function requestedModel(value: unknown): Capability["requestedModel"] {
  const raw = textOf(Array.isArray(value) ? value[0] : value);
  if (raw === undefined) return undefined;
  const words = raw.toLowerCase().split(/[^a-z]+/);
  const alias = ALIASES.find((name) => words.includes(name));
  return { raw, ...(alias !== undefined && { alias }) };
}
