import { z } from "zod";
import { Breakdown } from "./deliveries/breakdown.ts";
import { PlanDocument } from "./deliveries/plan.ts";
import { Report } from "./deliveries/report.ts";
import { Review } from "./deliveries/review.ts";
import { Validation } from "./deliveries/validation.ts";
import { truncate } from "./text/truncate.ts";
import type { JsonValue } from "./workflow.ts";

/** An output that Baton knows by name: a JSON Schema, and checks that no schema can express. */
interface NamedSchema {
  readonly schema: Record<string, unknown>;
  /** What is wrong with a value that fits the schema, in words that name the place. */
  errors(value: JsonValue): string[];
}

/** A step's `output` may name one of these instead of a schema. */
export const SCHEMA_NAMES = ["plan", "breakdown", "report", "review", "validation"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

export const NAMED_SCHEMAS: Readonly<Record<SchemaName, NamedSchema>> = {
  plan: {
    schema: schemaOf("plan", PlanDocument),
    errors: (value) => orderErrors(withDefaultOrder((value as PlanDocument).steps), "output.steps"),
  },
  breakdown: {
    schema: schemaOf("breakdown", Breakdown),
    errors: (value) => {
      const { epics } = value as Breakdown;
      return orderErrors(
        epics.flatMap(({ features }) => features.flatMap(({ tasks }) => tasks)),
        "output.epics[].features[].tasks",
      );
    },
  },
  report: { schema: schemaOf("report", Report), errors: () => [] },
  review: { schema: schemaOf("review", Review), errors: () => [] },
  validation: { schema: schemaOf("validation", Validation), errors: () => [] },
};

/** What is wrong with a value beyond its schema, if the schema is one of these. */
export function namedSchemaErrors(schema: Record<string, unknown>, value: JsonValue): string[] {
  const name = SCHEMA_NAMES.find((name) => schema.$id === schemaIdOf(name));
  return name === undefined ? [] : NAMED_SCHEMAS[name].errors(value);
}

/** Whether a schema is the one that Baton knows by this name. */
export const isNamedSchema = (schema: Record<string, unknown>, name: SchemaName): boolean =>
  schema.$id === schemaIdOf(name);

/** The schema carries the name, so code that handles schemas need not know the names. */
function schemaIdOf(name: SchemaName): string {
  return `baton:${name}`;
}

function schemaOf(name: SchemaName, shape: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: "input" });
  return { $id: schemaIdOf(name), ...schema };
}

interface Ordered {
  readonly id: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/** Without `dependsOn`, a step follows the one before it. */
const withDefaultOrder = (steps: readonly Ordered[]): Ordered[] =>
  steps.map((step, index) => ({ dependsOn: index === 0 ? [] : [steps[index - 1]!.id], ...step }));

/** What one refusal names. */
const MAX_ERRORS = 8;
const MAX_ERROR_CHARACTERS = 400;

/** Finds ids that are not unique (ignoring case, as for steps), unknown ids, and orders that nothing can satisfy. */
function orderErrors(items: readonly Ordered[], place: string): string[] {
  const errors: string[] = [];
  const known = new Set<string>();
  for (const { id } of items) {
    if (known.has(id.toLowerCase())) errors.push(`${place}: the id "${id}" occurs twice`);
    known.add(id.toLowerCase());
  }
  const ids = new Set(items.map(({ id }) => id));
  for (const { id, dependsOn = [] } of items) {
    for (const other of dependsOn) {
      if (!ids.has(other)) errors.push(`${place}: "${id}" depends on "${other}", which is not an id of the list`);
    }
  }
  const cycle = errors.length === 0 ? cycleIn(items) : [];
  return cycle.length === 0
    ? errors.slice(0, MAX_ERRORS).map((error) => truncate(error, MAX_ERROR_CHARACTERS))
    : [`${place}: these depend on each other: ${cycle.join(", ")}`];
}

/**
 * What is left when everything that waits for nothing is taken away, round after round: the cycles, and what waits for
 * them.
 */
function cycleIn(items: readonly Ordered[]): string[] {
  const left = new Map(items.map(({ id, dependsOn = [] }) => [id, dependsOn]));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [id, dependsOn] of left) if (!dependsOn.some((other) => left.has(other))) left.delete(id);
  }
  return [...left.keys()].slice(0, 10);
}
