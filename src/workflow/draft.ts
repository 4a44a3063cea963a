import { STEP_ID } from "../model/ids.ts";
import type { StepSyntax } from "../model/step.ts";
import type { Dependency } from "../model/workflow.ts";
import { DEFAULT_TYPE, isRecord } from "./shape.ts";
import type { Wired } from "./wiring.ts";

/** A step as far as it can be understood, however much else is wrong with it. */
export interface DraftStep extends Wired {
  /** Its place in the file's list. */
  readonly at: number;
  readonly id: string;
  readonly outputKey?: string | undefined;
  readonly parallel: true | readonly string[] | undefined;
}

export interface DraftDependency extends Pick<Dependency, "from" | "to"> {
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
    const syntax = types.get(typeOf(step));
    steps.push({
      at,
      id: step.id,
      condition: typeof step.condition === "string" ? step.condition : undefined,
      outputKey: typeof step.outputKey === "string" ? step.outputKey : undefined,
      parallel: assertion(step.parallel),
      config: step,
      templates: syntax?.templates ?? {},
    });
  });
  const dependencies: DraftDependency[] = [];
  listOf(workflow.dependencies).forEach((dependency, at) => {
    if (!isRecord(dependency) || !isId(dependency.from) || !isId(dependency.to)) return;
    dependencies.push({ at, from: dependency.from, to: dependency.to });
  });
  return { steps, dependencies, parallel: assertion(workflow.parallel) };
}

/** The type that a raw step claims to have. */
export function typeOf(step: unknown): string {
  return isRecord(step) && typeof step.type === "string" ? step.type : DEFAULT_TYPE;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isId = (value: unknown): value is string => typeof value === "string" && STEP_ID.test(value);

function assertion(value: unknown): true | readonly string[] | undefined {
  if (value === true) return true;
  return Array.isArray(value) ? value.filter(isId) : undefined;
}
