import type { NewSteps, StepSyntax } from "../model/contracts/step.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { STEP_ID } from "../model/ids.ts";
import { isRecord } from "../model/json.ts";
import type { Facts } from "../model/plan.ts";
import { err, ok, type Result } from "../model/result.ts";
import type { Dependency, JsonObject, JsonValue, Step } from "../model/workflow.ts";
import { quote } from "./diagnostics/expression-error.ts";
import type { Names } from "./expression/expression.ts";
import { typeOf } from "./graph/draft.ts";
import { renderStep } from "./graph/plan.ts";
import { parseWorkflow } from "./parse.ts";
import { isLone, patternOf } from "./schema/pattern.ts";

/** What steps are made of. */
export interface ExpansionSource {
  /** The step that they grow from. */
  readonly id: string;
  /** The pattern, as it was written. */
  readonly written: Readonly<Record<string, unknown>>;
  /** What the pattern calls an element. */
  readonly as: string;
  /** Elements that say nothing of what they depend on follow the one before them. */
  readonly inOrder: boolean;
  /** The most elements that there may be. */
  readonly max: number;
}

/** Where they are to grow. */
export interface ExpansionScope {
  /** The steps of the definition: what the pattern may read. */
  readonly around: readonly Step[];
  readonly parameters: JsonObject;
  /** What the definition declares, whether or not it was given. */
  readonly declared?: readonly string[] | undefined;
  readonly context: JsonObject;
  readonly stepTypes: readonly StepSyntax[];
  readonly maxSteps: number;
}

/** One element, as far as it can be understood. */
interface Shoot {
  /** How problems name it. */
  readonly label: string;
  readonly id: string;
  readonly bindings: JsonObject;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Absent: it says nothing of it. */
  readonly dependsOn: readonly string[] | undefined;
}

/** Makes a step of each element, by the same parser as any workflow, or tells everything that is wrong with them. Never throws, whatever the data. */
export function expandPattern(from: unknown, seed: ExpansionSource, soil: ExpansionScope): NewSteps {
  const { max } = seed;
  const none = { steps: [], dependencies: [], maxSteps: soil.maxSteps };
  if (!Array.isArray(from)) return { ...none, problems: [`"from" gives ${kindOf(from)}, not a list`] };
  if (from.length > max)
    return { ...none, problems: [`"from" has ${from.length} elements; at most ${max} may grow (max)`] };
  const problems: string[] = [];
  const shoots = withoutDuplicates(
    from.flatMap((item: JsonValue, index) => {
      const shoot = shootOf(item, index, seed, soil);
      if (shoot.ok) return [shoot.value];
      problems.push(...shoot.error);
      return [];
    }),
    problems,
  );
  const dependencies = dependenciesOf(shoots, seed, problems);
  const steps = parsed(shoots, dependencies, seed, soil, problems);
  return { steps, dependencies, problems, maxSteps: soil.maxSteps };
}

function shootOf(
  item: JsonValue,
  index: number,
  { id: grower, written, as }: ExpansionSource,
  soil: ExpansionScope,
): Result<Shoot, string[]> {
  if (!isRecord(item)) return err([`element ${index} is ${kindOf(item)}, not an object`]);
  const bindings = { [as]: item as JsonObject, index };
  const type = typeOf(written, soil.stepTypes);
  const syntax = soil.stepTypes.find((known) => known.type === type);
  const { computed, kept } = patternOf(written, syntax);
  // No step can be read: there are no names for any.
  const facts = { parameters: { ...soil.parameters, ...bindings }, context: soil.context } as unknown as Facts;
  const problems: string[] = [];
  const filled: Record<string, JsonValue> = {};
  for (const [field, value] of Object.entries(computed)) {
    const text = field === "dependsOn" ? orAbsent(value, as) : value;
    const made = syntax?.templates[field] === undefined ? filledIn(text, facts) : structured(text, facts);
    if (!made.ok) problems.push(`${field}: ${made.error}`);
    else if (made.value !== null) filled[field] = made.value;
  }
  const { id = `${grower.slice(0, 120)}.${index}`, dependsOn, ...fields } = filled;
  const name = typeof id === "number" ? String(id) : id;
  const isId = typeof name === "string" && STEP_ID.test(name);
  if (!isId) problems.push(`id: ${quote(JSON.stringify(id))} is no step id (letters, digits, _ . and -)`);
  const after = listOfIds(dependsOn);
  if (dependsOn !== undefined && !after) problems.push(`dependsOn is ${kindOf(dependsOn)}, not a list of ids`);
  const label = `element ${index}${isId ? ` ("${name}")` : ""}`;
  if (problems.length > 0) return err(problems.map((problem) => `${label}: ${problem}`));
  return ok({ label, id: name as string, bindings, raw: { ...kept, ...fields, id: name }, dependsOn: after });
}

