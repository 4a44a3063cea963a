import { type Environment, EvaluationError, Optional } from "@marcbachmann/cel-js";
import { findPatternError, type Matched, type MatchResult, matchPattern } from "../../model/regex/matching.ts";
import { type Budget, BudgetExceeded } from "./budget.ts";
import { chargeCall, chargeLoop, chargeOperator, chargeValue, isContainer } from "./costs.ts";

/*
 * The expression library knows no budget. All that it evaluates passes through two methods of one object, its
 * evaluator, and every operation through the `handle` of its node: there it is counted. What is relied on is checked at
 * start, and the library's version is exact.
 */

/** An operation on known operands. The operation defines what each of the four is. */
type Handle = (a: unknown, b: unknown, c: unknown, d: unknown) => unknown;

/** A node of a parsed expression, as far as it is counted. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
  readonly input: string;
  readonly meta: { readonly alternate?: Node };
  evaluate(evaluator: Evaluator, node: Node, scope: unknown): unknown;
  handle?: Handle;
  /** Whether its operation is counted. */
  counted?: true;
  /** Whether its value becomes a key. */
  key?: true;
}

interface Type {
  readonly name: string;
  readonly kind: string;
  readonly keyType?: Type;
  readonly valueType?: Type;
}

interface Evaluator {
  run(node: Node, scope: unknown): unknown;
  tryEval(node: Node, scope: unknown): unknown;
  debugType(value: unknown): Type;
  debugTypeDeep(value: unknown): Type;
  readonly registry: {
    getType(name: string): Type;
    getListType(of: Type): Type;
    getMapType(key: Type, value: Type): Type;
    getOptionalType(of: Type): Type;
  };
}

/** The state of the running evaluation. Evaluations neither wait nor nest. */
let budget: Budget | undefined;
let failureSteps = 0;

/** Evaluates within a budget. */
export function evaluateWithin<T>(given: Budget, root: Node, evaluate: () => T): T {
  budget = given;
  failureSteps = FAILURE_STEPS + Math.floor(root.input.length / 64);
  try {
    if (root.counted === undefined) meterNode(root);
    return evaluate();
  } finally {
    budget = undefined;
  }
}

/** An error that the language swallows is made all the same, with its place in the text. */
const FAILURE_STEPS = 60;

/** Makes an environment count what its expressions do. */
export function meter(environment: Environment): Environment {
  let found: Evaluator | undefined;
  const own = class Probe {};
  environment.registerType("BatonProbe", own);
  environment.registerOperator("BatonProbe == BatonProbe: bool", (...given: unknown[]) => {
    found = given[3] as Evaluator;
    return true;
  });
  environment.evaluate("a == a", { a: new own() });
  if (typeof found?.run !== "function" || typeof found.tryEval !== "function" || !found.registry)
    throw new Error("the expression library evaluates differently than Baton expects");
  meterEvaluator(found);
  limitTypeDepth(found);
  return environment;
}

function meterEvaluator(evaluator: Evaluator): void {
  evaluator.run = (node, scope) => {
    budget!.spend(1);
    if (node.counted === undefined) meterNode(node);
    const value = node.evaluate(evaluator, node, scope);
    if (typeof value === "string") chargeValue(value, budget!);
    else if (node.key && isContainer(value)) throw invalidKey(node);
    return value;
  };
  evaluator.tryEval = (node, scope) => {
    try {
      return evaluator.run(node, scope);
    } catch (error) {
      if (error instanceof BudgetExceeded) throw error;
      budget!.spend(failureSteps);
      return error;
    }
  };
}

const invalidKey = (node: Node) =>
  new EvaluationError({ code: "invalid_key", message: "A list or a map cannot be a key", node: node as never });

