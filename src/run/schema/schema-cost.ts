import { err, ok, type Result } from "../../model/data/result.ts";
import { isRecord, sizeError } from "../../model/json.ts";
import { matchingSteps, matchRefusal } from "../../model/regex/matching.ts";
import { groupDigits } from "../../model/text/format.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** Keywords whose schemas concern the value itself, the items of a list, and the members of an object. */
const SAME_VALUE = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
const ITEMS = ["items", "additionalItems", "prefixItems", "contains", "unevaluatedItems"];
const MEMBERS = ["patternProperties", "unevaluatedProperties"];
/** Keywords whose schemas have names. */
const BY_NAME = ["dependentSchemas", "dependencies", "patternProperties"];

/**
 * Together about a second. A step is about a microsecond: one schema applied to one value, or 1,000 characters tried
 * by a pattern.
 */
const MAX_STEPS = 1_200_000;
const CHARACTERS_PER_STEP = 1_000;
/** Pairs of a place in the schema and a place in the value. */
const MAX_PAIRS = 200_000;
/** How deep schemas may lead to one another. */
const MAX_SCHEMA_DEPTH = 1_000;
/** Checks of formats are regular expressions too, and not ours. */
const MAX_FORMATTED_CHARACTERS = 10_000;

class SchemaRefused extends Error {}

/**
 * Why a schema must not be applied to a value. Applying one blocks everything else, so its cost is known before. Where
 * two schemas lead to the same one, the library follows it twice, so checking even a short schema may never end. This
 * looks at each pair of schema and value once, and counts its cost as often as the library meets it. It looks only
 * where the schema reaches, so long text beside a short schema does no harm.
 */
export function costRefusal(schema: JsonSchema, value: JsonValue): string | undefined {
  const work = schemaSteps(schema, value);
  if (!work.ok) return work.error;
  if (work.value <= MAX_STEPS) return undefined;
  return `the schema cannot be applied: it would take more than ${groupDigits(MAX_STEPS)} steps with this output`;
}

/** How many steps it takes at most to apply a schema to a value, or why Baton must not apply it at all. */
export function schemaSteps(schema: JsonSchema, value: JsonValue): Result<number, string> {
  const large = sizeError(schema);
  if (large !== undefined) return err(`the schema cannot be applied: it ${large}`);
  try {
    return ok(new StepCounter(schema).count(schema, value, "output"));
  } catch (error) {
    if (!(error instanceof SchemaRefused)) throw error;
    return err(error.message);
  }
}

const schemaRefused = (message: string) => new SchemaRefused(`the schema cannot be applied: ${message}`);

class StepCounter {
  private readonly counted = new Map<object, Map<JsonValue, number | "open">>();
  private pairs = 0;
  private depth = 0;
  /** Whether a part has an address of its own and another refers to it: the library would start from there. */
  private hasNestedId = false;
  private hasRef = false;

  constructor(private readonly root: JsonSchema) {}

  /** Counts the steps that it takes to apply a schema to a value. */
  count(at: unknown, value: JsonValue, place: string): number {
    if (!isRecord(at)) return 1;
    const before = this.counted.get(at) ?? new Map<JsonValue, number | "open">();
    this.counted.set(at, before);
    const known = before.get(value);
    if (known === "open") throw schemaRefused("it refers to itself endlessly");
    if (known !== undefined) return known;
    if (++this.pairs > MAX_PAIRS) throw schemaRefused("it and the output are too large together");
    if (++this.depth > MAX_SCHEMA_DEPTH) throw schemaRefused("its parts refer to each other too deeply");
    before.set(value, "open");
    const steps = this.countOwn(at, value, place) + this.countInside(at, value, place);
    before.set(value, steps);
    this.depth--;
    return steps;
  }

  private countOwn(at: Record<string, unknown>, value: JsonValue, place: string): number {
    if (at.$recursiveRef !== undefined) throw schemaRefused("$recursiveRef is not read: write $ref");
    this.hasNestedId ||= typeof at.$id === "string" && at !== this.root;
    this.hasRef ||= at.$ref !== undefined;
    if (this.hasNestedId && this.hasRef) throw schemaRefused("an $id inside it changes what its $ref means");
    let steps = 1 + lengthOf(at.required) + lengthOf(at.type) + sizeOf(at.properties);
    if (at.$ref !== undefined) steps += this.count(resolveRef(this.root, at.$ref), value, place);
    for (const key of SAME_VALUE) steps += this.countKeyword(at, key, value, place);
    // An error quotes all allowed values.
    if (at.enum !== undefined) steps += (treeSize(at.enum) * (isTree(value) ? 4 : 1)) / 4;
    if (at.const !== undefined) steps += treeSize(at.const) / 4;
    return steps;
  }

