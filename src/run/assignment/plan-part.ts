import { isRecord } from "../../model/json.ts";
import { isNamedSchema } from "../../model/named-schemas.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";

/** What a worker needs of the plan that its step belongs to. */
export interface PlanPart {
  /** The step that delivered the plan. Absent: the run was started with it. */
  readonly step?: string;
  readonly goal?: string;
  readonly summary?: string;
  readonly scopeIn: readonly string[];
  readonly scopeOut: readonly string[];
  readonly assumptions: readonly string[];
  /** Commands that succeed once the whole goal is reached. */
  readonly acceptance: readonly string[];
  readonly decisions: readonly string[];
  readonly breaking: readonly string[];
  /** What one sees once this step is done. */
  readonly stepAcceptance: readonly string[];
  readonly whole: JsonObject;
}

/** The part of the nearest plan before a step, else of the plan that the run was started with. */
export function planPartFor(plan: Plan, state: RunState, index: number): PlanPart | undefined {
  const { id } = plan.workflow.steps[index]!;
  const from = planStepBefore(plan, state, index);
  if (from !== undefined) {
    const { output } = state.steps[from]!;
    return isRecord(output) ? partOf(output as JsonObject, id, plan.workflow.steps[from]!.id) : undefined;
  }
  const given = state.parameters.plan;
  return isRecord(given) && Array.isArray(given.steps) && given.steps.length > 0
    ? partOf(given as JsonObject, id)
    : undefined;
}

/** The nearest completed step before this one whose delivery is a plan. */
function planStepBefore(plan: Plan, state: RunState, index: number): number | undefined {
  const { offsets, list } = plan.predecessors;
  const seen = new Set([index]);
  const queue = [index];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (let at = offsets[next]!; at < offsets[next + 1]!; at++) {
      const { from } = plan.edges[list[at]!]!;
      if (seen.has(from)) continue;
      seen.add(from);
      const { output } = plan.workflow.steps[from]!.config as WorkerConfig;
      if (output && isNamedSchema(output, "plan") && state.steps[from]!.status === "completed") return from;
      queue.push(from);
    }
  }
  return undefined;
}

/** @param id the step's own, of which the last part is its id in the plan */
function partOf(whole: JsonObject, id: string, step?: string): PlanPart {
  const scope = isRecord(whole.scope) ? whole.scope : {};
  const steps = Array.isArray(whole.steps) ? (whole.steps.filter((one) => isRecord(one)) as JsonObject[]) : [];
  const own = steps.find((one) => typeof one.id === "string" && (id === one.id || id.endsWith(`.${one.id}`)));
  return {
    ...(step !== undefined && { step }),
    ...(typeof whole.goal === "string" && { goal: whole.goal }),
    ...(typeof whole.summary === "string" && { summary: whole.summary }),
    scopeIn: texts(scope.in),
    scopeOut: texts(scope.out),
    assumptions: [...texts(whole.assumptions), ...openQuestions(whole.openQuestions)],
    decisions: texts(whole.decisions),
    breaking: texts(whole.breaking),
    acceptance: texts(whole.acceptance),
    stepAcceptance: texts([own?.acceptance].flat()),
    whole,
  };
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one !== "") : [];

/** Open questions of a plan, each with what the plan assumes instead. */
function openQuestions(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => {
    if (typeof one === "string") return one === "" ? [] : [`open: ${one}`];
    if (!isRecord(one) || typeof one.question !== "string") return [];
    return [`open: ${one.question}${typeof one.assumed === "string" ? ` Assumed: ${one.assumed}` : ""}`];
  });
}
