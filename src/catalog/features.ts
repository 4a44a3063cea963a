import type { CapabilityIssue, CapabilityOperation } from "../model/capability.ts";
import { isRecord } from "../model/json.ts";
import type { Frontmatter } from "./frontmatter/frontmatter.ts";
import { own, plain, slugOf, textOf, textsOf } from "./text.ts";

/** The parsed `capabilities` key: a list of words, or of operations with their schemas. */
export interface Features {
  readonly features: CapabilityOperation[];
  readonly words: string[];
  readonly findings: CapabilityIssue[];
}

const SCHEMAS = [
  ["inputSchema", "input_schema"],
  ["outputSchema", "output_schema"],
] as const;

/** Longer schemas would swell every listing. */
const MAX_SCHEMA_CHARACTERS = 32_000;

export function featuresOf(given: unknown, { typed, lineOf }: Frontmatter): Features {
  const items: unknown[] = Array.isArray(given) ? given : [];
  const findings: CapabilityIssue[] = [];
  const features: CapabilityOperation[] = [];
  // Only if there may be schemas, since it takes a second parse.
  const typedItems = items.some(isRecord) ? typed("capabilities") : undefined;
  items.forEach((item, index) => {
    const name = textOf(own(item, "name")) ?? textOf(own(item, "id"));
    if (name === undefined) return;
    const id = textOf(own(item, "id")) ?? slugOf(name);
    const feature: CapabilityOperation = { id, name, description: textOf(own(item, "description")) ?? "" };
    for (const [key, alias] of SCHEMAS) {
      const typedItem = Array.isArray(typedItems) ? typedItems[index] : undefined;
      const schema = own(typedItem, key) ?? own(typedItem, alias);
      const fault = schema === undefined ? undefined : schemaProblem(schema);
      if (fault !== undefined) findings.push(refused(`the ${key} of "${id}"`, fault, lineOf("capabilities")));
      else if (schema !== undefined) feature[key] = plain(schema) as Record<string, unknown>;
    }
    features.push(feature);
  });
  return { features, words: textsOf(given), findings };
}

/** Reads a JSON Schema from the first of `keys` that holds a map. */
export function schemaOf(
  keys: readonly string[],
  fields: unknown,
  { typed, lineOf }: Frontmatter,
): { schema?: Record<string, unknown>; findings: CapabilityIssue[] } {
  const key = keys.find((key) => isRecord(own(fields, key)));
  const schema = key === undefined ? undefined : typed(key);
  if (key === undefined || schema === undefined) return { findings: [] };
  const fault = schemaProblem(schema);
  if (fault !== undefined) return { findings: [refused(`the ${key}`, fault, lineOf(key))] };
  return { schema: plain(schema) as Record<string, unknown>, findings: [] };
}

const refused = (what: string, fault: string, line: number | undefined): CapabilityIssue => ({
  code: "schema-refused",
  effect: "repaired",
  ...(line !== undefined && { line }),
  message: `${what} ${fault}; Baton ignores it`,
  mend: "Write a JSON Schema that refers to no other document.",
});

const DATA = new Set(["enum", "const", "default", "examples"]);
const TYPES = new Set(["object", "array", "string", "number", "integer", "boolean", "null"]);

/** Says why a value is no usable schema. Never compiles the schema and never fetches a reference. */
function schemaProblem(schema: unknown): string | undefined {
  if (!isRecord(schema)) return "is not a map";
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARACTERS)
    return `is longer than ${MAX_SCHEMA_CHARACTERS} characters`;
  return problemInside(schema);
}

function problemInside(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(problemInside).find((fault) => fault !== undefined);
  if (!isRecord(value)) return undefined;
  const type = own(value, "type");
  if (typeof type === "string" && !TYPES.has(type)) return `has an unknown type "${type.slice(0, 40)}"`;
  for (const key of ["$ref", "$dynamicRef"]) {
    const reference = own(value, key);
    if (typeof reference === "string" && !reference.startsWith("#")) return `refers to "${reference.slice(0, 60)}"`;
  }
  // These keys hold data, even if it looks like a schema.
  return problemInside(Object.keys(value).flatMap((key) => (DATA.has(key) ? [] : [value[key]])));
}
