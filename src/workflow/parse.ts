import { err, ok, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isRecord } from "../model/json.ts";
import { groupDigits } from "../model/text/format.ts";
import { plainIssue } from "../model/text/plain-issue.ts";
import type { JsonObject, JsonValue, Parameter } from "../model/workflow.ts";
import { checkDraft } from "./check/check.ts";
import { Diagnostics, type Locate, type Path } from "./diagnostics/diagnostics.ts";
import { didYouMean } from "./diagnostics/did-you-mean.ts";
import { type Aliases, resolveAliases } from "./dialect/aliases.ts";
import { type Translation, translate } from "./dialect/index.ts";
import { draftOf, stepTypeOf, withStepTypes } from "./graph/draft.ts";
import { parseNested } from "./nested-workflows.ts";
import type { Parsed, ParseOptions } from "./parsed-workflow.ts";
import { normalize } from "./schema/normalize.ts";
import { declaredParameters } from "./schema/parameter-declarations.ts";
import { fillParameters } from "./schema/parameters.ts";
import { isUnsupportedField } from "./schema/unsupported-fields.ts";
import { workflowSchema } from "./schema/workflow-schema.ts";
import { reportIssues } from "./schema/zod-issues.ts";
import { readSource, type Source } from "./source/source.ts";

/*
 * From source text to Workflow. Every stage reports to one `Diagnostics` collector, and `Parsed` carries the result.
 *
 *   source text
 *     │  source/source.ts              → SourceData: plain JSON, and the line and column of each part
 *     │  unwrap (below)                → raw: the workflow without its { workflow, context } envelope
 *     │  dialect/index.ts              → raw in the form with `steps`, and where its author wrote each part
 *     │  dialect/aliases.ts            → the same without `run`, `dependsOn` and `needs` that are edges
 *     ├─ schema/workflow-schema.ts     → ShapedWorkflow: every field has a type that the schema allows
 *     ├─ schema/parameter-declarations.ts, schema/parameters.ts → the declared parameters and their values
 *     ├─ graph/draft.ts                → Draft: each raw step as far as it can be read
 *     │    check/check.ts              → Needs: which parameters and context the checked expressions read
 *     │    nested-workflows.ts         → a Parsed for each step or workflow inside a step of the draft
 *     ▼  schema/normalize.ts           → Workflow: defaults filled in; graph/plan.ts compiles it
 */

/** The highest value that the setting `maxSteps` can have. */
const MAX_STEPS = 100_000;

/** Reads a workflow into the model, or returns all its errors at once. Never throws, whatever the source is. */
export function parseWorkflow(source: Source, options: ParseOptions): Result<Parsed, Diagnostic[]> {
  const read = readSource(source);
  if (read.value === undefined && read.errors.length > 0) return err([...read.errors]);
  const { raw: given, prefix, outer, notes } = unwrap(read.value);
  const { stepTypes } = options;
  const translation = translate(given, { stepTypes, intent: "text" in source ? source.intent : undefined });
  const written = translation ? translation.toRaw() : given;
  const aliases = resolveAliases(written, stepTypes);
  const raw = aliases ? aliases.raw : written;
  const steps = isRecord(raw) && Array.isArray(raw.steps) ? raw.steps : [];
  const locate: Locate = (path, on) => read.locate([...prefix, ...path], on);
  const file = "text" in source ? source.file : undefined;
  const origin = originOf(translation, aliases);
  const diagnostics = new Diagnostics(locate, file, (index) => (translation ? undefined : idAt(steps, index)), origin);
  for (const { path, code, message } of read.jsonErrors)
    diagnostics.report(code, within(path, prefix), message, { asWritten: true });
  for (const { code, path, message, detail } of translation?.diagnostics ?? [])
    diagnostics.report(code, path, message, { ...detail, asWritten: true });
  for (const { code, path, message, detail } of aliases?.diagnostics ?? [])
    diagnostics.report(code, path, message, detail);
  const around = new Diagnostics(read.locate, file, () => undefined);
  for (const note of notes) note(around);

  if (steps.length > options.maxSteps) {
    reportSize(steps.length, options.maxSteps, diagnostics);
    if (steps.length > MAX_STEPS) return err([...read.errors, ...diagnostics.errors()]);
  }
  // The dialect translated nothing. The rules about steps would only add that there are none.
  if (translation && translation.diagnostics.length > 0 && steps.length === 0)
    return err([...read.errors, ...around.errors(), ...diagnostics.errors()]);
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const shaped = workflowSchema(stepTypes).safeParse(withStepTypes(raw, stepTypes), { error: plainIssue });
  if (!shaped.success) {
    reportIssues(shaped.error.issues, raw, diagnostics, (index) => types.get(stepTypeOf(steps[index], stepTypes)));
  }
  const inner = isRecord(raw) && isRecord(raw.context) ? (raw.context as JsonObject) : {};
  const context = { ...inner, ...outer, ...options.context };
  const declared = declaredParameters(raw, diagnostics);
  // A step passes parameters to a nested workflow when it starts, so they are filled in then.
  const known = options.depth === undefined ? options.parameters : undefined;
  const filled = declared?.isValid && known ? fillParameters(declared.parameters, known) : undefined;
  const names = declared && new Set(declared.names);
  const parameters = filled?.values ?? withNames(declared?.names, options.parameters);
  const draft = draftOf(raw, stepTypes, translation?.groups);
  const needs = checkDraft(draft, { parameters, declared: names, context }, diagnostics);
  const nested = parseNested(
    draft,
    { ...options, ...(parameters && { parameters }), context },
    diagnostics,
    parseWorkflow,
  );
  for (const { needs: inner } of nested.values()) {
    // A nested workflow reports no needs: its step passes it everything. Needs come from nested steps only.
    for (const name of inner.parameters) if (parameters === undefined) needs.parameters.add(name);
  }

  const errors = [...read.errors, ...around.errors(), ...diagnostics.errors(), ...(filled?.mistakes ?? [])];
  if (errors.length > 0 || !shaped.success) return err(errors);
  return ok({
    workflow: normalize(shaped.data, outer, stepTypes, file, nested, declared?.parameters),
    parameters: parameters ?? {},
    warnings: [...read.warnings, ...diagnostics.warnings()],
    needs: {
      parameters: (declared ? requiredOf(declared.parameters) : [...needs.parameters]).sort(),
      context: [...needs.context].sort(),
    },
    place: (path) => diagnostics.place(path),
  });
}

