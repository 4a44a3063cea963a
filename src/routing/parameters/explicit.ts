import type { JsonValue, Parameter } from "../../model/workflow.ts";
import { parameterError } from "../../workflow/schema/parameters.ts";
import { isCommand, LITERAL, numberFrom } from "./candidates.ts";
import { isTelling, nameShape } from "./names.ts";

/** A value with the part of the goal that gives it. */
export interface Written {
  readonly value: JsonValue;
  readonly part: string;
}

const ITEM = "[\\w@][\\w@./:-]*";
const LIST = `\\[[^\\]\\n]*\\]|${ITEM}(?:\\s*,\\s*${ITEM})*(?:,?\\s+(?:and|und|et|y|e|en|i)\\s+${ITEM})?`;
/** A value without quotation marks ends where its clause does: else nobody knows which words belong to it. */
const END = "(?=[.!?]?\\s*(?:$|[,;)\\n])|[.!?]\\s)";
const LIST_END = "(?=[.!?]?\\s*(?:$|[;)\\n])|[.!?]\\s)";

/** Every value that a goal writes beside the parameter's name: `name=value`, `name: value`, `--name value`, name "value". */
export function writtenFor(text: string, parameter: Parameter): Written[] {
  const name = nameShape(parameter.name);
  const before = "(?:^|(?<=[\\s,;({]))";
  const shapes =
    parameter.type === "array"
      ? [`(?:--)?${name}=(\\[[^\\]\\n]*\\]|[^\\s;]+)`, `${name}\\s*[=:]\\s*(${LIST})${LIST_END}`]
      : [
          `(?:--)?${name}(?:\\s+(?:with|using|is|as))?\\s*[=:]?\\s*(${LITERAL})`,
          `${name}\\s*[=:]\\s*([^\\s,;]+?)${isSelfContained(parameter) ? "(?=[.!?)]*(?:[\\s,;]|$))" : END}`,
          ...(isCommand(parameter) ? [] : [`(?:--)?${name}=([^\\s,;"'\`]+)`, `--${name}\\s+([^\\s,;"'\`-][^\\s,;]*)`]),
          ...(parameter.type === "boolean" ? [`(--(?:no-)?${name})(?![=\\p{L}\\p{N}])`] : []),
        ];
  return shapes.flatMap((shape) =>
    [...text.matchAll(new RegExp(before + shape, "giu"))].flatMap(({ 0: part, 1: value }) => {
      const read = readAs(parameter, unquoted(value!));
      return read === undefined || parameterError(parameter, read) !== undefined ? [] : [{ value: read, part }];
    }),
  );
}

/** Whether the parameter's type tells where its value ends. */
const isSelfContained = ({ type, enum: allowed, pattern }: Parameter): boolean =>
  type !== "string" || allowed !== undefined || isTelling(pattern);

const unquoted = (text: string): string =>
  /^[`"'“„«「].*[`"'”“»」]$/s.test(text) ? text.slice(1, -1).trim() : text.replace(/[.!?)}]+$/, "");

/** The text of a value taken for the parameter's type. */
function readAs(parameter: Parameter, text: string): JsonValue | undefined {
  const { type, enum: allowed } = parameter;
  const named = (one: string) =>
    allowed?.find((value) => typeof value === "string" && value.toLowerCase() === one.toLowerCase()) ?? one;
  if (type === "string") return named(text);
  if (type === "number" || type === "integer") return numberFrom(text, parameter);
  if (type === "boolean") {
    if (text.startsWith("--")) return !text.startsWith("--no-");
    return /^(?:true|yes|on)$/i.test(text) ? true : /^(?:false|no|off)$/i.test(text) ? false : undefined;
  }
  if (type !== "array") return undefined;
  const items = text
    .replace(/^\[|\]$/g, "")
    .split(/\s*,\s*(?:(?:and|und|et|y|e|en|i)\s+)?|\s+(?:and|und|et|y|e|en|i)\s+/)
    .map((one) => named(unquoted(one.trim())))
    .filter((one) => one !== "");
  return items.length > 0 ? items : undefined;
}