/** Puts the counting before the operation of a node. */
function meterNode(node: Node): void {
  node.counted = true;
  if (node.op === "map") for (const [key] of node.args as [Node, Node][]) key.key = true;
  const inner = node.meta.alternate ?? node;
  const { handle, op } = inner;
  if (handle === undefined) return;
  const name = (inner.args as unknown[])[0] as string;
  if (op === "rcall" && name === "matches") inner.handle = meteredMatches(handle, node);
  else if (op === "call" || op === "rcall")
    inner.handle = (operands, b, c, d) => {
      chargeCall(name, operands as unknown[], budget!);
      return handle(operands, b, c, d);
    };
  else if (op === "comprehension")
    inner.handle = (over, b, c, d) => {
      chargeLoop(over, budget!);
      return handle(over, b, c, d);
    };
  else if (op === "[]" || op === "[?]")
    inner.handle = (target, key, c, d) => {
      chargeAccess(target, key, node);
      return handle(target, key, c, d);
    };
  else if (op === "==" || op === "!=" || op === "+" || op === "in")
    inner.handle = (left, right, c, d) => {
      if (op === "in" && !Array.isArray(right) && isContainer(left)) throw invalidKey(node);
      chargeOperator(op, left, right, budget!);
      return handle(left, right, c, d);
    };
}

function chargeAccess(target: unknown, key: unknown, node: Node): void {
  if (isContainer(key)) throw invalidKey(node);
  const inside = target instanceof Optional ? target.orValue(undefined) : target;
  // An optional swallows the error inside the library.
  if (Array.isArray(inside) && !(Number(key) >= 0 && Number(key) < inside.length)) budget!.spend(failureSteps);
}

const meteredMatches =
  (handle: Handle, node: Node): Handle =>
  (operands, b, c, d) => {
    const [text, pattern] = operands as unknown[];
    chargeCall("matches", [text, pattern], budget!);
    if (typeof text !== "string" || typeof pattern !== "string") return handle(operands, b, c, d);
    return matches(text, pattern, node);
  };

/** The library would accept any pattern and wait for it for ever. */
function matches(text: string, pattern: string, node: Node): boolean {
  // The language's patterns do not use Unicode mode, in which some are invalid.
  const flags = findPatternError(pattern, "u")?.kind === "invalid" ? "" : "u";
  const match = matchPattern(pattern, text, flags);
  if (match.kind === "fits" || match.kind === "differs") return match.kind === "fits";
  throw new EvaluationError({
    code: "invalid_regular_expression",
    message: matchErrorMessage(match),
    node: node as never,
  });
}

function matchErrorMessage(match: Exclude<MatchResult, Matched>): string {
  if (match.kind === "invalid") return match.message;
  if (match.kind === "refused") return `The regular expression ${match.message}`;
  return `The text is ${match.length} characters long; the regular expression can be applied to at most ${match.maxLength}`;
}

/**
 * Types of nested lists are told apart up to this level. The library remembers every type and its name, which can
 * double with each level.
 */
const MAX_TYPE_LEVELS = 3;

function limitTypeDepth(evaluator: Evaluator): void {
  const { registry } = evaluator;
  const original = {
    list: registry.getListType.bind(registry),
    map: registry.getMapType.bind(registry),
    optional: registry.getOptionalType.bind(registry),
  };
  const any = registry.getType("dyn");
  const levels = (type: Type | undefined): number =>
    type?.valueType ? 1 + Math.max(levels(type.valueType), levels(type.keyType)) : 0;
  const shallow = (type: Type): Type => (levels(type) >= MAX_TYPE_LEVELS ? any : type);
  registry.getListType = (of) => original.list(shallow(of));
  registry.getMapType = (key, value) => original.map(levels(key) > 0 ? any : key, shallow(value));
  registry.getOptionalType = (of) => original.optional(shallow(of));
  const typeOf = (value: unknown, most: number): Type => {
    const type = evaluator.debugType(value);
    if (most === 0 || (type.kind !== "list" && type.kind !== "map") || !isContainer(value)) return type;
    if (Array.isArray(value)) return value.length === 0 ? type : registry.getListType(typeOf(value[0], most - 1));
    const [first] = value instanceof Map ? value : [firstOf(value as Record<string, unknown>)];
    return first === undefined ? type : registry.getMapType(typeOf(first[0], 0), typeOf(first[1], most - 1));
  };
  evaluator.debugTypeDeep = (value) => typeOf(value, MAX_TYPE_LEVELS);
}

/** Without a list of all keys: there may be many. */
function firstOf(value: Readonly<Record<string, unknown>>): readonly [string, unknown] | undefined {
  for (const key in value) return [key, value[key]];
  return undefined;
}
