import {
  Environment,
  EvaluationError,
  ParseError,
  type ParseResult,
  TypeError as StaticError,
} from "@marcbachmann/cel-js";
import { memoize } from "../../model/data/memoize.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Facts } from "../../model/plan.ts";
import { groupDigits } from "../../model/text/format.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { type ExpressionError, expressionError, quote } from "../diagnostics/expression-error.ts";
import { Budget, BudgetExceeded } from "./budget.ts";
import {
  EXPRESSION_ROOTS,
  type ExpressionReferences,
  type ExpressionRoot,
  findReferences,
} from "./expression-references.ts";
import { evaluateWithin, meter, type Node } from "./meter.ts";
import { fromCel, mixNumbers, toCel } from "./value.ts";

/** Longer text is data, not an expression. The language's own limits bound nesting and size below that. */
const MAX_CHARACTERS = 20_000;

const environment = meter(
  mixNumbers(
    new Environment({
      unlistedVariablesAreDyn: true,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
      limits: { maxAstNodes: 4000, maxDepth: 100 },
    }),
  ),
);

/** A compiled expression. */
export interface Expression {
  readonly text: string;
  readonly references: ExpressionReferences;
  /** The type, as far as it is known without data: `bool`, `int`, …, else `dyn`. */
  readonly type: string;
  readonly run: ParseResult;
}

/** What names without a root mean: the step with that `outputKey`, else a parameter. */
export interface Names {
  readonly indexOf: ReadonlyMap<string, number>;
  readonly outputKeys: ReadonlyMap<string, number>;
}

/** Names that no outputKey may have: an expression would read something else by them. */
export function isReservedName(name: string): boolean {
  return name === "always" || (EXPRESSION_ROOTS as readonly string[]).includes(name) || environment.hasVariable(name);
}

/** Parses an expression and finds what it reads. Reports everything that can be wrong without data. */
export const compileExpression = memoize((text: string): Result<Expression, ExpressionError> => {
  if (text.length > MAX_CHARACTERS) {
    return err(expressionError(`the expression is longer than ${groupDigits(MAX_CHARACTERS)} characters`));
  }
  try {
    const run = environment.parse(text);
    const references = findReferences(run.ast, (name) => environment.hasVariable(name));
    if (!references.ok)
      return err(expressionError(`${references.error.message}, in ${quote(text)}`, references.error.hint));
    const checked = run.check();
    if (!checked.valid) return err(explain(text, checked.error));
    return ok({ text, references: references.value, type: checked.type ?? "dyn", run });
  } catch (error) {
    return err(explain(text, error));
  }
});

/**
 * Evaluates an expression on a run's facts. `extra`: variables that only this expression knows. `budget`: what it may
 * use.
 */
export function evaluate(
  expression: Expression,
  facts: Facts,
  names: Names,
  extra?: ReadonlyMap<string, boolean>,
  budget: Budget = new Budget(),
): Result<JsonValue, ExpressionError> {
  try {
    const scope = scopeFor(expression, facts, names, extra);
    if (!scope.ok) return scope;
    const run = () => expression.run(scope.value as unknown as Record<string, unknown>);
    const value = fromCel(evaluateWithin(budget, expression.run.ast as unknown as Node, run), budget);
    return value.ok ? value : err(expressionError(`${value.error}, in ${quote(expression.text)}`));
  } catch (error) {
    if (error instanceof BudgetExceeded)
      return err(expressionError(`it ${error.message}, in ${quote(expression.text)}`, error.hint));
    return err(explain(expression.text, error, (id) => statusOf(id, facts, names)));
  }
}

/** A Map holds exactly what the expression reads: no names of a prototype, and no cost for the rest. */
function scopeFor(
  { text, references }: Expression,
  facts: Facts,
  { indexOf, outputKeys }: Names,
  extra?: ReadonlyMap<string, boolean>,
): Result<Map<string, unknown>, ExpressionError> {
  const scope = new Map<string, unknown>(extra);
  // Data that the text does not name is not converted.
  for (const root of ["parameters", "context"] as const) if (text.includes(root)) scope.set(root, toCel(facts[root]));
  if (references.steps.size > 0) {
    const steps = new Map<string, unknown>();
    for (const id of references.steps) {
      const index = indexOf.get(id);
      if (index !== undefined) steps.set(id, toCel({ ...facts.step(index) }));
    }
    scope.set("steps", steps);
  }
  for (const name of references.names) {
    const index = outputKeys.get(name);
    if (index !== undefined) {
      const { output, status } = facts.step(index);
      if (output === undefined) {
        const id = [...indexOf].find(([, at]) => at === index)?.[0] ?? name;
        return err(
          expressionError(
            `"${name}" is the output of step "${id}", which is ${status} and has none, in ${quote(text)}`,
            `Write ${stepPath(id)}.?output.orValue("…") to set a value for that case.`,
          ),
        );
      }
      scope.set(name, toCel(output));
    } else if (Object.hasOwn(facts.parameters, name)) scope.set(name, toCel(facts.parameters[name]!));
  }
  return ok(scope);
}

