import { z } from "zod";
import type { StepSyntax } from "../model/contracts/step.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isRecord } from "../model/json.ts";
import type { JsonObject, Step } from "../model/workflow.ts";
import type { Diagnostics, Path } from "./diagnostics/diagnostics.ts";
import { type Draft, type DraftStep, stepTypeOf } from "./graph/draft.ts";
import type { Parsed, ParseOptions } from "./parsed-workflow.ts";
import { splitPattern } from "./schema/pattern.ts";
import type { Source } from "./source/source.ts";

/** Levels of workflows inside workflows; deeper nesting is an error. */
const MAX_NESTED_LEVELS = 8;

type Parse = (source: Source, options: ParseOptions) => Result<Parsed, Diagnostic[]>;

/**
 * Parses the steps and workflows inside steps. Reports their diagnostics at their places in the outer workflow.
 * Returns what was parsed, by index of the outer step.
 * @param parse the parser itself
 */
export function parseNested(
  draft: Draft,
  options: ParseOptions,
  diagnostics: Diagnostics,
  parse: Parse,
): Map<number, Parsed> {
  const found = new Map<number, Parsed>();
  for (const step of draft.steps) {
    const nested = step.syntax?.nested;
    if (!nested) continue;
    const path: Path = ["steps", step.at, nested.field];
    if ((options.depth ?? 0) >= MAX_NESTED_LEVELS) {
      diagnostics.report("too_large", path, `workflows are nested deeper than ${MAX_NESTED_LEVELS} levels`);
      continue;
    }
    const within = { ...options, depth: (options.depth ?? 0) + 1 };
    const parsed =
      nested.kind === "step"
        ? parseInnerStep(step, nested, draft, within, parse)
        : parseInnerWorkflow(step, nested, within, parse);
    if (!parsed) continue;
    if (parsed.ok) {
      found.set(step.at, parsed.value);
      for (const warning of parsed.value.warnings) reportNested(warning, step, nested, path, diagnostics);
    } else for (const mistake of parsed.error) reportNested(mistake, step, nested, path, diagnostics);
  }
  return found;
}

type NestedSyntax = NonNullable<StepSyntax["nested"]>;

/** Parses a step inside a step. It may read the results of the steps around it, and the names bound to its item. */
function parseInnerStep(step: DraftStep, nested: NestedSyntax, draft: Draft, options: ParseOptions, parse: Parse) {
  const raw = step.config[nested.field];
  if (!isRecord(raw)) return undefined;
  const type = stepTypeOf(raw, options.stepTypes);
  const syntax = options.stepTypes.find((known) => known.type === type);
  const { computed, kept } = nested.pattern ? splitPattern(raw, syntax) : { computed: {}, kept: raw };
  const around = draft.steps
    .filter(({ id }) => id !== step.id)
    .map(({ id, outputKey }) => ({ id, command: "true", ...(outputKey !== undefined && { outputKey }) }));
  const bound: JsonObject = Object.fromEntries(nested.names(step.config).map((name) => [name, null]));
  const id = innerId(step.id);
  const taken = around.find(({ outputKey }) => outputKey !== undefined && Object.hasOwn(bound, outputKey));
  if (taken) return err([nameTaken(taken.outputKey!, taken.id, id)]);
  const given = options.parameters && { parameters: { ...options.parameters, ...bound } };
  const within = { ...options, ...given, maxSteps: Number.POSITIVE_INFINITY };
  const standIns = Object.keys(computed).flatMap((field) =>
    REQUIRED_NAME_FIELDS.includes(field) ? [[field, "item"]] : [],
  );
  const inner = { ...kept, ...Object.fromEntries(standIns), id };
  const parsed = parse({ value: { name: step.id, steps: [...around, inner] } }, within);
  const early = parse(
    { value: { name: step.id, steps: [{ id, type: "pattern", computed }] } },
    { ...within, stepTypes: [PATTERN_SYNTAX] },
  );
  if (!parsed.ok || !early.ok) {
    return err([...(parsed.ok ? [] : parsed.error), ...(early.ok ? [] : early.error.map(inPattern))]);
  }
  const { workflow, needs, warnings } = parsed.value;
  const both = [...new Set([...needs.parameters, ...early.value.needs.parameters])];
  const parameters = both.filter((name) => !Object.hasOwn(bound, name));
  const found: Parsed = {
    ...parsed.value,
    workflow: {
      ...workflow,
      steps: workflow.steps.map((one) => (one.id === id ? withPatternFields(one, computed) : one)),
    },
    warnings: [...warnings, ...early.value.warnings.map(inPattern)],
    needs: { ...needs, parameters },
  };
  return ok(found);
}

