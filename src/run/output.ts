import { Validator } from "@cfworker/json-schema";
import type { JsonSchema } from "../model/worker.ts";
import type { JsonValue } from "../model/workflow.ts";
import { tooCostly } from "./patterns.ts";

/** Mistakes of one value that are told. */
const TOLD = 8;

const validators = new WeakMap<JsonSchema, Validator>();

/** What of a value does not fit a JSON Schema (draft 2020-12), in words that name the place; empty: it fits. */
export function misfits(schema: JsonSchema, value: JsonValue): string[] {
  const costly = tooCostly(schema, value);
  if (costly !== undefined) return [costly];
  let errors: ReturnType<Validator["validate"]>["errors"];
  try {
    const validator = validators.get(schema) ?? new Validator(schema, "2020-12", false);
    validators.set(schema, validator);
    ({ errors } = validator.validate(value));
  } catch (error) {
    // A schema that refers to itself without end, or names itself in no way: then nothing fits it, and its author has to hear why.
    return [`the schema cannot be applied: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`];
  }
  // What only says that something inside does not fit adds nothing to what says where.
  const leaves = errors.filter(
    (error) =>
      error.keyword !== "false" &&
      !errors.some((other) => other !== error && other.keywordLocation.startsWith(`${error.keywordLocation}/`)),
  );
  const told = leaves.map(({ instanceLocation, error }) => {
    const place = instanceLocation === "#" ? "output" : `output${instanceLocation.slice(1).replaceAll("/", ".")}`;
    return `${place}: ${error.replace(/\.$/, "").replace(/^Instance /, "")}`;
  });
  return [...new Set(told)].slice(0, TOLD);
}
