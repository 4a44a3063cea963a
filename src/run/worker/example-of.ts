import { isRecord } from "../../model/json.ts";
import { folded } from "../../model/text/plain.ts";
import { escapedLine } from "../../model/text/quoted.ts";
import { truncate } from "../../model/text/truncate.ts";

/** Characters of a whole example, but for the last `…`. The schema itself is what `read` gives. */
export const MAX_EXAMPLE_CHARACTERS = 1_600;
/** Schemas that one example looks at, so that a schema that branches at every level costs no time. */
const MAX_VISITED = 400;
const MAX_ALTERNATIVES = 4;
const MAX_LITERALS = 12;
const MAX_LITERAL_CHARACTERS = 40;
const MAX_REFERENCES = 8;
const MAX_REFERENCE_CHARACTERS = 400;
/** Names that cost as much as one schema. */
const NAMES_PER_VISIT = 50;

/** How much an example shows. The first form that is short enough is taken. */
interface Form {
  readonly depth: number;
  readonly fields: number;
  /** Characters of a description; 0: none. */
  readonly described: number;
  /** `false`: fields that may be absent are only hinted at. */
  readonly optional?: false;
}
const FORMS: readonly Form[] = [
  { depth: 8, fields: 40, described: 100 },
  { depth: 8, fields: 40, described: 0 },
  { depth: 4, fields: 20, described: 0 },
  { depth: 2, fields: 20, described: 0 },
];
/** For somebody who saw the example before. */
const REQUIRED_FIELDS: Form = { depth: 8, fields: 40, described: 0, optional: false };

/**
 * A JSON Schema as one line that looks like the value it asks for: `{"summary": "text", "size"?: "S" | "M"}`. Required
 * fields come first, `?` marks the others, `|` separates what is possible, and limits and descriptions stand in
 * parentheses. `only`: without the fields that may be absent, for somebody who saw the whole before. It never throws, whatever the schema is, and has at most `MAX_EXAMPLE_CHARACTERS` and one `…`.
 */
export function exampleOf(schema: unknown, only?: "required"): string {
  let text = only === undefined ? "" : new Example(schema, REQUIRED_FIELDS).text();
  if (text !== "" && text.length <= MAX_EXAMPLE_CHARACTERS) return text;
  for (const form of FORMS) {
    text = new Example(schema, form).text();
    if (text.length <= MAX_EXAMPLE_CHARACTERS) return text;
  }
  return truncate(text, MAX_EXAMPLE_CHARACTERS);
}

/** The example of a schema that no value fits. */
const NOTHING = "nothing";

type Schema = Readonly<Record<string, unknown>>;

class Example {
  private visited = 0;

  constructor(
    private readonly root: unknown,
    private readonly form: Form,
  ) {}

  text = (): string => this.of(this.root, "", this.form.depth);

  /** @param name the field that holds the value: it tells a path from other text */
  private of(given: unknown, name: string, depth: number): string {
    if (++this.visited > MAX_VISITED) return "…";
    if (given === false) return NOTHING;
    const schema = this.resolved(given);
    if (!schema) return "any";
    const notes = [...limitsOf(schema), ...this.descriptionOf(schema)];
    const value = this.valueOf(schema, name, depth);
    return notes.length === 0 ? value : `${value} (${notes.join("; ")})`;
  }

  private valueOf(schema: Schema, name: string, depth: number): string {
    if ("const" in schema) return literal(schema.const);
    if (Array.isArray(schema.enum))
      return alternatives(schema.enum.slice(0, MAX_LITERALS + 1).map(literal), MAX_LITERALS);
    if (Array.isArray(schema.examples) && schema.examples.length > 0) return literal(schema.examples[0]);
    const choices = [schema.anyOf, schema.oneOf].find((list) => Array.isArray(list) && list.length > 0);
    if (choices) {
      const shown = (choices as unknown[]).slice(0, MAX_ALTERNATIVES + 1);
      return alternatives(
        shown.map((one) => this.of(one, name, depth)),
        MAX_ALTERNATIVES,
      );
    }
    const types = typesOf(schema);
    return types.length === 0
      ? "any"
      : alternatives(
          types.map((type) => this.typed(schema, type, name, depth)),
          MAX_ALTERNATIVES,
        );
  }

  private typed(schema: Schema, type: string, name: string, depth: number): string {
    switch (type) {
      case "string":
        return JSON.stringify(textFor(schema, name));
      case "integer":
      case "number":
        return String(numberFor(schema, type === "integer"));
      case "boolean":
        return "true | false";
      case "null":
        return "null";
      case "array":
        return this.list(schema, name, depth);
      case "object":
        return this.object(schema, depth);
      default:
        return "any";
    }
  }

  private list({ items, prefixItems }: Schema, name: string, depth: number): string {
    if (depth === 0) return "[…]";
    const each = Array.isArray(prefixItems) ? prefixItems.slice(0, MAX_ALTERNATIVES) : [items];
    return `[${each.map((item) => this.of(item, name, depth - 1)).join(", ")}]`;
  }

