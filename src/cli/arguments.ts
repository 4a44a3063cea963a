import { InvalidArgumentError } from "commander";

/**
 * Adds one `name=text` or `name:=json` option to the values of earlier options.
 * Throws InvalidArgumentError for any other form.
 */
export function collect(pair: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const match = /^([^=:]+)(:?=)(.*)$/s.exec(pair);
  if (!match) throw new InvalidArgumentError("Write it as name=value or name:=json.");
  const [, name, sign, text] = match;
  return { ...before, [name!]: sign === "=" ? text : json(text!, "The value after := must be JSON, not") };
}

export const repeat = (value: string, before: readonly string[] = []): string[] => [...before, value];

export function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A number, or text that the operation reads, as `20s`. */
export const numberOrText = (text: string): number | string => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);

/** Parses JSON; returns any other input as a string. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const jsonArgument = (text: string): unknown => json(text, "It must be JSON, not");

function json(text: string, problem: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(`${problem}: ${text}`);
  }
}
