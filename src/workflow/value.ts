import { type Environment, Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { err, ok, type Result } from "../model/result.ts";
import type { JsonValue } from "../model/workflow.ts";

/**
 * Plain data as the expression language wants it: whole numbers as integers (so that `l[0]` and `n % 2` work), objects as
 * Maps, because in a plain object a key named `constructor` would be taken for the object's class.
 */
export function toCel(value: JsonValue): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  const before = converted.get(value);
  if (before !== undefined) return before;
  const made = Array.isArray(value)
    ? value.map(toCel)
    : new Map(Object.entries(value).map(([key, member]) => [key, toCel(member)]));
  converted.set(value, made);
  return made;
}

/** Plain data never changes once a run holds it, so its twin is made once however many expressions read it. */
const converted = new WeakMap<object, unknown>();

/**
 * A result as plain data; nothing of the expression language's own types gets out. An integer too large for a JSON number
 * becomes its digits as text, a timestamp ISO 8601 text, a duration text such as `90s`, an absent optional null.
 */
export function fromCel(value: unknown): Result<JsonValue, string> {
  switch (typeof value) {
    case "string":
    case "boolean":
      return ok(value);
    case "bigint":
      return ok(fromInteger(value));
    case "number":
      return Number.isFinite(value) ? ok(value) : err(`the result is ${value}, which is not a number in JSON`);
  }
  if (value === null) return ok(null);
  if (Array.isArray(value)) return fromList(value);
  if (value instanceof Map) return fromEntries([...value]);
  if (value instanceof UnsignedInt) return ok(fromInteger(value.valueOf()));
  if (value instanceof Date) return ok(value.toISOString());
  if (value instanceof Duration) return ok(value.toString());
  if (value instanceof Optional) return value.hasValue() ? fromCel(value.value()) : ok(null);
  if (value instanceof Uint8Array) return err("the result is bytes, which are not plain data");
  if (Object.getPrototypeOf(value) === Object.prototype) return fromEntries(Object.entries(value as object));
  return err("the result is a type of the expression language (a parameter of that name is read as parameters.<name>)");
}

function fromInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function fromList(list: readonly unknown[]): Result<JsonValue, string> {
  const members: JsonValue[] = [];
  for (const member of list) {
    const made = fromCel(member);
    if (!made.ok) return made;
    members.push(made.value);
  }
  return ok(members);
}

function fromEntries(entries: readonly (readonly [unknown, unknown])[]): Result<JsonValue, string> {
  const members: [string, JsonValue][] = [];
  for (const [key, member] of entries) {
    const made = fromCel(member);
    if (!made.ok) return made;
    members.push([String(key), made.value]);
  }
  return ok(Object.fromEntries(members));
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

/** Lets `1 + 0.5` and `1 == 1.0` work: in JSON, whether a number is whole is an accident, not a type. */
export function mixNumbers(environment: Environment): Environment {
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const mixed = (left: unknown, right: unknown) => apply(Number(left), Number(right));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  return environment.registerOperator("int == double: bool", (left, right) => Number(left) === Number(right));
}
