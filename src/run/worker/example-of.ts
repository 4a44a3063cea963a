import type { JsonSchema } from "../../model/worker.ts";

/** A schema as a short text. */
export const exampleOf = (schema: JsonSchema): string => JSON.stringify(schema).slice(0, 600);
