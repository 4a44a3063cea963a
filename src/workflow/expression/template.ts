import { memoize } from "../../model/data/memoize.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { type ExpressionError, expressionError, LITERAL_BRACES, quote } from "../diagnostics/expression-error.ts";
import { endOfString } from "./string-literal.ts";

/** A `{{ expression }}` in a text. */
export interface Placeholder {
  readonly expression: string;
}
export type TextTemplate = readonly (string | Placeholder)[];

/**
 * Splits a text at its placeholders. `\{{` is a literal `{{`. `${{` stays as it is, since it belongs to GitHub Actions
 * and the like.
 */
export const parseTemplate = memoize((text: string): Result<TextTemplate, ExpressionError> => {
  const parts: (string | Placeholder)[] = [];
  let literal = "";
  let i = 0;
  while (i < text.length) {
    const open = text.indexOf("{{", i);
    if (open === -1) break;
    const before = text[open - 1];
    if (open > i && (before === "\\" || before === "$")) {
      literal += `${text.slice(i, before === "\\" ? open - 1 : open)}{{`;
      i = open + 2;
      continue;
    }
    literal += text.slice(i, open);
    const close = closing(text, open + 2);
    if (close === undefined) {
      return err(expressionError(`${quote(text.slice(open), 40)} has no closing }}`, LITERAL_BRACES));
    }
    const expression = text.slice(open + 2, close).trim();
    if (expression === "")
      return err(expressionError("{{ }} is empty", `Write an expression in it. ${LITERAL_BRACES}`));
    if (literal !== "") parts.push(literal);
    parts.push({ expression });
    literal = "";
    i = close + 2;
  }
  literal += text.slice(i);
  if (literal !== "") parts.push(literal);
  return ok(parts);
});

/** Index of the `}}` that ends the expression starting at `from`. Those in string and map literals do not count. */
function closing(text: string, from: number): number | undefined {
  let braces = 0;
  let i = from;
  while (i < text.length) {
    const ch = text[i]!;
    if (ch === '"' || ch === "'") {
      i = endOfString(text, i);
      continue;
    }
    if (ch === "{") braces++;
    if (ch === "}") {
      if (braces > 0) braces--;
      else if (text[i + 1] === "}") return i;
    }
    i++;
  }
  return undefined;
}

/** Fills a template. A lone placeholder keeps the type of its value; anything else gives text. */
export function fill<E>(
  template: TextTemplate,
  value: (placeholder: Placeholder) => Result<JsonValue, E>,
): Result<JsonValue, E> {
  const only = template[0];
  if (template.length === 1 && typeof only === "object") return value(only);
  let text = "";
  for (const part of template) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const filled = value(part);
    if (!filled.ok) return filled;
    text += asText(filled.value);
  }
  return ok(text);
}

/** A value as text: text as it is, everything else as JSON (`null`, `true`, `[1,2]`). */
export function asText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
