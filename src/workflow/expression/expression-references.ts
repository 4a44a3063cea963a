import type { ASTNode } from "@marcbachmann/cel-js";
import { err, ok, type Result } from "../../model/data/result.ts";
import { type ExpressionError, expressionError } from "../diagnostics/expression-error.ts";

/** What an expression reads, as far as the graph's edges and the check of names need it. */
export interface ExpressionReferences {
  /** Names without a root: an outputKey or a parameter. */
  readonly names: ReadonlySet<string>;
  /** Ids in `steps.<id>`. */
  readonly steps: ReadonlySet<string>;
  /** Keys that the caller must give. `parameters.?x` and `has(parameters.x)` may be missing and are not listed. */
  readonly parameters: ReadonlySet<string>;
  readonly context: ReadonlySet<string>;
}

export const EXPRESSION_ROOTS = ["parameters", "context", "steps"] as const;
export type ExpressionRoot = (typeof EXPRESSION_ROOTS)[number];
const isRoot = (name: string): name is ExpressionRoot => (EXPRESSION_ROOTS as readonly string[]).includes(name);

/** Longer than any number of the language. Each digit costs time wherever the number is used. */
const MAX_DIGITS = 400;

/** Macros whose first argument is a variable of the others. */
const LOOP_MACROS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** Variables bound around a node, the innermost first. */
interface BoundVariable {
  readonly name: string;
  readonly outer: BoundVariable | undefined;
}
interface Visit {
  readonly node: ASTNode;
  readonly bound: BoundVariable | undefined;
  /** Under `has()`, a missing key is an answer and no mistake. */
  readonly optional: boolean;
}

/** Walks a parsed expression without recursion. `constant` identifies names of the language itself, such as `int`. */
export function findReferences(
  ast: ASTNode,
  constant: (name: string) => boolean,
): Result<ExpressionReferences, ExpressionError> {
  const references = {
    names: new Set<string>(),
    steps: new Set<string>(),
    parameters: new Set<string>(),
    context: new Set<string>(),
  };
  const stack: Visit[] = [{ node: ast, bound: undefined, optional: false }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { node, bound } = visit;
    const go = (next: ASTNode, within: BoundVariable | undefined = bound, optional = visit!.optional) => {
      stack.push({ node: next, bound: within, optional });
    };
    switch (node.op) {
      case "value":
        if (typeof node.args === "bigint" && node.end - node.start > MAX_DIGITS)
          return err(expressionError(`a number has more than ${MAX_DIGITS} digits`));
        break;
      case "id":
        if (isBound(node.args, bound)) break;
        if (node.args === "steps") {
          return err(
            expressionError('"steps" cannot be read as a whole', 'Name the step, as in steps["build"].output.'),
          );
        }
        if (!isRoot(node.args) && !constant(node.args)) references.names.add(node.args);
        break;
      case ".":
      case ".?":
      case "[]":
      case "[?]": {
        const [target, key] = node.args;
        const root =
          target.op === "id" && isRoot(target.args) && !isBound(target.args, bound) ? target.args : undefined;
        const name =
          typeof key === "string" ? key : key.op === "value" && typeof key.args === "string" ? key.args : null;
        if (root === undefined) go(target);
        else if (name !== null) {
          if (root === "steps" || !(visit.optional || node.op === ".?" || node.op === "[?]"))
            references[root].add(name);
        } else if (root === "steps") {
          return err(
            expressionError(
              "the id of the step is computed, so Baton cannot know the order of the steps",
              'Write its id, as in steps["build"].output.',
            ),
          );
        }
        if (name === null) go(key as ASTNode);
        break;
      }
      case "call": {
        const [name, args] = node.args;
        for (const arg of args) go(arg, bound, visit.optional || name === "has");
        break;
      }
      case "rcall": {
        const [name, target, args] = node.args;
        const [first, ...rest] = args;
        go(target);
        if (
          first?.op !== "id" ||
          !(LOOP_MACROS.has(name) || (name === "bind" && target.op === "id" && target.args === "cel"))
        ) {
          for (const arg of args) go(arg);
          break;
        }
        const inside = { name: first.args, outer: bound };
        // cel.bind(name, value, body): only the body knows the name
        rest.forEach((arg, i) => {
          go(arg, name === "bind" && i === 0 ? bound : inside);
        });
        break;
      }
      case "map":
        for (const [key, value] of node.args) {
          go(key);
          go(value);
        }
        break;
      case "!_":
      case "-_":
        go(node.args);
        break;
      default:
        for (const operand of node.args) go(operand);
    }
  }
  return ok(references);
}

function isBound(name: string, bound: BoundVariable | undefined): boolean {
  for (let at = bound; at !== undefined; at = at.outer) if (at.name === name) return true;
  return false;
}
