import type { FieldTemplates, StepSyntax, TemplateKind } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import type { Edge, EdgeOrigin } from "../../model/plan.ts";
import { DEPENDENCY_TYPES, type Dependency, EDGE_CONDITIONS, type Step } from "../../model/workflow.ts";
import { type ExpressionError, expressionError, LITERAL_BRACES } from "../diagnostics/expression-error.ts";
import { type Condition, compileCondition } from "../expression/condition.ts";
import { compileExpression, type Expression, type Names } from "../expression/expression.ts";
import { parseTemplate } from "../expression/template.ts";
import { compileShell } from "../shell/shell.ts";

/** A place in a step. */
export type Field = readonly (string | number)[];

/** The part of a step that decides what it waits for. */
export interface StepReferences {
  readonly condition?: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly templates: StepSyntax["templates"];
  /** A step inside this one, which reads outputs of earlier steps. */
  readonly inner?: StepReferences;
}

/** The steps of the model, each with the templates of its type. */
export function referencesOf(steps: readonly Step[], stepTypes: readonly StepSyntax[]): StepReferences[] {
  const types = new Map(stepTypes.map((type) => [type.type, type]));
  const referencesOfStep = ({ condition, config, type }: Step): StepReferences => {
    const syntax = types.get(type);
    const inner = syntax?.nested?.kind === "step" ? (config[syntax.nested.field] as Step) : undefined;
    return { condition, config, templates: syntax?.templates ?? {}, ...(inner && { inner: referencesOfStep(inner) }) };
  };
  return steps.map(referencesOfStep);
}

/** What `visitReferences` finds in a step. `field` is the place. */
export interface ReferenceVisitor {
  condition?(condition: Condition): void;
  expression?(expression: Expression, field: Field): void;
  /** `interpolation`: the braces or the quotes around them. `expression`: what is inside. */
  error?(problem: ExpressionError, field: Field, code: "expression" | "interpolation"): void;
}

/** Compiles the condition and every template of a step, and shows them to the visitor. */
export function visitReferences(step: StepReferences, visitor: ReferenceVisitor): void {
  if (step.condition !== undefined) {
    const condition = compileCondition(step.condition);
    if (!condition.ok) visitor.error?.(condition.error, ["condition"], "expression");
    else {
      visitor.condition?.(condition.value);
      visitor.expression?.(condition.value.expression, ["condition"]);
    }
  }
  for (const { text, field, kind } of templatesOf(step)) {
    if (text.includes("{{")) visitTemplate(text, field, kind === "shell", visitor);
  }
}

function visitTemplate(text: string, field: Field, isShell: boolean, visitor: ReferenceVisitor): void {
  const template = parseTemplate(text);
  if (!template.ok) return visitor.error?.(template.error, field, "interpolation");
  for (const part of template.value) {
    if (typeof part === "string") continue;
    const expression = compileExpression(part.expression);
    if (expression.ok) visitor.expression?.(expression.value, field);
    else visitor.error?.(inBraces(expression.error), field, "expression");
  }
  const shell = isShell ? compileShell(template.value) : undefined;
  if (shell && !shell.ok) for (const problem of shell.error) visitor.error?.(problem, field, "interpolation");
}

/** How a text is filled. An expression without braces has been given some by then. */
export type FillKind = Exclude<TemplateKind, "expression">;

/** A text of a step that may hold `{{ }}`, its place, and how it is filled. */
export interface TemplatedText {
  readonly text: string;
  readonly field: Field;
  readonly kind: FillKind;
}

/** The texts of a step that may hold `{{ }}`, in its fields as written or as the parser left them. */
export function templatesOf({ config, templates }: StepReferences): TemplatedText[] {
  const found: TemplatedText[] = [];
  for (const name of Object.keys(templates)) {
    const value = config[name];
    const how = templates[name]!;
    if (typeof how === "string") collect(value, [name], how, found);
    else if (Array.isArray(value)) for (const [at, item] of value.entries()) collectKeys(item, [name, at], how, found);
    else collectKeys(value, [name], how, found);
  }
  return found;
}

function collectKeys(
  item: unknown,
  field: Field,
  { self, keys }: Exclude<FieldTemplates, string>,
  found: TemplatedText[],
): void {
  if (typeof item === "string" && self) collect(item, field, self, found);
  else if (isRecord(item))
    for (const [key, kind] of Object.entries(keys)) collect(item[key], [...field, key], kind, found);
}

