import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { Template } from "../../model/contracts/templates.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import { type Diagnostic, formatDiagnostic } from "../../model/diagnostic.ts";
import type { Plan } from "../../model/plan.ts";
import type { Performer } from "../../model/worker.ts";
import type { DependencyType, EdgeCondition, JsonObject, Workflow } from "../../model/workflow.ts";
import { readRegularFile } from "../../system/file.ts";
import type { EdgeReason } from "../../workflow/check/explain-edges.ts";
import type { InferredInput } from "../../workflow/check/infer-inputs.ts";
import { compilePlan } from "../../workflow/graph/plan.ts";
import { criticalPath, levels, topologicalOrder } from "../../workflow/graph/schedule.ts";
import { parseWorkflow } from "../../workflow/parse.ts";
import type { Parsed } from "../../workflow/parsed-workflow.ts";
import type { Source } from "../../workflow/source/source.ts";
import type { App } from "../app.ts";
import type { Failure } from "../refusal.ts";
import { badInput } from "../refusal.ts";
import { fedBy, placeOf } from "./infer-inputs.ts";
import { operationMistakes, operationWarnings } from "./operation-schemas.ts";
import { tellable } from "./quotable-files.ts";
import { resolvePerformers, unknownRunners } from "./resolve-performers.ts";
import {
  directoryOf,
  findTemplate,
  labelOf,
  sourceOf,
  type TemplateCall,
  templateCallIn,
} from "./template-reference.ts";

/** A workflow comes inline, from a file or from the library: exactly one of these. */
export interface Origin {
  readonly workflow?: unknown;
  readonly file?: string | undefined;
  readonly template?: string | undefined;
  readonly cwd?: string | undefined;
}

/** The fields of an origin, for operations that only a command line reaches. */
export const origin = {
  workflow: z
    .unknown()
    .describe("a workflow; a command takes a file, or a template as name or name@version")
    .optional(),
  file: z.string().describe("path of a YAML or JSON file").optional(),
  template: z.string().describe("a template as name or name@version").optional(),
  cwd: z.string().describe("a directory in the project").optional(),
};

/** Larger files are not workflows. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface Compiled {
  readonly parsed: Parsed;
  readonly plan: Plan;
  readonly performers: Record<string, Performer[]>;
  /** The inputs that were inferred. */
  readonly inferred: readonly InferredInput[];
  /** The template that it is made from, as `name@version`. */
  readonly template?: string;
}

/**
 * Reads, checks and compiles a workflow.
 * @param given the run's parameters and context; absent: only the workflow itself is checked
 */
export function compile(
  origin: Origin,
  app: App,
  given?: { parameters: JsonObject; context: JsonObject },
): Result<Compiled, Failure> {
  const opened = openOrigin(origin, app);
  if (!opened.ok) return opened;
  const { source, template, call } = opened.value;
  const parsed = parseWorkflow(source, {
    ...{ stepTypes: app.stepSyntax, maxSteps: app.maxSteps },
    readWorkflow: (file) => readInner(file, origin.cwd, app),
    ...(given && {
      parameters: { ...call?.parameters, ...given.parameters },
      context: { ...call?.context, ...given.context },
    }),
  });
  if (!parsed.ok)
    return err(badInput(template ? parsed.error : tellable(parsed.error, fileOf(source), origin.cwd, app)));
  const project = resolve(app.cwd, origin.cwd ?? ".");
  const fed = fedBy(app.catalog, project, parsed.value, app.stepSyntax);
  if (!fed.ok) return err(badInput(fed.error));
  const { workflow, inferred } = fed.value;
  const plan = compilePlan(workflow, app.stepSyntax);
  const roles = template?.source === "shipped";
  const { performers, mistakes, warnings, taken } = resolvePerformers(plan, app.catalog, project, roles);
  const inFile = (one: Diagnostic): Diagnostic => ({ ...one, at: placeOf(parsed.value, one.at) });
  const all = [
    ...mistakes,
    ...unknownRunners(plan, app.runners, app.stepSyntax),
    ...operationMistakes(workflow, performers, app.stepSyntax),
  ].map(inFile);
  if (all.length > 0) return err(badInput(all));
  const recordOf = (kind: Performer["kind"], name: string) => app.catalog.find(kind, name, project);
  const unexpected = [...warnings, ...operationWarnings(workflow, recordOf, app.stepSyntax)];
  const noted = [...parsed.value.warnings, ...fed.value.warnings, ...unexpected.map(inFile), ...taken];
  const checked = { ...parsed.value, workflow, warnings: noted };
  return ok({ parsed: checked, plan, performers, inferred, ...(template && { template: labelOf(template) }) });
}

interface Opened {
  readonly source: Source;
  readonly template?: Template;
  /** What a file or object that calls a template says besides its name. */
  readonly call?: TemplateCall;
}

