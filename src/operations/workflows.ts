import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { type Diagnostic, formatDiagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";
import { err, ok, type Result } from "../model/result.ts";
import type { Performer } from "../model/worker.ts";
import type { DependencyType, EdgeCondition, JsonObject } from "../model/workflow.ts";
import { drawText, mermaid } from "../workflow/drawing.ts";

import { type Parsed, parseWorkflow, type Source } from "../workflow/parse.ts";
import { compilePlan } from "../workflow/plan.ts";
import { criticalPath, levels, topologicalOrder } from "../workflow/schedule.ts";
import { castOf, unknownRunners } from "./cast.ts";
import { type App, badInput, defineOperation, type Failure, failure } from "./define.ts";

/** A workflow may come inline or from a file, never both. */
export interface Origin {
  readonly workflow?: unknown;
  readonly file?: string | undefined;
  readonly cwd?: string | undefined;
}

/** Files beyond this are not workflows. */
const LARGEST_FILE = 64 * 1024 * 1024;

export interface Compiled {
  readonly parsed: Parsed;
  readonly plan: Plan;
  readonly performers: Record<string, Performer[]>;
}

/**
 * Reads, checks and compiles a workflow.
 * @param given what a run would be called with; absent: only the workflow itself is checked
 */
export function compile(
  origin: Origin,
  app: App,
  given?: { parameters: JsonObject; context: JsonObject },
): Result<Compiled, Failure> {
  const source = readSource(origin, app);
  if (!source.ok) return err(badInput([source.error]));
  const parsed = parseWorkflow(source.value, { stepTypes: app.stepSyntax, maxSteps: app.maxSteps, ...given });
  if (!parsed.ok) return err(badInput(parsed.error));
  const plan = compilePlan(parsed.value.workflow, app.stepSyntax);
  const { performers, mistakes, warnings } = castOf(plan, app.catalog, resolve(app.cwd, origin.cwd ?? "."));
  const all = [...mistakes, ...unknownRunners(plan, app.runners)];
  if (all.length > 0) return err(badInput(all));
  return ok({ parsed: { ...parsed.value, warnings: [...parsed.value.warnings, ...warnings] }, plan, performers });
}

function readSource(origin: Origin, app: App): Result<Source, Diagnostic> {
  const mistake = (code: Diagnostic["code"], message: string, hint: string, at = {}) =>
    err<Diagnostic>({ severity: "error", code, message, hint, at });
  if (origin.workflow !== undefined && origin.file !== undefined) {
    return mistake("invalid_value", "both workflow and file are given", "Give one of them.", { field: "file" });
  }
  // Where a schema names no type, models like to send text; it says the same.
  if (typeof origin.workflow === "string") return ok({ text: origin.workflow });
  if (origin.workflow !== undefined) return ok({ value: origin.workflow });
  if (origin.file === undefined) {
    const hint = "Give workflow (an object with name and steps) or file (the path of a YAML or JSON file).";
    return mistake("missing_field", "no workflow is given", hint, { field: "workflow" });
  }
  const path = resolve(app.cwd, origin.cwd ?? ".", origin.file);
  const at = { file: origin.file };
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return mistake("file", "is not a file", "Give the path of a YAML or JSON file.", at);
    if (stats.size > LARGEST_FILE) return mistake("too_large", "is larger than 64 MB", "Is it a workflow?", at);
    return ok({ text: readFileSync(path, "utf8"), file: origin.file });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return mistake("file", code === "ENOENT" ? `does not exist (looked at ${path})` : message, "Check the path.", at);
  }
}

/** What a workflow would do, without doing it. */
export function planView({ parsed, plan }: Compiled) {
  const { steps } = plan.workflow;
  const ids = (indices: readonly number[]) => indices.map((index) => steps[index]!.id);
  const byLevel = levels(plan).map(ids);
  return {
    name: plan.workflow.name,
    valid: true,
    totalSteps: plan.size,
    order: ids(topologicalOrder(plan)),
    levels: byLevel,
    widest: byLevel.reduce((widest, level) => Math.max(widest, level.length), 0),
    /** The longest chain of steps: no parallelism makes the run shorter than it. */
    criticalPath: ids(criticalPath(plan)),
    steps: steps.map(({ id, name, type, config, condition, timeout, retry }, index) => ({
      id,
      name,
      type,
      ...orderOf(plan, index),
      ...(condition !== undefined && { condition }),
      ...(timeout !== undefined && { timeout }),
      ...(retry.retries > 0 && { retries: retry.retries }),
      ...config,
    })),
    needs: parsed.needs,
    warnings: parsed.warnings.map(formatDiagnostic),
  };
}
export type PlanView = ReturnType<typeof planView>;

/** What a step comes after, and how it is tied to others besides. */
function orderOf(plan: Plan, index: number) {
  const { offsets, list } = plan.predecessors;
  const after = new Set<string>();
  const ties: { from: string; type: DependencyType; condition?: EdgeCondition }[] = [];
  for (const number of list.subarray(offsets[index]!, offsets[index + 1]!)) {
    const { from, type, condition } = plan.edges[number]!;
    const { id } = plan.workflow.steps[from]!;
    if (type === "finish_to_start") after.add(id);
    else ties.push({ from: id, type, ...(condition && { condition }) });
  }
  return { after: [...after], ...(ties.length > 0 && { ties }) };
}

const origin = {
  workflow: z.unknown().optional(),
  file: z.string().optional(),
  cwd: z.string().optional(),
};

export const validateWorkflow = defineOperation({
  name: "workflow.validate",
  input: z.object(origin),
  async handle(input, app) {
    const compiled = compile(input, app);
    return compiled.ok ? ok(planView(compiled.value)) : compiled;
  },
});

export const drawWorkflow = defineOperation({
  name: "workflow.graph",
  input: z.object(origin),
  async handle(input, app) {
    const compiled = compile(input, app);
    if (!compiled.ok) return compiled;
    const chart = mermaid(compiled.value.plan);
    const drawing = drawText(compiled.value.plan);
    if (!chart.ok) return failure(chart.error);
    if (!drawing.ok) return failure(drawing.error);
    return ok({ name: compiled.value.plan.workflow.name, mermaid: chart.value, drawing: drawing.value });
  },
});