/** Where the author wrote a path of the form with `steps` in which no step uses another word. */
function originOf(translation: Translation | undefined, aliases: Aliases | undefined) {
  if (!aliases) return translation && ((path: Path) => translation.origin(path));
  return (path: Path) => (translation ? translation.origin(aliases.origin(path)) : aliases.origin(path));
}

const requiredOf = (declared: readonly Parameter[]): string[] =>
  declared.filter(({ required }) => required).map(({ name }) => name);

/** Adds declared parameters to the given ones, as null: they have a value by the time an expression reads them. */
function withNames(names: readonly string[] | undefined, given: JsonObject | undefined): JsonObject | undefined {
  return names && given ? { ...Object.fromEntries(names.map((name) => [name, null])), ...given } : given;
}

interface Unwrapped {
  readonly raw: JsonValue | undefined;
  /** Path of the workflow in the source. */
  readonly prefix: Path;
  /** Context beside the workflow. It overrides the context inside the workflow. */
  readonly outer: JsonObject;
  readonly notes: readonly ((diagnostics: Diagnostics) => void)[];
}

const WRAPPER = ["workflow", "context"];

const besides = (key: string): string =>
  key === "parameters"
    ? "Declare parameters inside the workflow, and pass their values when you run it."
    : 'Besides "workflow", only "context" is allowed.';

/** Accepts the workflow itself, or the arguments of a call: `{ workflow: { … }, context: { … } }`. */
function unwrap(value: JsonValue | undefined): Unwrapped {
  if (!isRecord(value) || !isRecord(value.workflow) || Object.hasOwn(value, "steps")) {
    return { raw: value, prefix: [], outer: {}, notes: [] };
  }
  const notes: ((diagnostics: Diagnostics) => void)[] = [];
  for (const key of Object.keys(value)) {
    if (WRAPPER.includes(key)) continue;
    if (isUnsupportedField("", key)) {
      notes.push((around) => around.report("not_supported", [key], `"${key}" is not supported yet`, { on: "key" }));
    } else {
      const hint = () => didYouMean(key, WRAPPER) ?? besides(key);
      notes.push((around) => around.report("unknown_field", [key], `unknown field "${key}"`, { hint, on: "key" }));
    }
  }
  const { context } = value;
  if (context !== undefined && !isRecord(context)) {
    notes.push((around) => around.report("wrong_type", ["context"], "must be an object"));
  }
  return {
    raw: value.workflow as JsonValue,
    prefix: ["workflow"],
    outer: isRecord(context) ? (context as JsonObject) : {},
    notes,
  };
}

/** Turns a path from the source's root into a path from the workflow's root. */
function within(path: Path, prefix: Path): Path {
  return prefix.every((part, i) => path[i] === part) ? path.slice(prefix.length) : path;
}

function idAt(steps: readonly unknown[], index: number): string | undefined {
  const step = steps[index];
  return isRecord(step) && typeof step.id === "string" && step.id !== "" ? step.id : undefined;
}

function reportSize(size: number, limit: number, diagnostics: Diagnostics): void {
  const hint =
    limit < MAX_STEPS
      ? `Raise maxSteps in the configuration (or BATON_MAX_STEPS), up to ${groupDigits(MAX_STEPS)}.`
      : "Split it into several workflows.";
  diagnostics.report(
    "too_large",
    ["steps"],
    `${groupDigits(size)} steps are more than the limit of ${groupDigits(limit)}`,
    {
      hint,
    },
  );
}
