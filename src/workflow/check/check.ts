import { STEP_ID } from "../../model/ids.ts";
import type { JsonObject } from "../../model/workflow.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { LITERAL_BRACES, quote } from "../diagnostics/expression-error.ts";
import { foreignSyntaxHint } from "../expression/condition.ts";
import {
  type Expression,
  findMisreadPath,
  findMisreadStep,
  isReservedName,
  type Names,
} from "../expression/expression.ts";
import { EXPRESSION_ROOTS } from "../expression/expression-references.ts";
import type { Draft, DraftStep } from "../graph/draft.ts";
import { namesOf } from "../graph/plan.ts";
import { type Field, visitReferences } from "../graph/step-references.ts";
import { checkStepOrder } from "./cycles.ts";

/** What expressions may read besides steps. */
export interface AvailableNames {
  /** Absent when a workflow is only validated: then what expressions read is collected. */
  readonly parameters: JsonObject | undefined;
  /** The parameters that the workflow declares. Absent: it declares none, and may read any. */
  readonly declared?: ReadonlySet<string> | undefined;
  readonly context: JsonObject;
}

export interface Needs {
  readonly parameters: Set<string>;
  readonly context: Set<string>;
}

/** Checks everything beyond the schema: ids, references, names, expressions, cycles and asserted independence. */
export function checkDraft(draft: Draft, given: AvailableNames, diagnostics: Diagnostics): Needs {
  const steps = withoutDuplicates(draft.steps, diagnostics);
  const names = namesOf(steps);
  checkDependencies(draft, names, diagnostics);
  draft.limits.forEach((steps, at) => {
    for (const [i, id] of steps.entries()) {
      if (typeof id === "string" && STEP_ID.test(id) && !names.indexOf.has(id))
        unknownStep(id, ["limits", at, "steps", i], names.indexOf, diagnostics);
    }
  });
  checkOutputKeys(steps, given, diagnostics);
  const needs: Needs = { parameters: new Set(), context: new Set() };
  const checker = new NameChecker(names, given, needs, diagnostics);
  for (const step of steps) {
    checkStep(step, checker, names, diagnostics);
    for (const { field, message, hint } of step.mistakes()) {
      diagnostics.report("invalid_value", ["steps", step.at, ...field], message, hint === undefined ? {} : { hint });
    }
  }
  checkStepOrder({ ...draft, steps }, names, diagnostics);
  return needs;
}

function withoutDuplicates(steps: readonly DraftStep[], diagnostics: Diagnostics): DraftStep[] {
  const seen = new Map<string, DraftStep>();
  return steps.filter((step) => {
    const before = seen.get(step.id.toLowerCase());
    if (before === undefined) {
      seen.set(step.id.toLowerCase(), step);
      return true;
    }
    const hint =
      before.id === step.id ? "Give each step its own id." : "Ids must differ in more than upper and lower case.";
    const message = `duplicate id: ${diagnostics.authorPath(["steps", before.at])} already has the id "${before.id}"`;
    diagnostics.report("duplicate", ["steps", step.at, "id"], message, { hint });
    return false;
  });
}

function checkDependencies({ dependencies }: Draft, { indexOf }: Names, diagnostics: Diagnostics): void {
  for (const { at, from, to } of dependencies) {
    for (const [end, id] of [["from", from] as const, ["to", to] as const]) {
      if (!indexOf.has(id)) unknownStep(id, ["dependencies", at, end], indexOf, diagnostics);
    }
    if (from === to) {
      const hint = "Remove this dependency.";
      diagnostics.report("cycle", ["dependencies", at], `step "${from}" depends on itself`, { hint });
    }
  }
}

/** Reports a step that does not exist. */
export function unknownStep(
  id: string,
  path: Path,
  indexOf: Names["indexOf"],
  diagnostics: Diagnostics,
  more?: string,
): void {
  const hint = () => [didYouMean(id, indexOf.keys()), more].filter(Boolean).join(" ") || undefined;
  diagnostics.report("unknown_step", path, `there is no step "${id}"`, { hint });
}

function checkOutputKeys(
  steps: readonly DraftStep[],
  { parameters, declared }: AvailableNames,
  diagnostics: Diagnostics,
): void {
  const isParameter = (key: string) => declared?.has(key) || (parameters && Object.hasOwn(parameters, key));
  const seen = new Map<string, DraftStep>();
  for (const step of steps) {
    const key = step.outputKey;
    if (key === undefined) continue;
    const collide = (what: string) => {
      const message = `outputKey "${key}" is ${what}`;
      diagnostics.report("name_collision", ["steps", step.at, "outputKey"], message, { hint: "Choose another name." });
    };
    const before = seen.get(key);
    if (before) collide(`also the outputKey of step "${before.id}"`);
    else if (isReservedName(key)) collide("a word of the expression language");
    else if (isParameter(key)) collide("also the name of a parameter");
    seen.set(key, before ?? step);
  }
}