function statusOf(id: string, facts: Facts, { indexOf }: Names): string | undefined {
  const index = indexOf.get(id);
  return index === undefined ? undefined : facts.step(index).status;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const WORDS = new Set(["in", "true", "false", "null"]);

/** How an expression reads a step: `steps.build`, or `steps["build-api"]` if the id is no plain name. */
export function stepPath(id: string): string {
  return IDENTIFIER.test(id) && !WORDS.has(id) ? `steps.${id}` : `steps["${id}"]`;
}

/** Turns an error of the expression library into a sentence with its place and, for common mistakes, a correction. */
function explain(text: string, error: unknown, status?: (id: string) => string | undefined): ExpressionError {
  if (!(error instanceof ParseError || error instanceof EvaluationError || error instanceof StaticError)) {
    const { message } = error as Error;
    return expressionError(
      `${/call stack/.test(message) ? "too deeply nested" : plainMessage(message)}, in ${quote(text)}`,
    );
  }
  const { range, code } = error;
  const read = /steps(?:\.([A-Za-z0-9_]+)|\["([^"]*)"\])\s*\.\s*$/.exec(text.slice(0, range?.start ?? 0));
  if (code === "no_such_key" && read && range && text.slice(range.start, range.end) === "output") {
    const id = (read[1] ?? read[2])!;
    return expressionError(
      `step "${id}" has no output: it is ${status?.(id)}, in ${quote(text)}`,
      `Write ${stepPath(id)}.?output.orValue("…") to set a value for that case.`,
    );
  }
  const where = range && range.start < text.length ? ` at character ${range.start + 1} of` : " in";
  return expressionError(`${plainMessage(error.summary)},${where} ${quote(text)}`, hintFor(text, code));
}

const MAX_MESSAGE_CHARACTERS = 300;

/** The library's sentences without its internal terms. */
function plainMessage(summary: string): string {
  // A message may quote its subject, however long.
  const short = truncate(summary, MAX_MESSAGE_CHARACTERS);
  const text = short.replace("Unexpected token: EOF", "the expression ends too early").replace(/dyn<(\w+)>/g, "$1");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function hintFor(text: string, code: string): string | undefined {
  const slipped = findMisreadPath(text);
  if (slipped !== undefined) return slipped.hint;
  if (code === "no_such_overload" && /\+/.test(text))
    return "To join text and other values, convert them with string(…).";
  if (code === "no_such_key") return 'If the field can be missing, write .?name.orValue("…").';
  return undefined;
}

/** A path that does not mean what it says, and its correction. */
export interface MisreadPath {
  readonly root: ExpressionRoot;
  readonly name: string;
  readonly hint: string;
}

const MISREAD_PATH = new RegExp(
  `\\b(${EXPRESSION_ROOTS.join("|")})\\s*\\.\\s*((?:in|true|false|null)\\b|\\d[\\w-]*|\\w+(?:-\\w+)+)`,
);

/** Finds `steps.build-api.output`, which is a subtraction, and `steps.in.output`, which cannot be parsed. */
export function findMisreadPath(text: string): MisreadPath | undefined {
  const found = MISREAD_PATH.exec(text);
  return found === null ? undefined : misreadPath(found[1] as ExpressionRoot, found[2]!);
}

/** As much of a path as an id can hold. */
const STEP_PATH = /\bsteps\.([\w.-]{1,200})/g;

/**
 * A step whose id the expression holds behind `steps.` although only a piece of it is read: that of `build-api` as in
 * `slipIn`, and `v1.2` in `steps.v1.2.output`, which looks for a step `v1`.
 */
export function findMisreadStep({ text, references }: Expression, { indexOf }: Names): MisreadPath | undefined {
  const found = findMisreadPath(text);
  const first = (id: string) => /^\w*/.exec(id)![0];
  if (found?.root === "steps" && indexOf.has(found.name) && references.steps.has(first(found.name))) return found;
  for (const [, path] of text.matchAll(STEP_PATH)) {
    if (indexOf.has(first(path!)) || !references.steps.has(first(path!))) continue;
    for (let id = path!; id.includes("."); id = id.slice(0, id.lastIndexOf("."))) {
      if (indexOf.has(id)) return misreadPath("steps", id);
    }
  }
  return undefined;
}

function misreadPath(root: ExpressionRoot, name: string): MisreadPath {
  return { root, name, hint: `Write ${root}["${name}"]: only plain words can follow a dot.` };
}
