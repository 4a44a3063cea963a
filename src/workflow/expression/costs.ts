import { judgingSteps, matchingSteps } from "../../model/regex/matching.ts";
import type { Budget } from "./budget.ts";

/*
 * What an operation costs beyond the step of being reached: only what its operands' size adds. One step is about a
 * hundred nanoseconds, in which some sixty characters are copied or compared, and a few values looked at.
 */

const CHARACTERS_PER_STEP = 64;

/** What a value costs the operation that gets it: text, which the operation will scan. */
export function chargeValue(value: unknown, budget: Budget): void {
  if (typeof value === "string" && value.length >= CHARACTERS_PER_STEP)
    budget.spend(Math.floor(value.length / CHARACTERS_PER_STEP));
}

/** Charges an operator for its operands. */
export function chargeOperator(operator: string, left: unknown, right: unknown, budget: Budget): void {
  if (typeof left !== "object" && typeof right !== "object") return;
  switch (operator) {
    case "==":
    case "!=":
      if (sizeOf(left) === sizeOf(right)) chargeTree(left, budget);
      return;
    case "in":
      if (Array.isArray(right)) chargeSearch(left, right, budget);
      return;
    case "+":
      budget.spend(Math.floor((sizeOf(left) + sizeOf(right)) / 4));
  }
}

/** `in` compares with each element. */
function chargeSearch(sought: unknown, list: readonly unknown[], budget: Budget): void {
  if (typeof sought === "string") budget.spend(list.length * (1 + Math.floor(sought.length / CHARACTERS_PER_STEP)));
  else if (typeof sought !== "object" || sought === null) budget.spend(list.length);
  else {
    const before = budget.spent;
    chargeTree(sought, budget);
    budget.spend(list.length * (budget.spent - before));
  }
}

/**
 * Every value inside, as often as it appears. Comparing two equal trees visits them that way, even if parts of them
 * are one object.
 */
function chargeTree(value: unknown, budget: Budget): void {
  const open = [value];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    budget.spend(1);
    chargeValue(one, budget);
    if (one instanceof Uint8Array) budget.spend(Math.floor(one.length / 16));
    else if (isContainer(one)) for (const member of membersOf(one)) open.push(member);
  }
}

type Container = readonly unknown[] | ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

/** A list or a map, in any form that the expression language knows. */
export function isContainer(value: unknown): value is Container {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || value instanceof Map || Object.getPrototypeOf(value) === Object.prototype;
}

function membersOf(value: Container): Iterable<unknown> {
  if (Array.isArray(value)) return value;
  return value instanceof Map ? value.values() : Object.values(value);
}

/** Characters, bytes or members. */
function sizeOf(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return isContainer(value) ? Object.keys(value).length : 0;
}

/** What a loop costs before its first round: the keys of a map are copied. */
export function chargeLoop(over: unknown, budget: Budget): void {
  if (!Array.isArray(over)) budget.spend(sizeOf(over));
}

/** Charges a function, or a method on its first argument. */
export function chargeCall(name: string, [target, first]: readonly unknown[], budget: Budget): void {
  const size = sizeOf(target);
  switch (name) {
    case "contains":
    case "indexOf":
    case "lastIndexOf":
      // In the worst case, everything sought is compared at every place.
      return budget.spend(Math.ceil((size * sizeOf(first)) / 256));
    case "split":
      return budget.spend(Math.ceil((size * sizeOf(first)) / 256 + size / 4));
    case "join":
      return chargeJoin(target, sizeOf(first), budget);
    case "size":
      // Characters of text are counted one by one.
      return budget.spend(typeof target === "string" ? Math.ceil(size / 4) : isContainer(target) ? 1 : 0);
    case "json":
      return budget.spend(Math.ceil(size / 4));
    case "duration":
      // Digits without a unit: the library tries every way to split them into two numbers, from each of them on.
      return budget.spend(Math.ceil(size ** 3 / CHARACTERS_PER_STEP));
    case "matches":
      return chargePattern(first, size, budget);
    default:
      if (target instanceof Date && first !== undefined) return budget.spend(TIME_ZONE_STEPS);
      return budget.spend(target instanceof Uint8Array ? Math.ceil(size / 16) : Math.floor(size / 16));
  }
}

/** Every call looks a time zone up again. */
const TIME_ZONE_STEPS = 4_000;

function chargeJoin(target: unknown, separator: number, budget: Budget): void {
  if (!Array.isArray(target)) return;
  let characters = separator * target.length;
  for (const one of target) characters += typeof one === "string" ? one.length : 0;
  budget.spend(target.length + Math.ceil(characters / 4));
}

/** A pattern is judged once, and applied as often as it is met. */
function chargePattern(source: unknown, length: number, budget: Budget): void {
  if (typeof source !== "string") return;
  if (budget.isFirstUse(source)) budget.spend(judgingSteps(source));
  budget.spend(Math.ceil(10 + matchingSteps(source, length, "u") / 256));
}
