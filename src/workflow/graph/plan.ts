import type { StepSyntax } from "../../model/contracts/step.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Edge, Expansion, ExpressionFailure, Facts, Plan, Rendered } from "../../model/plan.ts";
import { EDGE_ENDPOINTS, type JsonValue, type Step, type Workflow } from "../../model/workflow.ts";
import { type ExpressionError, quote } from "../diagnostics/expression-error.ts";
import { Budget } from "../expression/budget.ts";
import { compileCondition, evaluateCondition } from "../expression/condition.ts";
import { compileExpression, evaluate, type Names } from "../expression/expression.ts";
import { asText, fill, parseTemplate } from "../expression/template.ts";
import { compileShell, environmentValueError } from "../shell/shell.ts";
import { concurrencyGroupsOf } from "./concurrency-groups.ts";
import { expandWorkflow, inheritEdges } from "./expand-plan.ts";
import { graphOf } from "./graph.ts";
import { widthOf } from "./schedule.ts";
import {
  edgesOf,
  type Field,
  type FillKind,
  referencesOf,
  type StepReferences,
  templatesOf,
} from "./step-references.ts";

/**
 * Compiles a workflow that was found valid, perhaps long ago. It reports nothing: what no longer compiles fails its
 * step when it runs.
 */
export function compilePlan(
  base: Workflow,
  stepTypes: readonly StepSyntax[],
  growths: readonly Expansion[] = [],
): Plan {
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const { workflow, withdrawn, living } = expandWorkflow(base, growths);
  const flags = (is: (type: StepSyntax | undefined) => unknown) =>
    Uint8Array.from(workflow.steps, ({ type }) => (is(types.get(type)) ? 1 : 0));
  const steps = referencesOf(workflow.steps, stepTypes);
  const names = namesOf(workflow.steps, withdrawn);
  const lanes = concurrencyGroupsOf(workflow, names.indexOf);
  const own = edgesOf(
    living === steps.length ? steps : withoutReferences(steps, withdrawn),
    workflow.dependencies,
    names,
  );
  const edges = growths.length === 0 ? own : [...own, ...inheritEdges(own, growths, names.indexOf, base.steps.length)];
  const graph = graphOf(steps.length, edges);
  return {
    ...{ workflow, expansions: growths, discarded: withdrawn, stepCount: living },
    ...graph,
    ...endpointIndexes(steps.length, edges),
    indexOf: names.indexOf,
    byWorker: flags((type) => type?.byWorker),
    passive: flags((type) => type?.passive),
    expands: flags((type) => type?.expands),
    width: widthOf(graph, withdrawn),
    ...(lanes && { concurrency: lanes }),
    condition: (index, facts) => conditionOf(steps[index]!, facts, names),
    render: (index, facts) => renderStep(steps[index]!, withBindings(facts, workflow.steps[index]!), names),
    withExpansions: (growths) => compilePlan(base, stepTypes, growths),
  };
}

/** Discarded steps have no references, so they get no edges. */
const withoutReferences = (steps: readonly StepReferences[], withdrawn: Uint8Array): StepReferences[] =>
  steps.map((step, index) => (withdrawn[index] ? { config: {}, templates: {} } : step));

/** Names that only one step knows come before the parameters. */
const withBindings = (facts: Facts, { bindings }: Step): Facts =>
  bindings ? { ...facts, parameters: { ...facts.parameters, ...bindings }, step: (index) => facts.step(index) } : facts;
/** Most steps have only edges from a finish to a start, which this checks at once. */
function endpointIndexes(size: number, edges: readonly Edge[]): Pick<Plan, "startAwaited" | "finishEdges"> {
  const startAwaited = new Uint8Array(size);
  const finishEdges = new Int32Array(size);
  for (const { from, to, type } of edges) {
    if (EDGE_ENDPOINTS[type].after === "start") startAwaited[from] = 1;
    if (EDGE_ENDPOINTS[type].holds === "finish") finishEdges[to]!++;
  }
  return { startAwaited, finishEdges };
}

/** Which step has which id and which outputKey; the first of equals. Discarded steps have none. */
export function namesOf(
  steps: readonly { id: string; outputKey?: string | undefined }[],
  withdrawn?: Uint8Array,
): Names {
  const indexOf = new Map<string, number>();
  const outputKeys = new Map<string, number>();
  steps.forEach(({ id, outputKey }, index) => {
    if (withdrawn?.[index]) return;
    if (!indexOf.has(id)) indexOf.set(id, index);
    if (outputKey !== undefined && !outputKeys.has(outputKey)) outputKeys.set(outputKey, index);
  });
  return { indexOf, outputKeys };
}

function conditionOf(step: StepReferences, facts: Facts, names: Names): Result<boolean, ExpressionFailure> {
  if (step.condition === undefined) return ok(true);
  const condition = compileCondition(step.condition);
  const verdict = condition.ok ? evaluateCondition(condition.value, facts, names) : condition;
  return verdict.ok ? verdict : err({ reason: "condition_error", ...verdict.error });
}

/** Fills the templates of a step. */
export function renderStep(step: StepReferences, facts: Facts, names: Names): Result<Rendered, ExpressionFailure> {
  const config: Record<string, unknown> = { ...step.config };
  const own = new Set<object>([config]);
  const values: Record<string, string> = {};
  const known: FillContext = { facts, names, budget: new Budget() };
  for (const { text, field, kind } of templatesOf(step)) {
    if (!text.includes("{{")) continue;
    const filled = FILLERS[kind](text, field, known, values);
    if (!filled.ok) return filled;
    setField(config, field, filled.value, own);
  }
  return ok({ config, values });
}