/** What an element says nothing of it depends on nothing. */
const orAbsent = (value: JsonValue, as: string): JsonValue =>
  typeof value === "string"
    ? value.replace(new RegExp(`^\\s*\\{\\{\\s*(${as}(?:\\.\\w+)+)\\s*\\}\\}\\s*$`), optionally)
    : value;
const optionally = (_: string, path: string): string => `{{${path.replaceAll(".", ".?")}}}`;

function listOfIds(value: JsonValue | undefined): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.filter((id) => typeof id === "string" || typeof id === "number");
  return ids.length === value.length ? ids.map(String) : undefined;
}

const NO_STEPS: Names = { indexOf: new Map(), outputKeys: new Map() };

function filledIn(value: JsonValue, facts: Facts): Result<JsonValue, string> {
  const made = renderStep({ config: { value }, templates: { value: "data" } }, facts, NO_STEPS);
  return made.ok ? ok(made.value.config.value as JsonValue) : err(made.error.message);
}

/**
 * In a field whose texts are templates that are filled in later, only what stands alone is filled in now, and is no template: braces in the data
 * are braces.
 */
function structured(value: JsonValue, facts: Facts): Result<JsonValue, string> {
  if (isLone(value)) {
    const made = filledIn(value, facts);
    return made.ok ? ok(literal(made.value)) : made;
  }
  if (!Array.isArray(value)) return ok(value);
  const entries: JsonValue[] = [];
  for (const entry of value) {
    const made = isLone(entry) ? structured(entry, facts) : ok(entry);
    if (!made.ok) return made;
    entries.push(made.value);
  }
  return ok(entries);
}

function literal(value: JsonValue): JsonValue {
  if (typeof value === "string") return value.replaceAll("{{", "\\{{");
  if (Array.isArray(value)) return value.map(literal);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, literal(member as JsonValue)]));
}

function withoutDuplicates(shoots: readonly Shoot[], problems: string[]): Shoot[] {
  const seen = new Map<string, Shoot>();
  return shoots.filter((shoot) => {
    const before = seen.get(shoot.id.toLowerCase());
    if (before) problems.push(`${shoot.label}: ${before.label} has this id already (upper and lower case are one)`);
    else seen.set(shoot.id.toLowerCase(), shoot);
    return !before;
  });
}

function dependenciesOf(
  shoots: readonly Shoot[],
  { id: grower, inOrder }: ExpansionSource,
  problems: string[],
): Dependency[] {
  const ids = new Set(shoots.map(({ id }) => id));
  return shoots.flatMap(({ label, id, dependsOn }, at): Dependency[] => {
    const before = inOrder && at > 0 ? [shoots[at - 1]!.id] : [];
    const after = [...new Set(dependsOn ?? before)];
    for (const one of after) {
      if (!ids.has(one)) problems.push(`${label}: dependsOn: no element has the id ${quote(one)}`);
      else if (one === id) problems.push(`${label}: it depends on itself`);
    }
    const known = after.filter((one) => ids.has(one) && one !== id);
    return (known.length > 0 ? known : [grower]).map((from) => ({ from, to: id }));
  });
}

/** What stands around is there to be read, and stands for no more than its names. */
function parsed(
  shoots: readonly Shoot[],
  dependencies: readonly Dependency[],
  { id: grower, as }: ExpansionSource,
  { around, parameters, declared = [], context, stepTypes }: ExpansionScope,
  problems: string[],
): Step[] {
  if (shoots.length === 0) return [];
  const own = new Map(shoots.map((shoot) => [shoot.id.toLowerCase(), shoot]));
  const stubs = around
    .filter(({ id }) => !own.has(id.toLowerCase()))
    .map(({ id, outputKey }) => ({ id, command: "true", ...(outputKey !== undefined && { outputKey }) }));
  const value = { name: grower, steps: [...stubs, ...shoots.map(({ raw }) => raw)], dependencies };
  const known = Object.fromEntries([...declared, as, "index"].map((name) => [name, null]));
  const names = { parameters: { ...parameters, ...known }, context };
  const result = parseWorkflow({ value }, { stepTypes, maxSteps: Number.POSITIVE_INFINITY, ...names, depth: 1 });
  if (!result.ok) problems.push(...new Set(result.error.map((mistake) => told(mistake, own))));
  if (!result.ok) return [];
  return result.value.workflow.steps
    .slice(stubs.length)
    .map((step, at): Step => ({ ...step, bindings: shoots[at]!.bindings }));
}

function told({ at, message }: Diagnostic, shoots: ReadonlyMap<string, Shoot>): string {
  const shoot = at.step === undefined ? undefined : shoots.get(at.step.toLowerCase());
  return shoot ? [shoot.label, at.field, message].filter((part) => part !== undefined).join(": ") : message;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  const kinds: Readonly<Record<string, string>> = { string: "text", number: "a number", boolean: "true or false" };
  return kinds[typeof value] ?? "an object";
}
