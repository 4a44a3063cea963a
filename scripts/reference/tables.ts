import { z } from "zod";

/** The parts of a JSON Schema that the generator reads, with the texts in `.meta()`. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly description?: string;
  readonly default?: unknown;
  /** What happens if the field is absent and has no default value. */
  readonly otherwise?: string;
  /** What a number means. */
  readonly kind?: "duration";
  /** A readable text for the allowed values, if the schema's own form is hard to read. */
  readonly allowed?: string;
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  integer: "whole number",
  boolean: "`true` or `false`",
  null: "`null`",
};

/** Gives how a template in a field is filled. Absent for tables whose fields hold no templates. */
export type Filled = (field: string) => string;

/** The name of a field's type if another section describes it. */
export type Elsewhere = Readonly<Record<string, string>>;

interface Manner {
  readonly filled?: Filled | undefined;
  readonly elsewhere?: Elsewhere;
}

/**
 * A table of fields, and one more for each object inside them whose fields are described.
 * @throws if a field has no description, which only its schema can give
 */
export function tables(what: string, fields: z.ZodRawShape, manner: Manner = {}): string {
  const schema = z.toJSONSchema(z.strictObject(fields), { io: "input", unrepresentable: "any" }) as Schema;
  return [table(what, schema, manner), ...insides(what, schema, manner)].join("\n\n");
}

function table(what: string, { properties = {}, required = [] }: Schema, { filled, elsewhere = {} }: Manner): string {
  const braces = filled ? [" `{{ }}` |", " --- |"] : ["", ""];
  const rows = Object.entries(properties).map(([name, field]) => {
    if (field.description === undefined)
      throw new Error(`The field "${name}" of ${what} has no description: add .describe("…") to it in its schema.`);
    const cells = [
      `\`${name}\``,
      elsewhere[name] ?? typeOf(field),
      name in elsewhere ? "" : allowedIn(field),
      required.includes(name) ? "**required**" : absent(field),
    ];
    if (filled) cells.push(filled(name));
    return `| ${[...cells, field.description].map(cell).join(" | ")} |`;
  });
  return [
    `| field | type | allowed | default |${braces[0]} meaning |`,
    `| --- | --- | --- | --- |${braces[1]} --- |`,
    ...rows,
  ].join("\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** Tables of the objects inside fields whose fields have descriptions. */
function insides(what: string, { properties = {} }: Schema, { elsewhere = {} }: Manner): string[] {
  return Object.entries(properties).flatMap(([name, field]) =>
    (name in elsewhere ? [] : objectsIn(field)).map((inside) => {
      const first = inside.required?.[0];
      return `In \`${name}\`${first === undefined ? "" : `, with \`${first}\``}:\n\n${table(`${name} in ${what}`, inside, { elsewhere })}`;
    }),
  );
}

function objectsIn(schema: Schema): Schema[] {
  const { anyOf = [], items, properties, additionalProperties } = schema;
  const inner = [
    ...anyOf,
    ...(items ? [items] : []),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : []),
  ];
  const found = inner.flatMap(objectsIn);
  const described = Object.values(properties ?? {}).some(({ description }) => description !== undefined);
  const all = described ? [schema, ...found] : found;
  return all.filter((one, at) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === at);
}

function typeOf(schema: Schema): string {
  const { type, anyOf, items, properties, additionalProperties } = schema;
  if (schema.kind === "duration") return "[duration](#duration)";
  if (schema.const !== undefined || schema.enum) return "text";
  if (anyOf) return either(anyOf);
  if (type === "array") return items && known(items) ? `list of ${typeOf(items)}` : "list";
  if (properties && Object.keys(properties).length > 0) return `\`{${Object.keys(properties).join(", ")}}\``;
  if (type === "object")
    return typeof additionalProperties === "object" && known(additionalProperties)
      ? `object of ${typeOf(additionalProperties)}`
      : "object";
  return NAMES[type ?? ""] ?? "any data";
}

/** The name of a union. `X or list of X` becomes "X, or a list", for any number of types in X. */
function either(kinds: readonly Schema[]): string {
  const one = [...new Set(kinds.flatMap((kind) => (kind.type === "array" ? [] : (kind.anyOf ?? [kind]))).map(typeOf))];
  const lists = kinds.filter(({ type }) => type === "array").map(typeOf);
  const words = one.length < 2 ? one.join("") : `${one.slice(0, -1).join(", ")} or ${one.at(-1)}`;
  const all = lists.map((list) => (list === `list of ${words}` ? "a list" : list));
  return words === "" ? all.join(" or ") : [words, ...all].join(", or ");
}

const known = (schema: Schema): boolean => typeOf(schema) !== "any data";

function allowedIn(schema: Schema): string {
  const {
    allowed,
    anyOf = [],
    items,
    pattern,
    minimum = Number.NEGATIVE_INFINITY,
    maximum,
    exclusiveMinimum,
    maxLength,
  } = schema;
  if (allowed !== undefined) return allowed;
  const said: string[] = [];
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (values.length > 0) said.push(values.map((value) => `\`${value}\``).join(", "));
  if (pattern !== undefined) said.push(`\`${pattern}\``);
  if (maxLength !== undefined) said.push(`at most ${count(maxLength)} characters`);
  const least =
    minimum > Number.MIN_SAFE_INTEGER
      ? count(minimum)
      : exclusiveMinimum === undefined
        ? ""
        : `more than ${exclusiveMinimum}`;
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? count(maximum) : "";
  if (least !== "" || most !== "")
    said.push(
      most === ""
        ? `at least ${least}`
        : exclusiveMinimum === undefined
          ? `${least} to ${most}`
          : `${least}, at most ${most}`,
    );
  for (const inner of [...anyOf, ...(items ? [items] : [])]) said.push(allowedIn(inner));
  return [...new Set(said.filter((words) => words !== ""))].join("; ");
}

const count = (value: number): string => value.toLocaleString("en");

const absent = ({ default: value, otherwise = "" }: Schema): string =>
  value === undefined ? otherwise : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
