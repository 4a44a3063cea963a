import { err, ok, type Result } from "../../model/data/result.ts";
import { groupDigits } from "../../model/text/format.ts";
import { type ExpressionError, expressionError, quote } from "../diagnostics/expression-error.ts";
import type { TextTemplate } from "../expression/template.ts";
import { ShellScanner } from "./quote-scanner.ts";

/** Shell text whose placeholders became references to environment variables, and the variables' values. */
export interface ShellText {
  readonly text: string;
  /** Name of a variable → the expression of its value. */
  readonly variables: ReadonlyMap<string, string>;
}

const PASS_BY_ENVIRONMENT = 'Set a variable in "environment", and use that variable here instead.';

/**
 * Replaces placeholders by references that fit the quotes around them, so no value can become shell text. Where the
 * shell would read the value as more than data, or the scanner is not sure, the placeholder is refused.
 *
 * @param taken how many variables the step's other fields use already
 */
export function compileShell(template: TextTemplate, taken = 0): Result<ShellText, ExpressionError[]> {
  const scanner = new ShellScanner();
  const variables = new Map<string, string>();
  const byExpression = new Map<string, string>();
  const errors: ExpressionError[] = [];
  let text = "";
  for (const part of template) {
    if (typeof part === "string") {
      scanner.read(part);
      text += part;
      continue;
    }
    const { expression } = part;
    const name = byExpression.get(expression) ?? `BATON_V${taken + variables.size + 1}`;
    byExpression.set(expression, name);
    variables.set(name, expression);
    const place = scanner.placeholderContext();
    if ("refused" in place) {
      const hint = place.hint ?? PASS_BY_ENVIRONMENT;
      errors.push(
        expressionError(
          `${quote(`{{ ${expression} }}`)} stands ${place.refused}, where Baton cannot pass a value safely`,
          hint,
        ),
      );
    } else text += REFERENCES[place.quotes](name);
  }
  return errors.length > 0 ? err(errors) : ok({ text, variables });
}

/** How to refer to a variable inside each kind of quotes, so that it stays one piece, byte for byte. */
const REFERENCES = {
  none: (name: string) => `"\${${name}}"`,
  double: (name: string) => `\${${name}}`,
  single: (name: string) => `'"\${${name}}"'`,
} as const;

/** The longest value of one environment variable on Linux, with its name and the final zero. */
const MAX_VARIABLE_BYTES = 131_072;

/** A half surrogate pair: UTF-8 cannot express it, and something else would arrive. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Why a value cannot be passed to a process as `name`; `undefined` if it can. */
export function environmentValueError(name: string, value: string): string | undefined {
  if (value.includes("\0")) return "contains a NUL character, which cannot be passed to a process";
  if (LONE_SURROGATE.test(value))
    return "contains half of a surrogate pair, which cannot be passed to a process unchanged";
  const bytes = Buffer.byteLength(value) + name.length + 2;
  if (bytes > MAX_VARIABLE_BYTES)
    return `is ${groupDigits(Buffer.byteLength(value))} bytes long; at most 128 kB can be passed`;
  return undefined;
}