  private countKeyword(at: Record<string, unknown>, key: string, value: JsonValue, place: string): number {
    const schemas = at[key];
    if (schemas === undefined) return 0;
    const all = BY_NAME.includes(key) && isRecord(schemas) ? Object.values(schemas) : [schemas].flat();
    return all.reduce<number>((sum, schema) => sum + this.count(schema, value, place), 0);
  }

  private countInside(at: Record<string, unknown>, value: JsonValue, place: string): number {
    if (typeof value === "string") return this.countText(at, value, place);
    if (Array.isArray(value)) return this.countItems(at, value, place);
    return isRecord(value) ? this.countMembers(at, value, place) : 0;
  }

  private countText({ pattern, format }: Record<string, unknown>, value: string, place: string): number {
    const steps = value.length / CHARACTERS_PER_STEP + this.countPattern(pattern, value, place);
    if (typeof format !== "string") return steps;
    if (format === "url") throw schemaRefused('checking its format "url" may never end: use "uri"');
    if (value.length > MAX_FORMATTED_CHARACTERS)
      throw new SchemaRefused(
        `${place}: is ${value.length} characters long; the format ${format} can be applied to ${MAX_FORMATTED_CHARACTERS} at most`,
      );
    return steps + value.length ** 2 / CHARACTERS_PER_STEP;
  }

  private countPattern(source: unknown, text: string, place: string): number {
    if (typeof source !== "string") return 0;
    const refused = matchRefusal(source, text.length, "u");
    if (refused?.kind === "refused") throw schemaRefused(`its pattern ${source} ${refused.message}`);
    if (refused?.kind === "too long")
      throw new SchemaRefused(
        `${place}: is ${text.length} characters long; the pattern ${source} can be applied to ${refused.maxLength} at most`,
      );
    return 1 + matchingSteps(source, text.length, "u") / CHARACTERS_PER_STEP;
  }

  private countItems(at: Record<string, unknown>, value: readonly JsonValue[], place: string): number {
    let steps = 0;
    for (const key of ITEMS)
      if (at[key] !== undefined)
        for (const [index, item] of value.entries()) steps += this.countKeyword(at, key, item, `${place}.${index}`);
    // The library compares each item with every other.
    if (at.uniqueItems === true) {
      const comparisons = value.some(isTree)
        ? value.reduce<number>((sum, item) => sum + treeSize(item), 0)
        : value.length / 64;
      steps += (value.length * comparisons) / 8;
    }
    return steps;
  }

  private countMembers(at: Record<string, unknown>, value: Record<string, unknown>, place: string): number {
    const named = isRecord(at.properties) ? at.properties : {};
    const patterns = isRecord(at.patternProperties) ? Object.keys(at.patternProperties) : [];
    let steps = 0;
    for (const [name, one] of Object.entries(value)) {
      const member = one as JsonValue;
      const inside = `${place}.${name}`;
      steps += 1 + this.count(Object.hasOwn(named, name) ? named[name] : at.additionalProperties, member, inside);
      for (const key of MEMBERS) steps += this.countKeyword(at, key, member, inside);
      if (at.propertyNames !== undefined) steps += this.count(at.propertyNames, name, inside);
      for (const source of patterns) steps += this.countPattern(source, name, inside);
    }
    return steps;
  }
}
const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
const sizeOf = (value: unknown): number => (isRecord(value) ? Object.keys(value).length / 8 : 0);

const treeSizes = new WeakMap<object, number>();

/** How many values one holds, plus a tenth of its characters. */
function treeSize(value: unknown): number {
  if (typeof value === "string") return 1 + value.length / 10;
  if (!isTree(value)) return 1;
  const known = treeSizes.get(value);
  if (known !== undefined) return known;
  const size = Object.values(value).reduce<number>((sum, one) => sum + treeSize(one), 1);
  treeSizes.set(value, size);
  return size;
}

function resolveRef(schema: JsonSchema, pointer: unknown): unknown {
  if (typeof pointer !== "string" || !/^#(?:\/|$)/.test(pointer)) return undefined;
  let found: unknown = schema;
  for (const part of pointer.split("/").slice(1)) {
    const key = decodePart(part).replaceAll("~1", "/").replaceAll("~0", "~");
    found = isRecord(found) || Array.isArray(found) ? (found as Record<string, unknown>)[key] : undefined;
  }
  return found;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
