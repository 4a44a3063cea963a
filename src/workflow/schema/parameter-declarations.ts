import { isRecord } from "../../model/json.ts";
import { unfit } from "../../model/regex/matching.ts";
import type { JsonValue, Parameter, ParameterType } from "../../model/workflow.ts";
import { PARAMETER_TYPES } from "../../model/workflow.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { misfit } from "./parameters.ts";
import { declaration } from "./workflow-schema.ts";
import { reportIssues } from "./zod-issues.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

export interface Declared {
  /** Every name that stands there, however wrong the rest is. */
  readonly names: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Nothing is wrong with any of them. */
  readonly whole: boolean;
}

/** The parameters that a raw workflow declares; `undefined` if it declares none. `name: integer` is short for a required one of that type. */
export function declaredParameters(raw: unknown, mistakes: Diagnostics): Declared | undefined {
  if (!isRecord(raw) || !isRecord(raw.parameters)) return undefined;
  const parameters: Parameter[] = [];
  const names = Object.keys(raw.parameters);
  for (const [name, given] of Object.entries(raw.parameters)) {
    const parameter = declared(name, given, raw, mistakes);
    if (parameter) parameters.push(parameter);
  }
  return { names, parameters, whole: parameters.length === names.length };
}

function declared(name: string, given: unknown, raw: unknown, mistakes: Diagnostics): Parameter | undefined {
  const path: Path = ["parameters", name];
  const wrong = (message: string, hint: string | undefined, ...inside: string[]): undefined =>
    void mistakes.report("invalid_value", [...path, ...inside], message, { hint });
  if (!NAME.test(name)) {
    const rule = "Names are letters, digits, _ . and -, begin with a letter or _, and have at most 128 characters.";
    return wrong(`${JSON.stringify(name)} is not the name of a parameter`, rule);
  }
  if (!isRecord(given)) {
    if (isType(given)) return { name, type: given, required: true };
    const near = typeof given === "string" ? didYouMean(given, PARAMETER_TYPES) : undefined;
    const hint = `Write its type (${PARAMETER_TYPES.join(", ")}), or {type, description, default, required, enum, pattern, confirm}.`;
    return wrong("says neither a type nor more about the parameter", near ?? hint);
  }
  const shaped = declaration.safeParse(given);
  if (!shaped.success) {
    const issues = shaped.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
    reportIssues(issues, raw, mistakes, () => undefined);
    return undefined;
  }
  const { type = implied(given), description, required, pattern } = shaped.data;
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
    return wrong("is required and has a default, which would never be used", "Leave out one of them.");
  if (pattern !== undefined && type !== "string" && type !== "array")
    return wrong(`only text can match a pattern`, undefined, "pattern");
  const fault = pattern === undefined ? undefined : faultOf(pattern);
  if (fault !== undefined) return wrong(fault, undefined, "pattern");
  const { enum: _, ...unlisted } = parameter;
  for (const one of type === "array" ? [] : (allowed ?? [])) {
    const why = misfit(unlisted, one);
    if (why !== undefined) return wrong(why, undefined, "enum");
  }
  for (const one of confirm ?? []) {
    const why = misfit(parameter, type === "array" ? [one] : one);
    if (why !== undefined) return wrong(`asks before a value that it cannot have: ${why}`, undefined, "confirm");
  }
  const why = fallback === undefined ? undefined : misfit(parameter, fallback);
  return why === undefined ? parameter : wrong(why, undefined, "default");
}

const isType = (value: unknown): value is ParameterType => PARAMETER_TYPES.some((type) => type === value);

/** The type of what names none: that of its default, or of what it may be; else text. */
function implied({ default: fallback, enum: allowed }: Record<string, unknown>): ParameterType {
  const sample = fallback ?? (Array.isArray(allowed) ? allowed[0] : undefined) ?? "";
  if (Array.isArray(sample)) return "array";
  return isType(typeof sample) ? (typeof sample as ParameterType) : "string";
}

function faultOf(pattern: string): string | undefined {
  const wrong = unfit(pattern, "u");
  return wrong?.kind === "refused" ? `the regular expression ${wrong.message}` : wrong?.message;
}
