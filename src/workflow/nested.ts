import type { Diagnostic } from "../model/diagnostic.ts";
import { err, type Result } from "../model/result.ts";
import type { StepSyntax } from "../model/step.ts";
import type { JsonObject } from "../model/workflow.ts";
import type { Draft, DraftStep } from "./draft.ts";
import type { Mistakes, Path } from "./mistakes.ts";
import type { Parsed, ParseOptions, Source } from "./parse.ts";
import { isRecord } from "./shape.ts";

/** Workflows inside of workflows; deeper ones are mistakes. */
const DEEPEST = 8;

type Parse = (source: Source, options: ParseOptions) => Result<Parsed, Diagnostic[]>;

/**
 * Reads the steps and workflows that stand inside of steps, by the same parser. Their mistakes are told at their places in the whole.
 * @param parse the parser itself
 */
export function parseNested(
  draft: Draft,
  options: ParseOptions,
  mistakes: Mistakes,
  parse: Parse,
): Map<number, Parsed> {
  const found = new Map<number, Parsed>();
  for (const step of draft.steps) {
    const nested = step.syntax?.nested;
    if (!nested) continue;
    const path: Path = ["steps", step.at, nested.field];
    if ((options.depth ?? 0) >= DEEPEST) {
      mistakes.report("too_large", path, `workflows are nested deeper than ${DEEPEST} levels`);
      continue;
    }
    const within = { ...options, depth: (options.depth ?? 0) + 1 };
    const parsed =
      nested.kind === "step"
        ? innerStep(step, nested, draft, within, parse)
        : innerWorkflow(step, nested, within, parse);
    if (!parsed) continue;
    if (parsed.ok) {
      found.set(step.at, parsed.value);
      for (const warning of parsed.value.warnings) tell(warning, step, nested, path, mistakes);
    } else for (const mistake of parsed.error) tell(mistake, step, nested, path, mistakes);
  }
  return found;
}

type Nested = NonNullable<StepSyntax["nested"]>;

/** A step inside a step may read what the steps around it give, and the names that stand for its item. */
function innerStep(step: DraftStep, nested: Nested, draft: Draft, options: ParseOptions, parse: Parse) {
  const raw = step.config[nested.field];
  if (!isRecord(raw)) return undefined;
  const around = draft.steps
    .filter(({ id }) => id !== step.id)
    .map(({ id, outputKey }) => ({ id, command: "true", ...(outputKey !== undefined && { outputKey }) }));
  const bound: JsonObject = Object.fromEntries(nested.names(step.config).map((name) => [name, null]));
  const value = { name: step.id, steps: [...around, { ...raw, id: innerId(step.id) }] };
  const given = options.parameters && { parameters: { ...options.parameters, ...bound } };
  const parsed = parse({ value }, { ...options, ...given, maxSteps: Number.POSITIVE_INFINITY });
  if (!parsed.ok) return parsed;
  const parameters = parsed.value.needs.parameters.filter((name) => !Object.hasOwn(bound, name));
  return { ok: true as const, value: { ...parsed.value, needs: { ...parsed.value.needs, parameters } } };
}

/** A workflow inside a step knows nothing but the parameters that it is given. */
function innerWorkflow({ config }: DraftStep, nested: Nested, options: ParseOptions, parse: Parse) {
  const parameters = isRecord(config.parameters) ? (config.parameters as JsonObject) : {};
  const isolated = { ...options, parameters, context: {} };
  if (typeof config.file === "string") {
    if (!options.readWorkflow) return err<Diagnostic[]>([noFiles()]);
    const source = options.readWorkflow(config.file);
    return source.ok ? needless(parse(source.value, isolated)) : err([source.error]);
  }
  const raw = config[nested.field];
  return isRecord(raw) ? needless(parse({ value: raw }, isolated)) : undefined;
}

/** What it needs, its step gives it. */
function needless(parsed: Result<Parsed, Diagnostic[]>): Result<Parsed, Diagnostic[]> {
  return parsed.ok ? { ok: true, value: { ...parsed.value, needs: { parameters: [], context: [] } } } : parsed;
}

/** The id that a step inside of a step is checked under. */
const innerId = (id: string): string => `${id.slice(0, 120)}.item`;

const noFiles = (): Diagnostic => ({
  severity: "error",
  code: "file",
  message: "a file cannot be read here",
  hint: "Give the workflow inline.",
  at: { field: "file" },
});

/** A mistake of the inner text, as one of the outer. One that stands in a file of its own keeps its place. */
function tell(mistake: Diagnostic, step: DraftStep, nested: Nested, path: Path, mistakes: Mistakes): void {
  const { at, code, message, hint, severity } = mistake;
  const elsewhere = at.file === undefined ? "" : `${at.file}${at.line === undefined ? "" : `:${at.line}`}: `;
  const inside = nested.kind === "step" || at.step === undefined ? [] : [at.step];
  const subject =
    inside.length > 0 || elsewhere !== "" ? `${elsewhere}${inside.map((id) => `step "${id}": `).join("")}` : "";
  // What is said of a step around it is said where that step stands.
  if (nested.kind === "step" && at.step !== undefined && at.step !== innerId(step.id)) return;
  const where = nested.kind === "step" ? [...path, ...partsOf(at.field)] : path;
  mistakes.report(code, where, `${subject}${message}`, { ...(hint !== undefined && { hint }), severity });
}

/** The path that a field was told by, as in `step.verify[0]`. */
export const partsOf = (field: string | undefined): (string | number)[] =>
  (field ?? "")
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