  private object(schema: Schema, depth: number): string {
    const required = new Set(textsIn(schema.required));
    const properties = isRecord(schema.properties) ? schema.properties : {};
    const names = [...required, ...Object.keys(properties).filter((name) => !required.has(name))];
    this.visited += Math.floor(names.length / NAMES_PER_VISIT);
    if (names.length === 0) {
      const { additionalProperties: others } = schema;
      return isRecord(others) && depth > 0 ? `{"name": ${this.of(others, "", depth - 1)}}` : "{}";
    }
    if (depth === 0) return "{…}";
    const most = this.form.optional === false ? Math.min(this.form.fields, required.size) : this.form.fields;
    const fields = names.slice(0, most).map((name) => {
      const value = this.of(Object.hasOwn(properties, name) ? properties[name] : true, name, depth - 1);
      return `${quoted(name)}${required.has(name) ? "" : "?"}: ${value}`;
    });
    return `{${[...fields, ...(names.length > fields.length ? ["…"] : [])].join(", ")}}`;
  }

  private descriptionOf({ description }: Schema): string[] {
    const { described } = this.form;
    if (described === 0 || typeof description !== "string") return [];
    const line = truncate(folded(description.slice(0, 4 * described)), described);
    return line === "" ? [] : [line];
  }

  /** A schema behind its references inside the same document, with the parts of its `allOf`. */
  private resolved(given: unknown): Schema | undefined {
    let schema = given;
    for (let hop = 0; isRecord(schema) && typeof schema.$ref === "string"; hop++) {
      const { $ref, ...beside } = schema;
      const target = hop < MAX_REFERENCES ? this.at($ref as string) : undefined;
      if (!isRecord(target)) return Object.keys(beside).length > 0 ? beside : undefined;
      schema = { ...target, ...beside };
    }
    if (!isRecord(schema)) return undefined;
    return Array.isArray(schema.allOf) ? this.joined(schema, schema.allOf) : schema;
  }

  private joined({ allOf: _, ...own }: Schema, parts: readonly unknown[]): Schema {
    const all: Schema[] = [own];
    for (const part of parts.slice(0, MAX_REFERENCES)) {
      const found = ++this.visited > MAX_VISITED ? undefined : this.resolved(part);
      if (found) all.push(found);
    }
    const properties = all.map((one) => one.properties).filter(isRecord);
    const required = all.flatMap((one) => textsIn(one.required));
    return {
      ...Object.assign({}, ...all.toReversed()),
      ...(properties.length > 0 && { properties: Object.assign({}, ...properties) }),
      ...(required.length > 0 && { required }),
    };
  }

  /** What a reference such as `#/$defs/step` means. */
  private at(reference: string): unknown {
    if (reference === "#") return this.root;
    if (!reference.startsWith("#/") || reference.length > MAX_REFERENCE_CHARACTERS) return undefined;
    let found: unknown = this.root;
    for (const part of reference.slice(2).split("/").slice(0, MAX_REFERENCES)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const holder: unknown = found;
      found = isRecord(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
    }
    return found;
  }
}

/** The types that a schema names, or that its keywords mean. */
function typesOf(schema: Schema): string[] {
  if (typeof schema.type === "string") return [schema.type];
  if (Array.isArray(schema.type)) return textsIn(schema.type);
  if ("properties" in schema || "required" in schema || "additionalProperties" in schema) return ["object"];
  return "items" in schema || "prefixItems" in schema ? ["array"] : [];
}

function limitsOf({ minimum, maximum, minItems, maxItems }: Schema): string[] {
  const range = rangeOf(minimum, maximum);
  // An example shows by itself that a list is not empty.
  const size = rangeOf(isNumber(minItems) && minItems > 1 ? minItems : undefined, maxItems);
  return [...(range === undefined ? [] : [range]), ...(size === undefined ? [] : [`${size} of them`])];
}

/** Limits that only say what a computer can count say nothing. */
function rangeOf(lowest: unknown, highest: unknown): string | undefined {
  const low = isNumber(lowest) && lowest > Number.MIN_SAFE_INTEGER ? lowest : undefined;
  const high = isNumber(highest) && highest < Number.MAX_SAFE_INTEGER ? highest : undefined;
  if (low === undefined) return high === undefined ? undefined : `at most ${high}`;
  return high === undefined ? `at least ${low}` : `${low} to ${high}`;
}

function numberFor({ minimum, maximum }: Schema, whole: boolean): number {
  const usual = whole ? 1 : 0.8;
  const low = isNumber(minimum) ? minimum : usual;
  const high = isNumber(maximum) ? maximum : Math.max(low, usual);
  const wanted = Math.min(Math.max(usual, low), high);
  return whole ? Math.ceil(wanted) : wanted;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  email: "name@example.org",
  uri: "https://example.org",
};

/** A word that says what kind of text is meant. */
function textFor({ format }: Schema, name: string): string {
  const known = typeof format === "string" && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known !== undefined) return known;
  if (/files?$|^files|paths?$/i.test(name)) return "path";
  return /commands?$|^verify$/i.test(name) ? "command" : "text";
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** Whatever a schema's author wrote stands on one line, without invisible characters, as JSON text. */
const quoted = (text: string): string => escapedLine(JSON.stringify(truncate(text, MAX_LITERAL_CHARACTERS)));

function literal(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value === "boolean" || isNumber(value)) return String(value);
  return Array.isArray(value) ? "[…]" : isRecord(value) ? "{…}" : "any";
}

function alternatives(all: readonly string[], most: number): string {
  const distinct = all.length === 0 ? [NOTHING] : [...new Set(all)];
  const shown = distinct.slice(0, most);
  return [...shown, ...(distinct.length > shown.length ? ["…"] : [])].join(" | ");
}
