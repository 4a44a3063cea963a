import { z } from "zod";
import { groupDigits } from "./text/format.ts";

/** Plain data: what survives `JSON.parse(JSON.stringify(x))` unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Whether a value is an object with keys: not `null`, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deep equality of plain data. The order of keys does not count. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return left === right || Object.is(left, right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  const [here, there] = [left as Record<string, unknown>, right as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(there, key) && equalJson(here[key], there[key]));
}

/** Copies the fields that are not `undefined`. */
export function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) found[key] = fields[key];
  return found as never;
}

/** Far deeper than data that people hand on, and far from where recursion would exhaust the stack. */
export const MAX_LEVELS = 200;
export const TOO_DEEP = `nested deeper than ${MAX_LEVELS} levels`;

/** Whether more than `MOST_LEVELS` objects and lists are nested. Uses no recursion: an exhausted stack is no answer. */
export const isTooDeep = (value: unknown): boolean => jsonError(value, false) === TOO_DEEP;

/**
 * Why a value is not plain data; `undefined` if it is. A key such as `__proto__` is data like any other.
 * @param strict whether to look at the values inside, or only at the depth
 */
function jsonError(value: unknown, strict: boolean): string | undefined {
  const open: { readonly value: unknown; readonly level: number }[] = [{ value, level: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, level } = next;
    if (typeof value !== "object" || value === null) {
      if (!strict || value === null || typeof value === "string" || typeof value === "boolean") continue;
      if (typeof value === "number" && Number.isFinite(value)) continue;
      return typeof value === "number" ? "contains a number that JSON cannot represent" : "must be plain JSON data";
    }
    if (level === MAX_LEVELS) return TOO_DEEP;
    if (strict && !isPlainObject(value)) return "must be plain JSON data";
    for (const member of Array.isArray(value) ? value : Object.values(value)) {
      if (typeof member === "object" || strict) open.push({ value: member, level: level + 1 });
    }
  }
  return undefined;
}

function isPlainObject(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** zod's own schemas of JSON and of records recurse, and drop a key called `__proto__`. */
function plainJson(kind: "data" | "record") {
  return z.unknown().superRefine((value, context) => {
    const record = typeof value === "object" && value !== null && !Array.isArray(value);
    if (value === undefined || (kind === "record" && !record)) {
      const expected = kind === "record" ? "record" : "nonoptional";
      context.addIssue({ code: "invalid_type", expected, input: value, message: `must be ${EXPECTED[kind]}` });
      return;
    }
    const fault = jsonError(value, true);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  });
}

const EXPECTED = { data: "plain JSON data", record: "an object" } as const;

export const Json = plainJson("data") as unknown as z.ZodType<JsonValue>;
export const JsonRecord = plainJson("record").meta({ type: "object" }) as unknown as z.ZodType<JsonObject>;

/** Values in one schema. Applying a schema begins with visiting all of them. */
const MAX_PARTS = 20_000;

/** Why a schema is too large to inspect; `undefined` if it is small enough. */
export function sizeError(schema: unknown): string | undefined {
  const open = [schema];
  let parts = 0;
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (++parts > MAX_PARTS) return `has more than ${groupDigits(MAX_PARTS)} parts`;
    // No spread here: the list may have any length.
    if (typeof one === "object" && one !== null) for (const part of Object.values(one)) open.push(part);
  }
  return undefined;
}
