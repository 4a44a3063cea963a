import type { z } from "zod";
import { groupDigits } from "./format.ts";

/** The words for zod's type names. */
export const ZOD_TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** The words for a type name that zod or JavaScript uses. */
const typeWords = (type: string): string => ZOD_TYPE_WORDS[type] ?? type;

/** The kind of a value, without the value: it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  return typeWords(Array.isArray(value) ? "array" : typeof value);
}

/** zod's units by the origin of a size. */
const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries", object: " fields" };

/**
 * Says in plain words what a schema found. An error map for zod; a message that the schema itself gives wins.
 * `undefined` leaves the words to zod.
 */
export const plainIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      // Text that a schema reads as a number arrives as NaN.
      if (Number.isNaN(issue.input)) return "must be a number";
      return `must be ${typeWords(issue.expected)}, not ${kindOf(issue.input)}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_union": {
      const inner = issue.errors.flat();
      const types = inner.flatMap((one) =>
        one.code === "invalid_type" && one.path.length === 0 ? [one.expected] : [],
      );
      if (types.length < inner.length || types.length === 0) return inner[0]?.message;
      return `must be ${[...new Set(types)].map(typeWords).join(" or ")}, not ${kindOf(issue.input)}`;
    }
    case "too_small": {
      if (issue.origin === "string" && issue.minimum === 1) return "must not be empty";
      return `must ${bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    }
    case "too_big":
      return `must ${bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "unrecognized_keys":
      return `has the unknown ${issue.keys.length === 1 ? "field" : "fields"} ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_format":
      return issue.format === "regex" ? `must match ${issue.pattern}` : undefined;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return undefined;
  }
};

function bound(origin: string, sign: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit === undefined
    ? `be ${sign} ${groupDigits(Number(limit))}`
    : `have ${sign} ${groupDigits(Number(limit))}${unit}`;
}
