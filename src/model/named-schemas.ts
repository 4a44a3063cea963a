import { z } from "zod";
import { Blueprint, Breakdown } from "./plan-document.ts";
import type { JsonValue } from "./workflow.ts";

/** An output that Baton knows by name: a JSON Schema, and checks that no schema can express. */
interface Shape {
  readonly schema: Record<string, unknown>;
  /** What is wrong with a value that fits the schema, in words that name the place. */
  faults(value: JsonValue): string[];
}

/** A step's `output` may name one of these instead of a schema. */
export const SHAPE_NAMES = ["plan", "breakdown"] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  plan: {
    schema: schemaOf("plan", Blueprint),
    faults: (value) => orderFaults(inOrder((value as Blueprint).steps), "output.steps"),
  },
  breakdown: {
    schema: schemaOf("breakdown", Breakdown),
    faults: (value) => {
      const { epics } = value as Breakdown;
      return orderFaults(
        epics.flatMap(({ features }) => features.flatMap(({ tasks }) => tasks)),
        "output.epics[].features[].tasks",
      );
    },
  },
};

/** What is wrong with a value beyond its schema, if the schema is one of these. */
export function shapeFaults(schema: Record<string, unknown>, value: JsonValue): string[] {
  const name = SHAPE_NAMES.find((name) => schema.$id === idOf(name));
  return name === undefined ? [] : SHAPES[name].faults(value);
}

/** The schema carries the name, so code that handles schemas need not know the names. */
function idOf(name: ShapeName): string {
  return `baton:${name}`;
}

function schemaOf(name: ShapeName, shape: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: "input" });
  return { $id: idOf(name), ...schema };
}

interface Ordered {
  readonly id: string;
  readonly dependsOn?: readonly string[] | undefined;
}

/** Without `dependsOn`, a step follows the one before it. */
const inOrder = (steps: readonly Ordered[]): Ordered[] =>
  steps.map((step, at) => ({ dependsOn: at === 0 ? [] : [steps[at - 1]!.id], ...step }));

/** Finds ids that are not unique (ignoring case, as for steps), unknown ids, and orders that nothing can satisfy. */
function orderFaults(items: readonly Ordered[], place: string): string[] {
  const faults: string[] = [];
  const known = new Set<string>();
  for (const { id } of items) {
    if (known.has(id.toLowerCase())) faults.push(`${place}: the id "${id}" is there twice`);
    known.add(id.toLowerCase());
  }
  const ids = new Set(items.map(({ id }) => id));
  for (const { id, dependsOn = [] } of items) {
    for (const other of dependsOn) {
      if (!ids.has(other)) faults.push(`${place}: "${id}" depends on "${other}", which is no id here`);
    }
  }
  const circle = faults.length === 0 ? circleIn(items) : [];
  return circle.length === 0 ? faults : [`${place}: these wait for each other: ${circle.join(", ")}`];
}

/**
 * What is left when everything that waits for nothing is taken away, round after round: the cycles, and what waits for
 * them.
 */
function circleIn(items: readonly Ordered[]): string[] {
  const left = new Map(items.map(({ id, dependsOn = [] }) => [id, dependsOn]));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [id, dependsOn] of left) if (!dependsOn.some((other) => left.has(other))) left.delete(id);
  }
  return [...left.keys()].slice(0, 10);
}
