import { type Environment, Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { err, ok, type Result } from "../../model/data/result.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { type Budget, BudgetExceeded } from "./budget.ts";

/** How many values one parameter or output may give an expression. */
const MAX_INPUT_VALUES = 1_000_000;

/** Data in the expression language's form, and how many values it holds. */
interface CelForm {
  readonly made: unknown;
  readonly values: number;
}

/**
 * Plain data in the expression language's form. Whole numbers become integers, so that `l[0]` and `n % 2` work.
 * Objects become Maps, because a plain object would confuse a key named `constructor` with the object's class.
 */
export function toCel(value: JsonValue): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value !== "object" || value === null ? value : celFormOf(value).made;
}

function celFormOf(value: JsonValue[] | JsonObject): CelForm {
  const before = converted.get(value);
  if (before !== undefined) return before;
  let values = 1;
  const member = (one: JsonValue): unknown => {
    const isTree = typeof one === "object" && one !== null;
    values += isTree ? celFormOf(one).values : 1;
    if (values > MAX_INPUT_VALUES)
      throw new BudgetExceeded(
        `reads data of more than ${groupDigits(MAX_INPUT_VALUES)} values`,
        "Write it to a file and pass the file's path.",
      );
    return toCel(one);
  };
  const made = Array.isArray(value)
    ? value.map(member)
    : new Map(Object.entries(value).map(([key, one]) => [key, member(one)]));
  const twin = { made, values };
  converted.set(value, twin);
  return twin;
}

/** Plain data never changes once a run holds it, so it is converted once, however many expressions read it. */
const converted = new WeakMap<object, CelForm>();

/**
 * A result as plain data, without the expression language's own types. An integer too large for a JSON number becomes
 * its digits as text, a timestamp ISO 8601 text, a duration text such as `90s`, an absent optional null.
 */
export function fromCel(value: unknown, budget: Budget): Result<JsonValue, string> {
  try {
    return ok(toJsonValue(value, budget));
  } catch (error) {
    if (error instanceof NotJson) return err(error.message);
    throw error;
  }
}

class NotJson extends Error {}

function toJsonValue(value: unknown, budget: Budget): JsonValue {
  budget.countResult(typeof value === "string" ? value.length : 1);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "bigint":
      return fromInteger(value);
    case "number":
      if (Number.isFinite(value)) return value;
      throw new NotJson(`the result is ${value}, which is not a number in JSON`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((member) => toJsonValue(member, budget));
  if (value instanceof Map) return fromEntries(value, budget);
  if (value instanceof UnsignedInt) return fromInteger(value.valueOf());
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Duration) return value.toString();
  if (value instanceof Optional) return value.hasValue() ? toJsonValue(value.value(), budget) : null;
  if (value instanceof Uint8Array) throw new NotJson("the result is bytes, which JSON cannot hold");
  if (Object.getPrototypeOf(value) === Object.prototype) return fromEntries(Object.entries(value as object), budget);
  throw new NotJson(
    "the result is a type of the expression language (a parameter of that name is read as parameters.<name>)",
  );
}

function fromInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function fromEntries(entries: Iterable<readonly [unknown, unknown]>, budget: Budget): JsonObject {
  const members: [string, JsonValue][] = [];
  for (const [key, member] of entries) {
    const name = String(key);
    budget.countResult(name.length);
    members.push([name, toJsonValue(member, budget)]);
  }
  return Object.fromEntries(members);
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

/** Makes `1 + 0.5` and `1 == 1.0` work: in JSON, being whole is an accident and no type. */
export function mixNumbers(environment: Environment): Environment {
  for (const [operator, apply] of Object.entries(ARITHMETIC)) {
    const mixed = (left: unknown, right: unknown) => apply(Number(left), Number(right));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  return environment.registerOperator("int == double: bool", (left, right) => Number(left) === Number(right));
}
