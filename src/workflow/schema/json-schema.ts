import { dereference } from "@cfworker/json-schema";
import { isRecord, sizeError } from "../../model/json.ts";
import { findPatternError } from "../../model/regex/matching.ts";

/** An invalid keyword of a schema, or one that Baton must not apply. */
export interface KeywordError {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];
const SCHEMAS = ["items", "additionalProperties", "not", "contains", "if", "then", "else", "propertyNames"];
const LISTS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const MAPS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
const NAMES = ["$id", "$anchor", "$dynamicAnchor"];
/** Schemas that people write are less deep. */
const MAX_LEVELS = 64;

/** The errors of a JSON Schema: a keyword with an invalid value, or a reference to another document. */
export function keywordErrors(schema: unknown): KeywordError[] {
  const large = sizeError(schema);
  if (large !== undefined) return [{ path: [], message: large }];
  const faults = errorsIn(schema, [], schema);
  if (faults.length > 0) return faults;
  try {
    dereference(schema as Record<string, unknown>);
    return [];
  } catch (error) {
    // An $id or $anchor is no valid URI, or occurs twice.
    return [{ path: [], message: `cannot be applied: ${(error as Error).message}` }];
  }
}

function errorsIn(schema: unknown, path: readonly (string | number)[], root: unknown): KeywordError[] {
  if (typeof schema === "boolean" && path.length > 0) return [];
  if (!isRecord(schema)) return [{ path, message: "must be a JSON Schema, which is an object" }];
  if (path.length > MAX_LEVELS) return [{ path, message: `is nested deeper than ${MAX_LEVELS} levels` }];
  const faults: KeywordError[] = [];
  const wrong = (key: string, message: string) => faults.push({ path: [...path, key], message });
  if (schema.$recursiveRef !== undefined) wrong("$recursiveRef", "is not supported; write $ref");
  for (const [key, value] of Object.entries(schema)) {
    const at = [...path, key];
    if (SCHEMAS.includes(key)) faults.push(...errorsIn(value, at, root));
    else if (LISTS.includes(key)) {
      if (!Array.isArray(value) || value.length === 0) wrong(key, "must be a list of schemas");
      else value.forEach((each, index) => void faults.push(...errorsIn(each, [...at, index], root)));
    } else if (MAPS.includes(key)) {
      if (!isRecord(value)) wrong(key, "must be an object of schemas");
      else for (const [name, each] of Object.entries(value)) faults.push(...errorsIn(each, [...at, name], root));
      if (key === "patternProperties" && isRecord(value))
        for (const name of Object.keys(value)) {
          const fault = patternError(name);
          if (fault !== undefined) faults.push({ path: [...at, name], message: fault });
        }
    } else if (key === "type") {
      for (const type of Array.isArray(value) ? value : [value])
        if (!TYPES.includes(type as string)) wrong(key, `${JSON.stringify(type)} is none of ${TYPES.join(", ")}`);
    } else if (key === "required") {
      if (!Array.isArray(value) || value.some((name) => typeof name !== "string"))
        wrong(key, "must be a list of names");
    } else if (key === "enum") {
      if (!Array.isArray(value)) wrong(key, "must be a list of values");
    } else if (key === "pattern") {
      const fault = patternError(value);
      if (fault !== undefined) wrong(key, fault);
    } else if (NAMES.includes(key)) {
      if (typeof value !== "string") wrong(key, "must be text");
    } else if (key === "$ref" || key === "$dynamicRef") {
      if (typeof value !== "string" || !/^#(?:\/|$)/.test(value))
        wrong(key, 'must begin with "#/": Baton reads no other document');
      else if (!resolves(root, value)) wrong(key, `there is no ${value} in the schema`);
    } else if (NUMBERS.includes(key)) {
      if (typeof value !== "number") wrong(key, "must be a number");
    } else if (COUNTS.includes(key)) {
      if (!Number.isInteger(value) || (value as number) < 0) wrong(key, "must be a whole number");
    }
  }
  return faults;
}

function resolves(root: unknown, pointer: string): boolean {
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = decoded(part)?.replaceAll("~1", "/").replaceAll("~0", "~");
    if (key === undefined || typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function patternError(value: unknown): string | undefined {
  const fault = "must be a regular expression";
  if (typeof value !== "string") return fault;
  const wrong = findPatternError(value, "u");
  return wrong?.kind === "refused" ? `is a regular expression that ${wrong.message}` : wrong && fault;
}
