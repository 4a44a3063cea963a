import { z } from "zod";

/** What tools, commands and the documentation say of a field. */
export interface Field {
  readonly name: string;
  readonly required: boolean;
  /** What it takes, as JSON Schema without what costs a model more than it tells. */
  readonly takes: Takes;
  readonly description?: string;
}

export interface Takes {
  /** A list: any of these. */
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Takes;
}

/**
 * The fields of an input, in the order of its schema. Every start of the command line asks for them, so it is cheap.
 */
export function fieldsOf(input: z.ZodObject): Field[] {
  return Object.entries(input.shape as Record<string, z.ZodType>).map(([name, schema]) => {
    const { description, inner } = unwrapped(schema);
    return {
      name,
      required: !schema.safeParse(undefined).success,
      takes: takesOf(inner),
      ...(description !== undefined && { description }),
    };
  });
}

/** What is inside of `optional()`, and the outermost description. */
function unwrapped(schema: z.ZodType): { readonly description: string | undefined; readonly inner: z.ZodType } {
  let [inner, description] = [schema, schema.description];
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault) {
    inner = inner.unwrap() as z.ZodType;
    description ??= inner.description;
  }
  return { description, inner };
}

/** Leaves out lengths, patterns and what is inside of objects: operations check them, and say what is wrong. */
function takesOf(schema: z.ZodType): Takes {
  if (schema instanceof z.ZodEnum) return { type: "string", enum: schema.options.map(String) };
  if (schema instanceof z.ZodString) return { type: "string" };
  if (schema instanceof z.ZodBoolean) return { type: "boolean" };
  if (schema instanceof z.ZodNumber) return { type: schema.isInt ? "integer" : "number", ...boundsOf(schema) };
  if (schema instanceof z.ZodArray) return { type: "array", items: takesOf(schema.element as z.ZodType) };
  if (schema instanceof z.ZodPipe)
    return takesOf((schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType);
  if (schema instanceof z.ZodUnion) return sameType(schema.options.map((option) => takesOf(option as z.ZodType)));
  if (schema instanceof z.ZodRecord || schema instanceof z.ZodObject) return { type: "object" };
  const said = schema.meta()?.type;
  return { type: typeof said === "string" || Array.isArray(said) ? said : ANY_JSON };
}

/** What JSON can be. */
const ANY_JSON: readonly string[] = ["object", "array", "string", "number", "boolean"];

/** The types that alternatives have together. */
export function sameType(all: readonly Takes[]): Takes {
  const types = [...new Set(all.flatMap(({ type = [] }) => type))];
  return types.length === 0 ? {} : { type: types.length === 1 ? types[0]! : types };
}

/** The bounds of a number that a caller could miss. zod bounds every integer by what a number can hold exactly. */
function boundsOf({ minValue, maxValue }: z.ZodNumber): Pick<Takes, "minimum" | "maximum"> {
  const isBound = (bound: number | null): bound is number =>
    bound !== null && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return {
    ...(isBound(minValue) && minValue > 1 && { minimum: minValue }),
    ...(isBound(maxValue) && { maximum: maxValue }),
  };
}
