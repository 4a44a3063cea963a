import { Validator } from "@cfworker/json-schema";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { costRefusal } from "./schema-cost.ts";

/** How many errors of one value are listed. */
const MAX_LISTED_ERRORS = 8;
/** There may be as many errors as values. */
const MAX_INSPECTED_ERRORS = 2_000;

const validators = new WeakMap<JsonSchema, Validator>();

/** One thing about a value that does not fit a schema. */
export interface SchemaFinding {
  /** The place in the value, as keys. */
  readonly place: readonly string[];
  /** The keywords of the schema that lead to the one that does not hold, and that one. */
  readonly keywords: readonly string[];
  readonly message: string;
}

/** Why a value does not fit a JSON Schema (draft 2020-12), in words that name the place; empty if it fits. */
export function schemaErrors(schema: JsonSchema, value: JsonValue, name = "output"): string[] {
  const found = schemaFindings(schema, value);
  if (!found.ok) return [found.error];
  const messages = found.value.map(({ place, message }) => `${[name, ...place].join(".")}: ${message}`);
  return [...new Set(messages)].slice(0, MAX_LISTED_ERRORS);
}

/** Everything about a value that does not fit a schema, or why the schema cannot be applied to it. */
export function schemaFindings(schema: JsonSchema, value: JsonValue): Result<SchemaFinding[], string> {
  const refusal = costRefusal(schema, value);
  if (refusal !== undefined) return err(refusal);
  let errors: ReturnType<Validator["validate"]>["errors"];
  try {
    const validator = validators.get(schema) ?? new Validator(schema, "2020-12", false);
    validators.set(schema, validator);
    ({ errors } = validator.validate(value));
  } catch (error) {
    // The schema refers to itself without end, or to nothing. Then no value fits, and its author must learn why.
    return err(
      `the schema cannot be applied: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
  const inspected = errors.slice(0, MAX_INSPECTED_ERRORS);
  // An error that only says that something inside does not fit adds nothing to the one that says where.
  const enclosing = new Set(inspected.flatMap(({ keywordLocation }) => ancestorsOf(keywordLocation)));
  const leaves = inspected.filter((error) => error.keyword !== "false" && !enclosing.has(error.keywordLocation));
  return ok(
    leaves.map(({ instanceLocation, keywordLocation, error }) => ({
      place: instanceLocation.split("/").slice(1),
      keywords: keywordLocation.split("/").slice(1),
      message: error.replace(/\.$/, "").replace(/^Instance /, ""),
    })),
  );
}

/** The places of a schema that hold a place. */
function ancestorsOf(location: string): string[] {
  const found: string[] = [];
  for (let end = location.lastIndexOf("/"); end > 0; end = location.lastIndexOf("/", end - 1))
    found.push(location.slice(0, end));
  return found;
}
