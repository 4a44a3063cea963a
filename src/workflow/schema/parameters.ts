import type { Diagnostic } from "../../model/diagnostic.ts";
import { equalJson } from "../../model/json.ts";
import { matchPattern } from "../../model/regex/matching.ts";
import { trimEnd } from "../../model/text/trim-end.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { JsonObject, JsonValue, Parameter, ParameterType } from "../../model/workflow.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";

/** The words for a type in errors and hints. */
const TYPE_WORDS: Readonly<Record<ParameterType, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/**
 * Applies the declarations to a caller's parameters. Fills in defaults, and reads text as the declared type, since a
 * command line passes only text. Returns all errors at once. `values` also holds parameters with errors, so that an
 * expression that reads one causes no second error.
 */
export function fillParameters(
  declared: readonly Parameter[],
  given: JsonObject,
): { readonly values: JsonObject; readonly mistakes: readonly Diagnostic[] } {
  const values: [string, JsonValue][] = [];
  const mistakes: Diagnostic[] = [];
  const report = (code: Diagnostic["code"], name: string, message: string, hint: string) =>
    mistakes.push({ severity: "error", code, message, hint, at: { field: `parameters.${name}` } });
  for (const parameter of declared) {
    const { name } = parameter;
    // Hosts send null for what their model left out.
    const value = Object.hasOwn(given, name) ? given[name] : null;
    if (value === null || value === undefined) {
      if (parameter.required) report("missing_field", name, "is missing", parameterHint(parameter));
      if (parameter.required || parameter.default !== undefined) values.push([name, parameter.default ?? null]);
      continue;
    }
    const read = parseAs(parameter.type, value);
    const wrong = parameterError(parameter, read);
    if (wrong !== undefined) report("invalid_value", name, wrong, parameterHint(parameter));
    values.push([name, read]);
  }
  const names = declared.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const list = names.length === 0 ? "It takes none." : `Its parameters: ${names.join(", ")}.`;
    const hint = [didYouMean(name, names), list].filter(Boolean).join(" ");
    report("unknown_name", name, "the workflow has no such parameter", hint);
  }
  return { values: Object.fromEntries(values), mistakes };
}

/**
 * Why a value does not match its parameter; `undefined` if it matches. For a list, `enum` and `pattern` apply to each
 * item.
 */
export function parameterError({ type, enum: allowed, pattern }: Parameter, value: JsonValue): string | undefined {
  if (typeOf(value) !== type && !(type === "number" && typeOf(value) === "integer"))
    return `must be ${TYPE_WORDS[type]}, not ${quoted(value)}`;
  const items = Array.isArray(value) ? value : [value];
  const unlisted = allowed && items.find((item) => !allowed.some((one) => equalJson(one, item)));
  if (allowed && unlisted !== undefined)
    return `must ${type === "array" ? "contain only" : "be one of"} ${allowed.map(quoted).join(", ")}, not ${quoted(unlisted)}`;
  if (pattern === undefined) return undefined;
  for (const item of items) {
    const match = typeof item === "string" ? matchPattern(pattern, item, "u") : undefined;
    if (match?.kind === "too long")
      return `is longer than ${match.maxLength} characters, the longest text to which ${pattern} can be applied`;
    if (match?.kind === "refused" || match?.kind === "invalid")
      return `cannot be checked: the regular expression ${pattern} ${match.message}`;
    if (match?.kind !== "fits")
      return `must ${type === "array" ? "contain only text that matches" : "match"} ${pattern}, not ${quoted(item)}`;
  }
  return undefined;
}

/** Which values the parameter allows, after the author's description. */
function parameterHint({ type, description, enum: allowed, pattern }: Parameter): string {
  const [listed, each] = type === "array" ? ["a list of", "a list of text"] : ["one of", TYPE_WORDS[type]];
  const what = allowed
    ? `${listed} ${allowed.map(quoted).join(", ")}`
    : pattern === undefined
      ? TYPE_WORDS[type]
      : each;
  const matching = pattern === undefined ? "" : ` that matches ${pattern}`;
  const sentence = description === undefined ? "" : `${trimEnd(description, /[.\s]/)}. `;
  return `${sentence}It may be ${what}${matching}.`;
}

/** Reads text as JSON where the declared type is not text. Text that is not JSON stays text, and fails the check. */
function parseAs(type: ParameterType, value: JsonValue): JsonValue {
  if (typeof value !== "string" || type === "string") return value;
  try {
    const read = JSON.parse(value) as JsonValue;
    return read === Number.POSITIVE_INFINITY || read === Number.NEGATIVE_INFINITY ? value : read;
  } catch {
    return value;
  }
}

function typeOf(value: JsonValue): ParameterType | "null" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  return typeof value as "string" | "boolean" | "object";
}

const quoted = (value: JsonValue): string => truncate(JSON.stringify(value), 60);
