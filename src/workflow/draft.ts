import { STEP_ID } from "../model/ids.ts";
import type { FieldMistake, StepSyntax } from "../model/step.ts";
import { DEPENDENCY_TYPES, type Dependency, EDGE_CONDITIONS } from "../model/workflow.ts";
import { DEFAULT_TYPE, isRecord } from "./shape.ts";
import type { Wired } from "./wiring.ts";

/** A step as far as it can be understood, however much else is wrong with it. */
export interface DraftStep extends Wired {
  /** Its place in the file's list. */
  readonly at: number;
  readonly id: string;
  readonly outputKey?: string | undefined;
  readonly parallel: true | readonly string[] | undefined;
  /** What its type finds wrong with its fields. */
  mistakes(): readonly FieldMistake[];
}

export interface DraftDependency extends Dependency {
  readonly at: number;
}

/**
 * What the rules about ids, references, cycles and names need. It is read leniently, so that they can be checked in the
 * same go as the shape: a mistyped field must not hide a cycle.
 */
export interface Draft {
  readonly steps: readonly DraftStep[];
  readonly dependencies: readonly DraftDependency[];
  readonly parallel: true | readonly string[] | undefined;
}

export function draftOf(raw: unknown, stepTypes: readonly StepSyntax[]): Draft {
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const workflow = isRecord(raw) ? raw : {};
  const steps: DraftStep[] = [];
  listOf(workflow.steps).forEach((step, at) => {
    if (!isRecord(step) || !isId(step.id)) return;
    const syntax = types.get(typeOf(step, stepTypes));
    steps.push({
      at,
      id: step.id,
      condition: typeof step.condition === "string" ? step.condition : undefined,
      outputKey: typeof step.outputKey === "string" ? step.outputKey : undefined,
      parallel: assertion(step.parallel),
      config: step,
      templates: syntax?.templates ?? {},
      mistakes: () => syntax?.mistakes?.(step) ?? [],
    });
  });
  const dependencies: DraftDependency[] = [];
  listOf(workflow.dependencies).forEach((dependency, at) => {
    if (!isRecord(dependency) || !isId(dependency.from) || !isId(dependency.to)) return;
    const { from, to } = dependency;
    const type = DEPENDENCY_TYPES.find((known) => known === dependency.type);
    const condition = EDGE_CONDITIONS.find((known) => known === dependency.condition);
    dependencies.push({ at, from, to, ...(type && { type }), ...(condition && { condition }) });
  });
  return { steps, dependencies, parallel: assertion(workflow.parallel) };
}

/** The type that a raw step claims to have, or that its fields give away. */
export function typeOf(step: unknown, stepTypes: readonly StepSyntax[]): string {
  if (!isRecord(step)) return DEFAULT_TYPE;
  if (typeof step.type === "string") return step.type;
  if (Object.hasOwn(step, DEFAULT_TYPE)) return DEFAULT_TYPE;
  const known = stepTypes.find(({ knownBy }) => knownBy?.some((field) => Object.hasOwn(step, field)));
  return known?.type ?? DEFAULT_TYPE;
}

/** The workflow with the type of each step written down. */
export function withTypes(raw: unknown, stepTypes: readonly StepSyntax[]): unknown {
  if (!isRecord(raw) || !Array.isArray(raw.steps)) return raw;
  const steps = raw.steps.map((step: unknown) => {
    if (!isRecord(step) || Object.hasOwn(step, "type")) return step;
    const type = typeOf(step, stepTypes);
    return type === DEFAULT_TYPE ? step : Object.fromEntries([...Object.entries(step), ["type", type]]);
  });
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, key === "steps" ? steps : value]));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isId = (value: unknown): value is string => typeof value === "string" && STEP_ID.test(value);

function assertion(value: unknown): true | readonly string[] | undefined {
  if (value === true) return true;
  return Array.isArray(value) ? value.filter(isId) : undefined;
}