/** `shell` and `commands` are for one text; `text` also for the values of a record; `data` for everything inside. */
function collect(value: unknown, field: Field, kind: TemplateKind, found: TemplatedText[], depth = 0): void {
  if (kind === "expression") {
    // It may stand without braces, since nothing else can be meant. In a list of values it may not.
    const text = typeof value === "string" && !value.includes("{{") ? `{{${value}}}` : value;
    return collect(text, field, "data", found, depth);
  }
  if (typeof value === "string") found.push({ text: value, field, kind });
  else if (kind === "shell" || kind === "commands" || (kind === "text" && depth > 0)) return;
  else if (Array.isArray(value)) {
    if (kind !== "data") return;
    for (const [at, item] of value.entries()) collect(item, [...field, at], kind, found, depth + 1);
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) collect(item, [...field, key], kind, found, depth + 1);
  }
}

function inBraces(problem: ExpressionError): ExpressionError {
  return expressionError(
    problem.message,
    problem.hint === undefined ? LITERAL_BRACES : `${problem.hint} ${LITERAL_BRACES}`,
  );
}

/** Called with why one step comes after another, once for each reason, whether or not it adds an edge. */
export type OnReason = (from: number, to: number, reason: string) => void;

const DEFAULT_EDGE_TYPE = "finish_to_start";

function inWords({ type, condition, reason }: Dependency, at: number): string {
  const how = [type, condition].filter((word) => word !== undefined).join(", ");
  return `${reason ?? `dependencies[${at}]`}${how === "" ? "" : ` (${how})`}`;
}

/**
 * All edges: first those that the author wrote, then those that follow from conditions and data. An implied edge
 * beside a written one of the same type between the same steps adds nothing. Unknown steps give no edge.
 */
export function edgesOf(
  steps: readonly StepReferences[],
  dependencies: readonly Dependency[],
  names: Names,
  onReason?: OnReason,
): Edge[] {
  const edges: Edge[] = [];
  // A pair of steps is `from * steps + to`; with type and condition, sixteen times that plus their numbers.
  const written = new Set<number>();
  // Made at the first implied edge, after all written ones. Often there is none.
  let pairs: Set<number> | undefined;
  const ordered = () => {
    pairs ??= new Set(
      edges.flatMap((edge) => (edge.type === DEFAULT_EDGE_TYPE ? [edge.from * steps.length + edge.to] : [])),
    );
    return pairs;
  };
  const add = (from: number, to: number, origin: EdgeOrigin, dependency?: Dependency): void => {
    const pair = from * steps.length + to;
    const { type = DEFAULT_EDGE_TYPE, condition } = dependency ?? {};
    if (dependency) {
      // Several conditions on one pair must all hold. The same one twice counts once.
      const number = condition === undefined ? EDGE_CONDITIONS.length : EDGE_CONDITIONS.indexOf(condition);
      const demand = pair * 16 + DEPENDENCY_TYPES.indexOf(type) * 4 + number;
      if (written.has(demand)) return;
      written.add(demand);
    } else {
      if (ordered().has(pair)) return;
      ordered().add(pair);
    }
    edges.push({ from, to, type, condition, origin });
  };
  dependencies.forEach((dependency, at) => {
    const source = names.indexOf.get(dependency.from);
    const target = names.indexOf.get(dependency.to);
    if (source === undefined || target === undefined) return;
    onReason?.(source, target, inWords(dependency, at));
    add(source, target, "dependency", dependency);
  });
  steps.forEach((step, to) => {
    const addNamed = (ids: Iterable<string>, known: ReadonlyMap<string, number>, origin: EdgeOrigin, text: string) => {
      for (const id of ids) {
        const from = known.get(id);
        if (from === undefined) continue;
        onReason?.(from, to, origin === "condition" ? `condition ${text}` : `reads {{${text}}}`);
        add(from, to, origin);
      }
    };
    if (step.inner) {
      visitReferences(step.inner, {
        expression: ({ references, text }) => {
          addNamed(references.steps, names.indexOf, "data", text);
          addNamed(references.names, names.outputKeys, "data", text);
        },
      });
    }
    visitReferences(step, {
      condition: ({ calls, text }) => {
        for (const { ids } of calls) addNamed(ids, names.indexOf, "condition", text);
      },
      expression: ({ references, text }, field) => {
        const origin = field[0] === "condition" ? "condition" : "data";
        addNamed(references.steps, names.indexOf, origin, text);
        addNamed(references.names, names.outputKeys, origin, text);
      },
    });
  });
  return edges;
}
