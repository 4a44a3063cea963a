import { costOf } from "../model/backtracking.ts";
import type { JsonSchema } from "../model/worker.ts";
import type { JsonValue } from "../model/workflow.ts";

/** Keywords whose schemas are about the value itself, about what is in a list, about what is in an object. */
const ITSELF = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"];
const ITEMS = ["items", "prefixItems", "contains", "unevaluatedItems"];
const MEMBERS = ["patternProperties", "unevaluatedProperties"];
/** Those whose schemas have names. */
const BY_NAME = ["dependentSchemas", "patternProperties"];

/**
 * Why a schema's patterns must not be applied to a value: matching blocks everything else, so what it may cost is known before. Looks
 * where the schema's patterns reach, so that long text beside a short one harms nobody.
 */
export function tooCostly(schema: JsonSchema, value: JsonValue): string | undefined {
  const looked = new Map<object, Set<JsonValue>>();
  const match = (source: unknown, text: string, place: string): string | undefined => {
    if (typeof source !== "string") return undefined;
    const { refused, longest = Number.POSITIVE_INFINITY } = costOf(source);
    if (refused !== undefined) return `the schema cannot be applied: its pattern ${source} ${refused}`;
    if (text.length <= longest) return undefined;
    return `${place}: is ${text.length} characters long; the pattern ${source} can be applied to ${longest} at most`;
  };
  const under = (at: Record<string, unknown>, key: string, value: JsonValue, place: string): string | undefined => {
    const schemas = at[key];
    for (const schema of BY_NAME.includes(key) && isMap(schemas) ? Object.values(schemas) : [schemas].flat()) {
      const fault = look(schema, value, place);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  const look = (at: unknown, value: JsonValue, place: string): string | undefined => {
    if (!isMap(at)) return undefined;
    const before = looked.get(at) ?? new Set();
    if (before.has(value)) return undefined;
    looked.set(at, before.add(value));
    let fault = look(resolved(schema, at.$ref), value, place);
    for (const key of ITSELF) fault ??= under(at, key, value, place);
    if (typeof value === "string") return fault ?? match(at.pattern, value, place);
    if (typeof value !== "object" || value === null) return fault;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        for (const key of ITEMS) fault ??= under(at, key, item, `${place}.${index}`);
      return fault;
    }
    const named = isMap(at.properties) ? at.properties : {};
    for (const [name, member] of Object.entries(value)) {
      const inside = `${place}.${name}`;
      const own = Object.hasOwn(named, name);
      fault ??= own ? look(named[name], member, inside) : look(at.additionalProperties, member, inside);
      for (const key of MEMBERS) fault ??= under(at, key, member, inside);
      fault ??= look(at.propertyNames, name, inside);
      if (isMap(at.patternProperties))
        for (const source of Object.keys(at.patternProperties)) fault ??= match(source, name, inside);
    }
    return fault;
  };
  return look(schema, value, "output");
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function resolved(schema: JsonSchema, pointer: unknown): unknown {
  if (typeof pointer !== "string" || !/^#(?:\/|$)/.test(pointer)) return undefined;
  let found: unknown = schema;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isMap(found) || Array.isArray(found) ? (found as Record<string, unknown>)[key] : undefined;
  }
  return found;
}