type FillResult = Result<JsonValue, ExpressionFailure>;
type Filler = (text: string, field: Field, known: FillContext, values: Record<string, string>) => FillResult;

/** The filled values, and the budget for all of them. */
interface FillContext {
  readonly facts: Facts;
  readonly names: Names;
  readonly budget: Budget;
}

const FILLERS: Readonly<Record<FillKind, Filler>> = {
  shell: (text, _, known, values) => fillShell(text, values, known),
  text: (text, field, known) => fillText(text, field, known),
  data: (text, _, known) => fillData(text, known),
  commands: (text, field, known, values) => fillCommands(text, field, values, known),
};

/**
 * Puts a value at a place. Objects on the way belong to the workflow, so they are copied, but only once: `own` holds
 * the copies. A key named `__proto__` stays a key.
 */
function setField(root: object, field: Field, by: JsonValue, own: Set<object>): void {
  let at = root;
  for (const [depth, key] of field.entries()) {
    const last = depth === field.length - 1;
    const before = (at as Record<string | number, unknown>)[key] as object;
    const next = last || own.has(before) ? before : copyOf(before);
    if (!last) own.add(next);
    Object.defineProperty(at, key, { value: last ? by : next, writable: true, enumerable: true, configurable: true });
    at = next;
  }
}

const copyOf = (value: object): object => (Array.isArray(value) ? [...value] : { ...value });

/** Text inside data: a lone placeholder keeps the type of its value. */
function fillData(text: string, known: FillContext): FillResult {
  const template = parseTemplate(text);
  if (!template.ok) return expressionFailure(template.error);
  return fill(template.value, ({ expression }) => evaluateText(expression, known));
}

/** Adds the values that the text refers to to `values`. */
function fillShell(
  text: string,
  values: Record<string, string>,
  known: FillContext,
): Result<string, ExpressionFailure> {
  const template = parseTemplate(text);
  if (!template.ok) return expressionFailure(template.error);
  const shell = compileShell(template.value, Object.keys(values).length);
  if (!shell.ok) return expressionFailure(shell.error[0]!);
  for (const [variable, expression] of shell.value.variables) {
    const value = evaluateText(expression, known);
    if (!value.ok) return value;
    const given = asText(value.value);
    const refused = environmentValueError(variable, given);
    if (refused !== undefined) return err(valueRefused(`the value of ${quote(`{{ ${expression} }}`)} ${refused}`));
    values[variable] = given;
  }
  return ok(shell.value.text);
}

/** How many checks one step may take from data. */
const MAX_COMMANDS = 100;

/** Adds each command to `values`, and leaves their names in place. No command becomes part of a larger shell text. */
function fillCommands(
  text: string,
  field: Field,
  values: Record<string, string>,
  known: FillContext,
): Result<string[], ExpressionFailure> {
  const template = parseTemplate(text);
  if (!template.ok) return expressionFailure(template.error);
  const lone = template.value.length === 1 && typeof template.value[0] === "object";
  if (!lone) return err(valueRefused(`"${field.join(".")}", ${quote(text)}, is not exactly one {{ }}`));
  const filled = fillData(text, known);
  if (!filled.ok) return filled;
  const given = filled.value === null ? [] : [filled.value].flat();
  const refuse = (problem: string) => {
    const hint =
      "Write an expression that results in a command, or in a list of commands; null or an empty list means no checks.";
    return err({ reason: "value_refused" as const, message: `"${field.join(".")}", ${quote(text)}, ${problem}`, hint });
  };
  if (given.length > MAX_COMMANDS)
    return refuse(`gives ${given.length} commands; at most ${MAX_COMMANDS} can be checked`);
  const variables: string[] = [];
  for (const [at, command] of given.entries()) {
    if (typeof command !== "string") return refuse(`gives ${quote(asText(command))}, which is not a command`);
    if (command.trim() === "") return refuse("gives an empty text, which is not a command");
    const variable = `BATON_V${Object.keys(values).length + 1}`;
    const refused = environmentValueError(variable, command);
    if (refused !== undefined) return refuse(`gives a command (number ${at + 1}) that ${refused}`);
    values[variable] = command;
    variables.push(variable);
  }
  return ok(variables);
}

/** Text that becomes an environment variable or a path: the bounds of a value hold for it. */
function fillText(text: string, field: Field, known: FillContext): Result<string, ExpressionFailure> {
  const template = parseTemplate(text);
  if (!template.ok) return expressionFailure(template.error);
  const filled = fill(template.value, ({ expression }) => evaluateText(expression, known));
  if (!filled.ok) return filled;
  const given = asText(filled.value);
  const refused = environmentValueError(String(field[field.length - 1]), given);
  if (refused === undefined) return ok(given);
  return err(valueRefused(`"${field.join(".")}", written as ${quote(text)}, ${refused}`));
}

function evaluateText(text: string, { facts, names, budget }: FillContext): Result<JsonValue, ExpressionFailure> {
  const expression = compileExpression(text);
  if (!expression.ok) return expressionFailure(expression.error);
  const value = evaluate(expression.value, facts, names, undefined, budget);
  return value.ok ? value : expressionFailure(value.error);
}

function expressionFailure(problem: ExpressionError): { readonly ok: false; readonly error: ExpressionFailure } {
  return err({ reason: "expression_error", ...problem });
}

function valueRefused(message: string): ExpressionFailure {
  return { reason: "value_refused", message, hint: "Write large or binary data to a file and pass its path." };
}