const nameTaken = (name: string, by: string, step: string): Diagnostic => ({
  severity: "error",
  code: "name_collision",
  message: `"${name}", the name of the element here, is also the outputKey of step "${by}"`,
  hint: 'Choose another outputKey, or another name under "as".',
  at: { step },
});

/** Fields that name a performer or server. The schema of their step type requires them. */
const REQUIRED_NAME_FIELDS = ["agent", "skill", "server"];

/** A step type for the fields that an expansion computes, so that the parser checks their names and expressions. */
const PATTERN_SYNTAX: StepSyntax = {
  type: "pattern",
  fields: { computed: z.unknown() },
  templates: { computed: "data" },
};

function inPattern(mistake: Diagnostic): Diagnostic {
  const { at, code } = mistake;
  const known = "When the step grows, Baton fills it from its element, the parameters and the context.";
  return {
    ...mistake,
    ...(code === "unknown_step" && { message: `${mistake.message} that can be read here`, hint: known }),
    at: { ...at, ...(at.field !== undefined && { field: at.field.replace(/^computed\.?/, "") }) },
  };
}

const withPatternFields = (step: Step, computed: Readonly<Record<string, unknown>>): Step => ({
  ...step,
  config: {
    ...step.config,
    ...Object.fromEntries(Object.entries(computed).filter(([field]) => Object.hasOwn(step.config, field))),
  },
});

/** Parses a workflow inside a step. It reads only the parameters that the step passes. */
function parseInnerWorkflow({ config }: DraftStep, nested: NestedSyntax, options: ParseOptions, parse: Parse) {
  const parameters = isRecord(config.parameters) ? (config.parameters as JsonObject) : {};
  const isolated = { ...options, parameters, context: {} };
  if (typeof config.file === "string") {
    if (!options.readWorkflow) return err<Diagnostic[]>([filesUnavailable()]);
    const source = options.readWorkflow(config.file);
    return source.ok ? withoutNeeds(parse(source.value, isolated)) : err([source.error]);
  }
  const raw = config[nested.field];
  return isRecord(raw) ? withoutNeeds(parse({ value: raw }, isolated)) : undefined;
}

/** Clears the needs of a nested workflow, since its step passes it everything. */
function withoutNeeds(parsed: Result<Parsed, Diagnostic[]>): Result<Parsed, Diagnostic[]> {
  return parsed.ok ? { ok: true, value: { ...parsed.value, needs: { parameters: [], context: [] } } } : parsed;
}

/** The id under which the parser checks a step inside a step. */
const innerId = (id: string): string => `${id.slice(0, 120)}.item`;

const filesUnavailable = (): Diagnostic => ({
  severity: "error",
  code: "file",
  message: "a workflow file cannot be read here",
  hint: "Give the workflow inline.",
  at: { field: "file" },
});

/** Reports an inner diagnostic at the outer step. If the inner text is another file, the message names its place. */
function reportNested(
  mistake: Diagnostic,
  step: DraftStep,
  nested: NestedSyntax,
  path: Path,
  diagnostics: Diagnostics,
): void {
  const { at, code, message, hint, severity } = mistake;
  const elsewhere = at.file === undefined ? "" : `${at.file}${at.line === undefined ? "" : `:${at.line}`}: `;
  const inside = nested.kind === "step" || at.step === undefined ? [] : [at.step];
  const subject =
    inside.length > 0 || elsewhere !== "" ? `${elsewhere}${inside.map((id) => `step "${id}": `).join("")}` : "";
  // The outer parse reports the diagnostics of the steps around this one.
  if (nested.kind === "step" && at.step !== undefined && at.step !== innerId(step.id)) return;
  const where = nested.kind === "step" ? [...path, ...parseFieldPath(at.field)] : path;
  diagnostics.report(code, where, `${subject}${message}`, { ...(hint !== undefined && { hint }), severity });
}

/** The path behind a formatted field, such as `step.verify[0]`. The inverse of `formatPath` for plain names. */
export const parseFieldPath = (field: string | undefined): (string | number)[] =>
  (field ?? "")
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