function checkStep(step: DraftStep, checker: NameChecker, names: Names, diagnostics: Diagnostics): void {
  visitReferences(step, {
    condition: ({ calls }) => {
      const path = ["steps", step.at, "condition"];
      for (const id of new Set(calls.flatMap(({ ids }) => ids))) {
        if (!names.indexOf.has(id)) unknownStep(id, path, names.indexOf, diagnostics);
        else if (id === step.id)
          diagnostics.report("cycle", path, `the condition of step "${id}" refers to the step itself`);
      }
    },
    expression: (expression, field) => checker.check(expression, step, field),
    error: ({ message, hint }, field, code) => {
      diagnostics.report(code, ["steps", step.at, ...field], message, { hint });
    },
  });
}

/** Checks the names that one expression reads. */
class NameChecker {
  private readonly names: Names;
  private readonly given: AvailableNames;
  private readonly needs: Needs;
  private readonly diagnostics: Diagnostics;

  constructor(names: Names, given: AvailableNames, needs: Needs, diagnostics: Diagnostics) {
    this.names = names;
    this.given = given;
    this.needs = needs;
    this.diagnostics = diagnostics;
  }

  check(expression: Expression, step: DraftStep, field: Field): void {
    const { text, references } = expression;
    const path = ["steps", step.at, ...field];
    const braces = field[0] === "condition" ? undefined : LITERAL_BRACES;
    const misread = findMisreadStep(expression, this.names);
    if (misread) {
      const message = `this form cannot read step "${misread.name}", in ${quote(text)}`;
      this.diagnostics.report("expression", path, message, { hint: misread.hint });
      return;
    }
    for (const id of references.steps) {
      if (!this.names.indexOf.has(id)) unknownStep(id, path, this.names.indexOf, this.diagnostics, braces);
      else if (id === step.id) this.diagnostics.report("cycle", path, `step "${id}" reads its own result`);
    }
    for (const name of references.names) {
      const index = this.names.outputKeys.get(name);
      if (index === undefined) this.parameter(name, text, path, braces, true);
      else if (step.outputKey === name)
        this.diagnostics.report("cycle", path, `step "${step.id}" reads its own result`);
    }
    for (const name of references.parameters) this.parameter(name, text, path, braces, false);
    for (const name of references.context) this.context(name, text, path);
  }

  /** A parameter. `bare`: a name that can only be a parameter, since no outputKey has it. */
  private parameter(name: string, text: string, path: Path, braces: string | undefined, bare: boolean): void {
    const { parameters, declared } = this.given;
    if (parameters ? Object.hasOwn(parameters, name) : (declared?.has(name) ?? !bare)) {
      this.needs.parameters.add(name);
      return;
    }
    const { outputKeys, indexOf } = this.names;
    const known = [
      ...outputKeys.keys(),
      ...(declared ?? Object.keys(parameters ?? {})),
      ...(bare ? EXPRESSION_ROOTS : []),
    ];
    const other = bare && indexOf.has(name) ? `Write steps["${name}"].output for the output of that step.` : undefined;
    const repair = (bare ? foreignSyntaxHint(name) : findMisreadPath(text)?.hint) ?? other ?? didYouMean(name, known);
    if (!parameters && !declared) {
      this.needs.parameters.add(name);
      if (repair === undefined) return;
      const message = `"${name}" means a parameter here, in ${quote(text)}`;
      this.diagnostics.report("unknown_name", path, message, { hint: repair, severity: "warning" });
      return;
    }
    const message = bare
      ? `"${name}" is neither an outputKey nor a parameter, in ${quote(text)}`
      : declared && !declared.has(name)
        ? `parameter "${name}" is used but not declared, in ${quote(text)}`
        : `parameter "${name}" is used but has no value, in ${quote(text)}`;
    const give = declared?.has(name)
      ? `Give it a default, or write parameters.?${name}.orValue(…).`
      : declared
        ? `Declare it under "parameters".`
        : `Pass "${name}" in parameters.`;
    const hint = [repair ?? (declared && give), braces].filter(Boolean).join(" ") || give;
    this.diagnostics.report("unknown_name", path, message, { hint });
  }

  private context(name: string, text: string, path: Path): void {
    const { context, parameters } = this.given;
    if (Object.hasOwn(context, name)) return;
    if (!parameters) {
      this.needs.context.add(name);
      return;
    }
    const hint = () => didYouMean(name, Object.keys(context)) ?? `Pass "${name}" in context.`;
    this.diagnostics.report("unknown_name", path, `context has no "${name}", in ${quote(text)}`, { hint });
  }
}
