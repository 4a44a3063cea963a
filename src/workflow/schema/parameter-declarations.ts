import { isRecord } from "../../model/json.ts";
import { findPatternError } from "../../model/regex/matching.ts";
import type { JsonValue, Parameter, ParameterType } from "../../model/workflow.ts";
import { PARAMETER_TYPES } from "../../model/workflow.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { parameterError } from "./parameters.ts";
import { parameterDeclaration } from "./workflow-schema.ts";
import { reportIssues } from "./zod-issues.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

export interface DeclaredParameters {
  /** All declared names, also those whose declaration has errors. */
  readonly names: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Whether no declaration has an error. */
  readonly isValid: boolean;
}

/**
 * Reads the parameters that a raw workflow declares; `undefined` if it declares none. `name: integer` is short for a
 * required parameter of that type.
 */
export function declaredParameters(raw: unknown, diagnostics: Diagnostics): DeclaredParameters | undefined {
  if (!isRecord(raw) || !isRecord(raw.parameters)) return undefined;
  const parameters: Parameter[] = [];
  const names = Object.keys(raw.parameters);
  for (const [name, given] of Object.entries(raw.parameters)) {
    const parameter = declaredParameter(name, given, raw, diagnostics);
    if (parameter) parameters.push(parameter);
  }
  return { names, parameters, isValid: parameters.length === names.length };
}

function declaredParameter(
  name: string,
  given: unknown,
  raw: unknown,
  diagnostics: Diagnostics,
): Parameter | undefined {
  const path: Path = ["parameters", name];
  const wrong = (message: string, hint: string | undefined, ...inside: string[]): undefined =>
    void diagnostics.report("invalid_value", [...path, ...inside], message, { hint });
  if (!NAME.test(name)) {
    const rule = "Names are letters, digits, _ . and -, begin with a letter or _, and have at most 128 characters.";
    return wrong(`${JSON.stringify(name)} is not the name of a parameter`, rule);
  }
  if (!isRecord(given)) {
    if (isType(given)) return { name, type: given, required: true };
    const near = typeof given === "string" ? didYouMean(given, PARAMETER_TYPES) : undefined;
    const hint = `Write its type (${PARAMETER_TYPES.join(", ")}), or {type, description, default, required, enum, pattern, confirm}.`;
    return wrong("declares neither a type nor anything else about the parameter", near ?? hint);
  }
  const shaped = parameterDeclaration.safeParse(given);
  if (!shaped.success) {
    const issues = shaped.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
    reportIssues(issues, raw, diagnostics, () => undefined);
    return undefined;
  }
  const { type = impliedType(given), description, required, pattern } = shaped.data;
  const fallback = given.default as JsonValue | undefined;
  const allowed = given.enum as JsonValue[] | undefined;
  const confirm = given.confirm as JsonValue[] | undefined;
  const parameter: Parameter = {
    ...{ name, type, required: required ?? fallback === undefined },
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    ...(allowed && { enum: allowed }),
    ...(pattern !== undefined && { pattern }),
    ...(confirm && { confirm }),
  };
  if (required && fallback !== undefined)
    return wrong("is required, so its default would never be used", "Remove one of them.");
  if (pattern !== undefined && type !== "string" && type !== "array")
    return wrong(`only text can match a pattern`, undefined, "pattern");
  const fault = pattern === undefined ? undefined : patternError(pattern);
  if (fault !== undefined) return wrong(fault, undefined, "pattern");
  const { enum: _, ...unlisted } = parameter;
  for (const one of type === "array" ? [] : (allowed ?? [])) {
    const why = parameterError(unlisted, one);
    if (why !== undefined) return wrong(why, undefined, "enum");
  }
  for (const one of confirm ?? []) {
    const why = parameterError(parameter, type === "array" ? [one] : one);
    if (why !== undefined)
      return wrong(`asks for confirmation of a value that the parameter cannot have: ${why}`, undefined, "confirm");
  }
  const why = fallback === undefined ? undefined : parameterError(parameter, fallback);
  return why === undefined ? parameter : wrong(why, undefined, "default");
}

const isType = (value: unknown): value is ParameterType => PARAMETER_TYPES.some((type) => type === value);

/** The type of a declaration without `type`: that of its default, or of its first allowed value; else `string`. */
function impliedType({ default: fallback, enum: allowed }: Record<string, unknown>): ParameterType {
  const sample = fallback ?? (Array.isArray(allowed) ? allowed[0] : undefined) ?? "";
  if (Array.isArray(sample)) return "array";
  return isType(typeof sample) ? (typeof sample as ParameterType) : "string";
}

function patternError(pattern: string): string | undefined {
  const wrong = findPatternError(pattern, "u");
  return wrong?.kind === "refused" ? `the regular expression ${wrong.message}` : wrong?.message;
}
