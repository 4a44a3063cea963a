import type { NewSteps, StepSyntax } from "../model/contracts/step.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { STEP_ID } from "../model/ids.ts";
import { isRecord } from "../model/json.ts";
import type { Facts } from "../model/plan.ts";
import type { Dependency, JsonObject, JsonValue, Step } from "../model/workflow.ts";
import { quote } from "./diagnostics/expression-error.ts";
import type { Names } from "./expression/expression.ts";
import { stepTypeOf } from "./graph/draft.ts";
import { renderStep } from "./graph/plan.ts";
import { parseWorkflow } from "./parse.ts";
import { isLonePlaceholder, splitPattern } from "./schema/pattern.ts";

/** The step that expands, with its pattern. */
export interface ExpansionSource {
  /** Id of the step that expands. */
  readonly id: string;
  /** The pattern as its author wrote it. */
  readonly written: Readonly<Record<string, unknown>>;
  /** The name that the pattern gives to an element. */
  readonly as: string;
  /** Whether an element without `dependsOn` runs after the element before it. */
  readonly inOrder: boolean;
  /** How many elements are allowed at most. */
  readonly max: number;
}

/** What the pattern may read, and the limits of the run that it expands into. */
export interface ExpansionScope {
  /** The steps of the definition, whose results the pattern may read. */
  readonly definitionSteps: readonly Step[];
  readonly parameters: JsonObject;
  /** Names of the parameters that the definition declares, with or without a value. */
  readonly declared?: readonly string[] | undefined;
  readonly context: JsonObject;
  readonly stepTypes: readonly StepSyntax[];
  readonly maxSteps: number;
}

/** One element whose own fields are filled in, before the parser has seen it. */
interface ElementDraft {
  /** The words for this element in an error. */
  readonly label: string;
  readonly id: string;
  readonly bindings: JsonObject;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Absent if the element has no `dependsOn`. */
  readonly dependsOn: readonly string[] | undefined;
}

/**
 * Makes a step from each element, with the same parser as any workflow. Returns all errors in `problems` if there are
 * any. Never throws, whatever the data is.
 */
export function expandPattern(from: unknown, source: ExpansionSource, scope: ExpansionScope): NewSteps {
  const { max } = source;
  const none = { steps: [], dependencies: [], maxSteps: scope.maxSteps };
  if (!Array.isArray(from)) return { ...none, problems: [`"from" gives ${kindOf(from)}, not a list`] };
  if (from.length > max)
    return { ...none, problems: [`"from" has ${from.length} elements; max allows at most ${max}`] };
  const problems: string[] = [];
  const drafts = withoutDuplicates(
    from.flatMap((item: JsonValue, index) => {
      const draft = draftElement(item, index, source, scope);
      if (draft.ok) return [draft.value];
      problems.push(...draft.error);
      return [];
    }),
    problems,
  );
  const dependencies = dependenciesOf(drafts, source, problems);
  const steps = parseElements(drafts, dependencies, source, scope, problems);
  return { steps, dependencies, problems, maxSteps: scope.maxSteps };
}

function draftElement(
  item: JsonValue,
  index: number,
  { id: parentId, written, as }: ExpansionSource,
  scope: ExpansionScope,
): Result<ElementDraft, string[]> {
  if (!isRecord(item)) return err([`element ${index} is ${kindOf(item)}, not an object`]);
  const bindings = { [as]: item as JsonObject, index };
  const type = stepTypeOf(written, scope.stepTypes);
  const syntax = scope.stepTypes.find((known) => known.type === type);
  const { computed, kept } = splitPattern(written, syntax);
  // These fields can read no step, since NO_STEPS gives no names.
  const facts = { parameters: { ...scope.parameters, ...bindings }, context: scope.context } as unknown as Facts;
  const problems: string[] = [];
  const filled: Record<string, JsonValue> = {};
  for (const [field, value] of Object.entries(computed)) {
    const text = field === "dependsOn" ? readOptionally(value, as) : value;
    const made = syntax?.templates[field] === undefined ? fillValue(text, facts) : fillStructure(text, facts);
    if (!made.ok) problems.push(`${field}: ${made.error}`);
    else if (made.value !== null) filled[field] = made.value;
  }
  const { id = `${parentId.slice(0, 120)}.${index}`, dependsOn, ...fields } = filled;
  const name = typeof id === "number" ? String(id) : id;
  const isId = typeof name === "string" && STEP_ID.test(name);
  if (!isId) problems.push(`id: ${quote(JSON.stringify(id))} is not a step id (letters, digits, _ . and -)`);
  const after = listOfIds(dependsOn);
  if (dependsOn !== undefined && !after) problems.push(`dependsOn is ${kindOf(dependsOn)}, not a list of ids`);
  const label = `element ${index}${isId ? ` ("${name}")` : ""}`;
  if (problems.length > 0) return err(problems.map((problem) => `${label}: ${problem}`));
  return ok({ label, id: name as string, bindings, raw: { ...kept, ...fields, id: name }, dependsOn: after });
}

