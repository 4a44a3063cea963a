import { Validator } from "@cfworker/json-schema";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { tooCostly } from "./schema-cost.ts";

/** Mistakes of one value that are told. */
const TOLD = 8;
/** There may be as many as there are values. */
const MOST_LOOKED_AT = 2_000;

const validators = new WeakMap<JsonSchema, Validator>();

/** What of a value does not fit a JSON Schema (draft 2020-12), in words that name the place; empty: it fits. */
export function schemaErrors(schema: JsonSchema, value: JsonValue): string[] {
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
  const looked = errors.slice(0, MOST_LOOKED_AT);
  // What only says that something inside does not fit adds nothing to what says where.
  const around = new Set(looked.flatMap(({ keywordLocation }) => ancestorsOf(keywordLocation)));
  const leaves = looked.filter((error) => error.keyword !== "false" && !around.has(error.keywordLocation));
  const told = leaves.map(({ instanceLocation, error }) => {
    const place = instanceLocation === "#" ? "output" : `output${instanceLocation.slice(1).replaceAll("/", ".")}`;
    return `${place}: ${error.replace(/\.$/, "").replace(/^Instance /, "")}`;
  });
  return [...new Set(told)].slice(0, TOLD);
}

/** The places of a schema in which a place stands. */
function ancestorsOf(location: string): string[] {
  const found: string[] = [];
  for (let end = location.lastIndexOf("/"); end > 0; end = location.lastIndexOf("/", end - 1))
    found.push(location.slice(0, end));
  return found;
}
