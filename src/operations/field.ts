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
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Takes;
  readonly additionalProperties?: object;
}

interface JsonSchema extends Takes {
  readonly description?: string;
}

/** The fields of an input, in the order of its schema. */
export function fieldsOf(input: z.ZodObject): Field[] {
  const { properties = {} } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as {
    properties?: Record<string, JsonSchema>;
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: !input.shape[name]!.safeParse(undefined).success,
    takes: shallow(schema),
    ...(schema.description !== undefined && { description: schema.description }),
  }));
}

/** Drops lengths, patterns and what is inside of objects: operations check them, and say what is wrong. */
function shallow({ type, enum: allowed, minimum, maximum, items }: JsonSchema): Takes {
  if (type === undefined) return {};
  return {
    type,
    ...(allowed && { enum: allowed }),
    ...(isBound(minimum) && { minimum }),
    ...(isBound(maximum) && { maximum }),
    ...(type === "array" && { items: items ? shallow(items) : {} }),
    ...(type === "object" && { additionalProperties: {} }),
  };
}

/** zod bounds every integer by what a number can hold exactly. */
const isBound = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