function openOrigin(origin: Origin, app: App): Result<Opened, Failure> {
  const directory = directoryOf(origin.cwd, app);
  const given = (["workflow", "file", "template"] as const).filter((key) => origin[key] !== undefined);
  const source = given.length === 1 && origin.template !== undefined ? undefined : readSource(origin, app, given);
  if (source && !source.ok) return err(badInput([source.error]));
  const call = source ? templateCallIn(source.value) : ok(undefined);
  if (!call.ok) return err(badInput(tellable(call.error, source && fileOf(source.value), origin.cwd, app)));
  if (source && !call.value) return ok({ source: source.value });
  const found = findTemplate(call.value?.template ?? origin.template!, app, directory);
  if (!found.ok) return found;
  return ok({ source: sourceOf(found.value), template: found.value, ...(call.value && { call: call.value }) });
}

const fileOf = (source: Source): string | undefined => ("text" in source ? source.file : undefined);

/**
 * The workflow of a step that names a file. A file that may not be quoted is refused here, before the parser reports
 * its mistakes.
 */
export function readInner(file: string, cwd: string | undefined, app: App): Result<Source, Diagnostic> {
  const source = readSource({ file, cwd }, app, ["file"]);
  if (!source.ok || tellable([UNTOLD], fileOf(source.value), cwd, app)[0] === UNTOLD) return source;
  const readWorkflow = (inner: string) => readInner(inner, cwd, app);
  const parsed = parseWorkflow(source.value, { stepTypes: app.stepSyntax, maxSteps: app.maxSteps, readWorkflow });
  return parsed.ok ? source : err(tellable(parsed.error, fileOf(source.value), cwd, app)[0]!);
}

const UNTOLD: Diagnostic = { severity: "error", code: "file", message: "", at: {} };

export function readSource(origin: Origin, app: App, given: readonly string[]): Result<Source, Diagnostic> {
  const mistake = (code: Diagnostic["code"], message: string, hint: string, at = {}) =>
    err<Diagnostic>({ severity: "error", code, message, hint, at });
  if (given.length > 1) {
    return mistake("invalid_value", `${given.join(" and ")} cannot be given together`, "Give only one of them.", {
      field: given.at(-1),
    });
  }
  // Where a schema names no type, models like to send text. It means the same.
  if (typeof origin.workflow === "string") return ok({ text: origin.workflow });
  if (origin.workflow !== undefined) return ok({ value: origin.workflow });
  if (origin.file === undefined) {
    const hint =
      "Give workflow (an object with name and steps), file (the path of a YAML or JSON file) or template (a name in the library).";
    return mistake("missing_field", "no workflow is given", hint, { field: "workflow" });
  }
  const { file, path, intent } = located(origin.file, resolve(app.cwd, origin.cwd ?? "."));
  const at = { file };
  // People keep workflows behind links. What a link leads to is read where a workflow may lie.
  const read = readRegularFile(path, MAX_FILE_BYTES, { follow: true });
  if ("bytes" in read) {
    return ok({ text: read.bytes.toString("utf8"), file, ...(intent !== undefined && { intent }) });
  }
  switch (read.reason) {
    case "not_a_file":
      return mistake("file", "is not a file", "Give the path of a YAML or JSON file.", at);
    case "too_large":
      return mistake("too_large", "is larger than 64 MB", "Check that the path names a workflow file.", at);
    case "absent":
      return mistake("file", `does not exist (Baton looked at ${path})`, "Check the path.", at);
    default:
      return mistake("file", read.message, "Check the path.", at);
  }
}

/** `flow.yaml#build` is the intent "build" of flow.yaml, unless a file has that name. */
function located(file: string, base: string): { file: string; path: string; intent?: string } {
  const path = resolve(base, file);
  const hash = file.lastIndexOf("#");
  if (hash < 1 || existsSync(path)) return { file, path };
  return { file: file.slice(0, hash), path: resolve(base, file.slice(0, hash)), intent: file.slice(hash + 1) };
}

/** What a workflow would do, without doing it. */
export function planView({ parsed, plan, template }: Compiled) {
  const { steps } = plan.workflow;
  const ids = (indices: readonly number[]) => indices.map((index) => steps[index]!.id);
  const byLevel = levels(plan).map(ids);
  return {
    name: plan.workflow.name,
    ...(template !== undefined && { template }),
    valid: true,
    totalSteps: plan.size,
    order: ids(topologicalOrder(plan)),
    levels: byLevel,
    widest: byLevel.reduce((widest, level) => Math.max(widest, level.length), 0),
    /** The longest chain of steps. No parallelism makes the run shorter. */
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
    ...(plan.workflow.parameters && { parameters: plan.workflow.parameters }),
    needs: parsed.needs,
    warnings: parsed.warnings.map(formatDiagnostic),
  };
}
export type PlanView = ReturnType<typeof planView>;

/** What a step comes after, and its other ties. */
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

/** The workflow as Baton understood it, and why each step comes after another. */
export interface Explanation {
  readonly workflow: Workflow;
  readonly edges: readonly EdgeReason[];
}
