import type { FieldError, StepSyntax } from "../../model/contracts/step.ts";
import { STEP_ID } from "../../model/ids.ts";
import { isRecord } from "../../model/json.ts";
import { DEPENDENCY_TYPES, type Dependency, EDGE_CONDITIONS } from "../../model/workflow.ts";
import { DEFAULT_TYPE } from "../schema/workflow-schema.ts";
import type { StepReferences } from "./step-references.ts";

/** A step as far as it can be understood, whatever else is wrong with it. */
export interface DraftStep extends StepReferences {
  /** Its index in the file's list. */
  readonly at: number;
  readonly id: string;
  readonly outputKey?: string | undefined;
  readonly parallel: true | readonly string[] | undefined;
  readonly syntax: StepSyntax | undefined;
  /** Its group, if the author declared it parallel. */
  readonly group?: number | undefined;
  /** What its type finds wrong with its fields. */
  mistakes(): readonly FieldError[];
}

export interface DraftDependency extends Dependency {
  readonly at: number;
}

/**
 * Everything that the rules about ids, references, cycles and names need. It is read leniently, so these rules run in
 * the same pass as the schema: a mistyped field must not hide a cycle.
 */
export interface Draft {
  readonly steps: readonly DraftStep[];
  readonly dependencies: readonly DraftDependency[];
  /** By limit: its steps, as written. */
  readonly limits: readonly (readonly unknown[])[];
  readonly parallel: true | readonly string[] | undefined;
}

export function draftOf(
  raw: unknown,
  stepTypes: readonly StepSyntax[],
  groups: readonly (number | undefined)[] = [],
): Draft {
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const workflow = isRecord(raw) ? raw : {};
  const steps: DraftStep[] = [];
  listOf(workflow.steps).forEach((step, at) => {
    if (!isRecord(step) || !isId(step.id)) return;
    const syntax = types.get(stepTypeOf(step, stepTypes));
    steps.push({
      at,
      id: step.id,
      condition: typeof step.condition === "string" ? step.condition : undefined,
      outputKey: typeof step.outputKey === "string" ? step.outputKey : undefined,
      parallel: parallelOf(step.parallel),
      group: groups[at],
      config: step,
      templates: syntax?.templates ?? {},
      syntax,
      ...innerOf(step, syntax, types, stepTypes),
      mistakes: () => syntax?.fieldErrors?.(step) ?? [],
    });
  });
  const dependencies: DraftDependency[] = [];
  listOf(workflow.dependencies).forEach((dependency, at) => {
    if (!isRecord(dependency) || !isId(dependency.from) || !isId(dependency.to)) return;
    const { from, to, reason } = dependency;
    const type = DEPENDENCY_TYPES.find((known) => known === dependency.type);
    const condition = EDGE_CONDITIONS.find((known) => known === dependency.condition);
    const said = { ...(type && { type }), ...(condition && { condition }) };
    dependencies.push({ at, from, to, ...said, ...(typeof reason === "string" && { reason }) });
  });
  const limits = listOf(workflow.limits).map((limit) => (isRecord(limit) ? listOf(limit.steps) : []));
  return { steps, dependencies, limits, parallel: parallelOf(workflow.parallel) };
}

/** The step inside a step, as far as its references matter. */
function innerOf(
  step: Record<string, unknown>,
  syntax: StepSyntax | undefined,
  types: ReadonlyMap<string, StepSyntax>,
  stepTypes: readonly StepSyntax[],
): { inner?: StepReferences } {
  const raw = syntax?.nested?.kind === "step" ? step[syntax.nested.field] : undefined;
  if (!isRecord(raw)) return {};
  const inner = types.get(stepTypeOf(raw, stepTypes));
  return { inner: { config: raw, templates: inner?.templates ?? {} } };
}

/** A field that reveals a type only where nothing else does: it also says what a step comes after. */
const AMBIGUOUS = "needs";

/** The type that a raw step states, or that its fields reveal. */
export function stepTypeOf(step: unknown, stepTypes: readonly StepSyntax[]): string {
  if (!isRecord(step)) return DEFAULT_TYPE;
  const revealed = revealedType(step, stepTypes);
  if (revealed !== undefined || !Object.hasOwn(step, AMBIGUOUS)) return revealed ?? DEFAULT_TYPE;
  return stepTypes.find(({ knownBy }) => knownBy?.includes(AMBIGUOUS))?.type ?? DEFAULT_TYPE;
}

/** The type that a step states or that its fields reveal, whatever it needs; `undefined` if nothing does. */
export function revealedType(
  step: Readonly<Record<string, unknown>>,
  stepTypes: readonly StepSyntax[],
): string | undefined {
  if (typeof step.type === "string") return step.type;
  if (Object.hasOwn(step, DEFAULT_TYPE) || Object.hasOwn(step, "run")) return DEFAULT_TYPE;
  const reveals = (field: string) => field !== AMBIGUOUS && Object.hasOwn(step, field);
  return stepTypes.find(({ knownBy }) => knownBy?.some(reveals))?.type;
}

/** The workflow with the type of each step filled in. */
export function withStepTypes(raw: unknown, stepTypes: readonly StepSyntax[]): unknown {
  if (!isRecord(raw) || !Array.isArray(raw.steps)) return raw;
  const steps = raw.steps.map((step: unknown) => {
    if (!isRecord(step) || Object.hasOwn(step, "type")) return step;
    const type = stepTypeOf(step, stepTypes);
    return type === DEFAULT_TYPE ? step : Object.fromEntries([...Object.entries(step), ["type", type]]);
  });
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, key === "steps" ? steps : value]));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isId = (value: unknown): value is string => typeof value === "string" && STEP_ID.test(value);

function parallelOf(value: unknown): true | readonly string[] | undefined {
  if (value === true) return true;
  return Array.isArray(value) ? value.filter(isId) : undefined;
}
