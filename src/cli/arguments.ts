import { InvalidArgumentError } from "commander";

/** `name=text` or `name:=json`, gathered over several options. */
export function collect(pair: string, before: Record<string, unknown>): Record<string, unknown> {
  const match = /^([^=:]+)(:?=)(.*)$/s.exec(pair);
  if (!match) throw new InvalidArgumentError("It must look like name=value, or name:=json.");
  const [, name, sign, text] = match;
  return { ...before, [name!]: sign === "=" ? text : json(text!, "After := comes JSON, and this is not") };
}

export const repeat = (value: string, before: readonly string[]): string[] => [...before, value];

export function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** JSON; what is none is text. */
export function loose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const object = (text: string): unknown => json(text, "It must be a JSON object, and this is not");

function json(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`${otherwise}: ${text}`);
  }
}
