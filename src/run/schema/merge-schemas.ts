import { isRecord } from "../../model/json.ts";
import type { JsonSchema } from "../../model/worker.ts";

/** Keywords that hold data, in which nothing refers to a schema. */
const DATA = ["enum", "const", "default", "examples"];

/**
 * One schema that says what all of these say, to show it. Each keeps what its references mean: they start from its new
 * place. Only for people and models: a value is checked against each schema alone.
 */
export function mergeSchemas([first, ...others]: readonly JsonSchema[]): JsonSchema | undefined {
  if (!first || others.length === 0) return first;
  const { type } = first;
  const allOf = [first, ...others].map((schema, at) => moved(schema, `#/allOf/${at}`));
  return { ...(typeof type === "string" && others.every((other) => other.type === type) && { type }), allOf };
}

function moved(schema: JsonSchema, to: string): JsonSchema {
  const { $id: _, ...rest } = schema;
  return referring(rest, to) as JsonSchema;
}

function referring(value: unknown, to: string): unknown {
  if (Array.isArray(value)) return value.map((one) => referring(one, to));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => {
      if (DATA.includes(key)) return [key, inside];
      const isReference = (key === "$ref" || key === "$dynamicRef") && typeof inside === "string";
      return [key, isReference ? inside.replace(/^#/, to) : referring(inside, to)];
    }),
  );
}