/** Makes `{{item.dependsOn}}` optional, so that an element without this key has no dependencies. */
const readOptionally = (value: JsonValue, as: string): JsonValue =>
  typeof value === "string"
    ? value.replace(new RegExp(`^\\s*\\{\\{\\s*(${as}(?:\\.\\w+)+)\\s*\\}\\}\\s*$`), withOptionalAccess)
    : value;
const withOptionalAccess = (_: string, path: string): string => `{{${path.replaceAll(".", ".?")}}}`;

function listOfIds(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [value];
  const ids = list.filter((id) => typeof id === "string" || typeof id === "number");
  return ids.length === list.length ? ids.map(String) : undefined;
}

const NO_STEPS: Names = { indexOf: new Map(), outputKeys: new Map() };

function fillValue(value: JsonValue, facts: Facts): Result<JsonValue, string> {
  const made = renderStep({ config: { value }, templates: { value: "data" } }, facts, NO_STEPS);
  return made.ok ? ok(made.value.config.value as JsonValue) : err(made.error.message);
}

/**
 * For a field whose texts are templates that Baton fills in when the step starts. Only a lone placeholder is filled in
 * now. Its value is data, so braces in it are escaped.
 */
function fillStructure(value: JsonValue, facts: Facts): Result<JsonValue, string> {
  if (isLonePlaceholder(value)) {
    const made = fillValue(value, facts);
    return made.ok ? ok(escapeBraces(made.value)) : made;
  }
  if (!Array.isArray(value)) return ok(value);
  const entries: JsonValue[] = [];
  for (const entry of value) {
    const made = isLonePlaceholder(entry) ? fillStructure(entry, facts) : ok(entry);
    if (!made.ok) return made;
    entries.push(made.value);
  }
  return ok(entries);
}

function escapeBraces(value: JsonValue): JsonValue {
  if (typeof value === "string") return value.replaceAll("{{", "\\{{");
  if (Array.isArray(value)) return value.map(escapeBraces);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escapeBraces(member as JsonValue)]));
}

function withoutDuplicates(drafts: readonly ElementDraft[], problems: string[]): ElementDraft[] {
  const seen = new Map<string, ElementDraft>();
  return drafts.filter((draft) => {
    const before = seen.get(draft.id.toLowerCase());
    if (before)
      problems.push(`${draft.label}: ${before.label} already has this id (upper and lower case count as equal)`);
    else seen.set(draft.id.toLowerCase(), draft);
    return !before;
  });
}

function dependenciesOf(
  drafts: readonly ElementDraft[],
  { id: parentId, inOrder }: ExpansionSource,
  problems: string[],
): Dependency[] {
  const ids = new Set(drafts.map(({ id }) => id));
  return drafts.flatMap(({ label, id, dependsOn }, at): Dependency[] => {
    const before = inOrder && at > 0 ? [drafts[at - 1]!.id] : [];
    const after = [...new Set(dependsOn ?? before)];
    for (const one of after) {
      if (!ids.has(one)) problems.push(`${label}: dependsOn names ${quote(one)}, which is the id of no element`);
      else if (one === id) problems.push(`${label}: it depends on itself`);
    }
    const known = after.filter((one) => ids.has(one) && one !== id);
    return (known.length > 0 ? known : [parentId]).map((from) => ({ from, to: id }));
  });
}

/** Parses the elements beside stubs of the definition's steps, which only carry the names that may be read. */
function parseElements(
  drafts: readonly ElementDraft[],
  dependencies: readonly Dependency[],
  { id: parentId, as }: ExpansionSource,
  { definitionSteps: around, parameters, declared = [], context, stepTypes }: ExpansionScope,
  problems: string[],
): Step[] {
  if (drafts.length === 0) return [];
  const own = new Map(drafts.map((draft) => [draft.id.toLowerCase(), draft]));
  const stubs = around
    .filter(({ id }) => !own.has(id.toLowerCase()))
    .map(({ id, outputKey }) => ({ id, command: "true", ...(outputKey !== undefined && { outputKey }) }));
  const value = { name: parentId, steps: [...stubs, ...drafts.map(({ raw }) => raw)], dependencies };
  const known = Object.fromEntries([...declared, as, "index"].map((name) => [name, null]));
  const names = { parameters: { ...parameters, ...known }, context };
  const result = parseWorkflow({ value }, { stepTypes, maxSteps: Number.POSITIVE_INFINITY, ...names, depth: 1 });
  if (!result.ok) problems.push(...new Set(result.error.map((mistake) => describeError(mistake, own))));
  if (!result.ok) return [];
  return result.value.workflow.steps
    .slice(stubs.length)
    .map((step, at): Step => ({ ...step, bindings: drafts[at]!.bindings }));
}

function describeError({ at, message }: Diagnostic, drafts: ReadonlyMap<string, ElementDraft>): string {
  const draft = at.step === undefined ? undefined : drafts.get(at.step.toLowerCase());
  return draft ? [draft.label, at.field, message].filter((part) => part !== undefined).join(": ") : message;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  const kinds: Readonly<Record<string, string>> = { string: "text", number: "a number", boolean: "true or false" };
  return kinds[typeof value] ?? "an object";
}
