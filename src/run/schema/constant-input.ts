import { isRecord } from "../../model/json.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { type SchemaFinding, schemaFindings } from "./validate-output.ts";

/** What is wrong with an input whatever its templates give. */
export interface ConstantFindings {
  /** Names that the schema requires and the input does not have. */
  readonly missing: readonly string[];
  readonly others: readonly SchemaFinding[];
}

/** Keywords whose schemas need not hold for the whole to hold, so an unknown value leaves them open. */
const ALTERNATIVES = ["anyOf", "oneOf", "not", "if", "then", "else", "contains", "dependentSchemas"];
/** What a list or an object can miss whatever its members are. */
const ABOUT_MEMBERS = ["required", "additionalProperties", "type", "minItems", "maxItems", "minProperties"];

/**
 * Checks the input of a step before any template is filled in. Keys and values without `{{ }}` are known; the rest is
 * checked when the step starts.
 */
export function constantFindings(schema: JsonSchema, input: JsonValue | undefined): ConstantFindings {
  const value = input ?? {};
  const templates = templatesIn(value, []);
  // Even its kind is unknown.
  if (templates.some((place) => place.length === 0)) return { missing: [], others: [] };
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
  const missing = isRecord(value) ? required.filter((name) => !Object.hasOwn(value, name)) : [];
  const found = schemaFindings(schema, value);
  if (!found.ok) return { missing, others: [{ place: [], keywords: [], message: found.error }] };
  const others = found.value.filter(
    (one) => isCertain(one, templates) && !(one.place.length === 0 && one.keywords.join() === "required"),
  );
  return { missing, others };
}

type Place = readonly string[];

function isCertain({ place, keywords }: SchemaFinding, templates: readonly Place[]): boolean {
  if (templates.length === 0) return true;
  if (keywords.some((keyword) => ALTERNATIVES.includes(keyword))) return false;
  if (templates.some((template) => startsWith(place, template))) return false;
  const holdsTemplate = templates.some((template) => startsWith(template, place));
  return !holdsTemplate || ABOUT_MEMBERS.includes(keywords[keywords.length - 1] ?? "");
}

const startsWith = (place: Place, start: Place): boolean => start.every((key, at) => place[at] === key);

/** The places of texts that hold `{{`, encoded as in a JSON pointer. */
function templatesIn(value: JsonValue, at: Place): Place[] {
  if (typeof value === "string") return value.includes("{{") ? [at] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]) =>
    templatesIn(inside as JsonValue, [...at, key.replaceAll("~", "~0").replaceAll("/", "~1")]),
  );
}
