import { memoize } from "../../model/data/memoize.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import { STEP_ID } from "../../model/ids.ts";
import type { Facts } from "../../model/plan.ts";
import { SETTLED_STATUSES, type StepStatus } from "../../model/run.ts";
import { type ExpressionError, expressionError, quote } from "../diagnostics/expression-error.ts";
import { compileExpression, type Expression, evaluate, type Names } from "./expression.ts";
import { endOfString } from "./string-literal.ts";

/**
 * A step's condition: an expression in which `always` is true, and `on_success(a, b)`, `on_failure(a)` and
 * `on_complete(a)` ask about steps. These calls are read here, before the expression language sees the text, because
 * step ids may hold hyphens, dots and reserved words. A variable of the same length takes the place of each call, so
 * positions in messages stay right.
 */
export interface Condition {
  readonly text: string;
  readonly calls: readonly StatusCall[];
  readonly expression: Expression;
}

/** One `on_…(…)`. */
export interface StatusCall {
  readonly variable: string;
  readonly functionName: keyof typeof STATUS_FUNCTIONS;
  readonly ids: readonly string[];
}

const STATUS_FUNCTIONS = {
  on_success: (statuses: readonly StepStatus[]) => statuses.every((status) => status === "completed"),
  /** A skipped or cancelled step has not failed. */
  on_failure: (statuses: readonly StepStatus[]) => statuses.some((status) => status === "failed"),
  on_complete: (statuses: readonly StepStatus[]) => statuses.every((status) => SETTLED_STATUSES.has(status)),
} as const;

/** The prefix of names that stand in for `on_…(…)` calls. */
const VARIABLE_PREFIX = "__on_";
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;

/** Parses a condition. The caller checks whether the steps exist. */
export const compileCondition = memoize((text: string): Result<Condition, ExpressionError> => {
  if (text.trim() === "") return err(expressionError("the condition is empty", "Remove it, or write always."));
  const found = extractStatusCalls(text);
  if (!found.ok) return found;
  const { calls, rest } = found.value;
  const compiled = compileExpression(rest);
  if (!compiled.ok) return err(withOriginalText(compiled.error, text, rest));
  const { type } = compiled.value;
  if (type !== "bool" && type !== "dyn") {
    return err(expressionError(`a condition must result in true or false, but ${quote(text)} gives ${type}`, COMPARE));
  }
  const own = new Set([...calls.map((call) => call.variable), "always"]);
  const names = new Set([...compiled.value.references.names].filter((name) => !own.has(name)));
  const expression = { ...compiled.value, text, references: { ...compiled.value.references, names } };
  return ok({ text, calls, expression });
});

const COMPARE = 'Compare it with something, as in parameters.count > 0 or parameters.name != "".';

function extractStatusCalls(text: string): Result<{ calls: StatusCall[]; rest: string }, ExpressionError> {
  const calls: StatusCall[] = [];
  let rest = "";
  let i = 0;
  while (i < text.length) {
    const ch = text[i]!;
    let end = i + 1;
    WORD.lastIndex = i;
    const word = WORD.exec(text)?.[0];
    if (ch === '"' || ch === "'") end = endOfString(text, i);
    else if (text.startsWith("//", i)) end = endOfLine(text, i);
    else if (word !== undefined) {
      end = i + word.length;
      if (word.startsWith(VARIABLE_PREFIX))
        return err(expressionError(`names starting with ${VARIABLE_PREFIX} are reserved, in ${quote(text)}`));
      if (Object.hasOwn(STATUS_FUNCTIONS, word) && !/[.\w]\s*$/.test(rest.slice(-20))) {
        const args = readIds(text, end, word);
        if (!args.ok) return args;
        const variable = `${VARIABLE_PREFIX}${calls.length}`;
        calls.push({ variable, functionName: word as StatusCall["functionName"], ids: args.value.ids });
        rest += variable.padEnd(args.value.end - i);
        i = args.value.end;
        continue;
      }
    } else if (/[0-9]/.test(ch)) {
      // a number continues through letters (`0x1f`), and these are no words
      while (end < text.length && /[A-Za-z0-9_]/.test(text[end]!)) end++;
    }
    rest += text.slice(i, end);
    i = end;
  }
  return ok({ calls, rest });
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** Reads `(a, "b.c", in)` from `at`. */
function readIds(text: string, at: number, word: string): Result<{ ids: string[]; end: number }, ExpressionError> {
  const usage = `Write it as ${word}(build, test).`;
  const open = /\s*\(/y;
  open.lastIndex = at;
  if (!open.test(text))
    return err(expressionError(`${word} must be followed by step ids in parentheses, in ${quote(text)}`, usage));
  const ids: string[] = [];
  const item = /\s*(?:"([^"]*)"|'([^']*)'|([^\s,()"']+))\s*([,)]|$)/y;
  item.lastIndex = open.lastIndex;
  for (;;) {
    const match = item.exec(text);
    if (match === null) {
      return err(expressionError(`${word} takes one or more step ids, separated by commas, in ${quote(text)}`, usage));
    }
    const id = match[1] ?? match[2] ?? match[3]!;
    if (!STEP_ID.test(id))
      return err(expressionError(`${quote(id)} in ${word}(…) is not a step id, in ${quote(text)}`, usage));
    ids.push(id);
    if (match[4] === ")") return ok({ ids, end: item.lastIndex });
    if (match[4] === "")
      return err(expressionError(`the parenthesis of ${word}(… has no closing parenthesis, in ${quote(text)}`, usage));
  }
}

/** Shows the author's text instead of the text with stand-ins, and knows spellings of other tools. */
function withOriginalText(problem: ExpressionError, text: string, rest: string): ExpressionError {
  const message = problem.message.replace(quote(rest), () => quote(text));
  return expressionError(message, foreignSyntaxHint(text) ?? problem.hint);
}

/** What to write instead of the syntax of GitHub Actions and the like. */
export function foreignSyntaxHint(text: string): string | undefined {
  if (/\{\{/.test(text)) return "A condition is an expression already: remove the braces.";
  if (/\balways\s*\(/.test(text)) return "Write always, without parentheses.";
  const call = /\b(success|failure)\b\s*(?:\(|$)/.exec(text);
  return call === null ? undefined : `Write on_${call[1]}(build), with the ids of the steps.`;
}

/** Evaluates a condition. All steps that it names are settled by then. */
export function evaluateCondition(condition: Condition, facts: Facts, names: Names): Result<boolean, ExpressionError> {
  const variables = new Map([["always", true]]);
  for (const { variable, functionName: about, ids } of condition.calls) {
    const statuses = ids.map((id) => facts.step(names.indexOf.get(id)!).status);
    variables.set(variable, STATUS_FUNCTIONS[about](statuses));
  }
  const value = evaluate(condition.expression, facts, names, variables);
  if (!value.ok) return value;
  if (typeof value.value === "boolean") return ok(value.value);
  const given = JSON.stringify(value.value);
  return err(
    expressionError(
      `a condition must result in true or false, but ${quote(condition.text)} gave ${quote(given, 40)}`,
      COMPARE,
    ),
  );
}
