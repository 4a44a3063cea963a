import { STEP_ID } from "../../model/ids.ts";
import type { JsonObject } from "../../model/workflow.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { LITERAL_BRACES, quote } from "../diagnostics/expression-error.ts";
import { otherSpelling } from "../expression/condition.ts";
import { type Expression, isReservedName, misreadStep, type Names, slipIn } from "../expression/expression.ts";
import { ROOTS } from "../expression/expression-references.ts";
import type { Draft, DraftStep } from "../graph/draft.ts";
import { namesOf } from "../graph/plan.ts";
import { type Field, visitReferences } from "../graph/step-references.ts";
import { stepOrder } from "./cycles.ts";

/** What expressions may read besides steps. */
export interface Given {
  /** Absent when a workflow is only validated: what is read is then collected instead of missed. */
  readonly parameters: JsonObject | undefined;
  /** The parameters that the workflow declares; absent: it declares none, and may read any. */
  readonly declared?: ReadonlySet<string> | undefined;
  readonly context: JsonObject;
}

export interface Needs {
  readonly parameters: Set<string>;
  readonly context: Set<string>;
}

/** Checks everything beyond the shape: ids, references, names, expressions, cycles and asserted independence. */
export function checkDraft(draft: Draft, given: Given, mistakes: Diagnostics): Needs {
  const steps = withoutDuplicates(draft.steps, mistakes);
  const names = namesOf(steps);
  checkDependencies(draft, names, mistakes);
  draft.limits.forEach((steps, at) => {
    for (const [i, id] of steps.entries()) {
      if (typeof id === "string" && STEP_ID.test(id) && !names.indexOf.has(id))
        unknownStep(id, ["limits", at, "steps", i], names.indexOf, mistakes);
    }
  });
  checkOutputKeys(steps, given, mistakes);
  const needs: Needs = { parameters: new Set(), context: new Set() };
  const checker = new NameChecker(names, given, needs, mistakes);
  for (const step of steps) {
    checkStep(step, checker, names, mistakes);
    for (const { field, message, hint } of step.mistakes()) {
      mistakes.report("invalid_value", ["steps", step.at, ...field], message, hint === undefined ? {} : { hint });
    }
  }
  stepOrder({ ...draft, steps }, names, mistakes);
  return needs;
}

function withoutDuplicates(steps: readonly DraftStep[], mistakes: Diagnostics): DraftStep[] {
  const seen = new Map<string, DraftStep>();
  return steps.filter((step) => {
    const before = seen.get(step.id.toLowerCase());
    if (before === undefined) {
      seen.set(step.id.toLowerCase(), step);
      return true;
    }
    const hint =
      before.id === step.id ? "Give each step its own id." : "Ids must differ in more than upper and lower case.";
    const message = `duplicate id: ${mistakes.written(["steps", before.at])} has the id "${before.id}" already`;
    mistakes.report("duplicate", ["steps", step.at, "id"], message, { hint });
    return false;
  });
}

function checkDependencies({ dependencies }: Draft, { indexOf }: Names, mistakes: Diagnostics): void {
  for (const { at, from, to } of dependencies) {
    for (const [end, id] of [["from", from] as const, ["to", to] as const]) {
      if (!indexOf.has(id)) unknownStep(id, ["dependencies", at, end], indexOf, mistakes);
    }
    if (from === to) {
      const hint = "Remove this dependency.";
      mistakes.report("cycle", ["dependencies", at], `step "${from}" depends on itself`, { hint });
    }
  }
}

/** Reports a step that does not exist. */
export function unknownStep(
  id: string,
  path: Path,
  indexOf: Names["indexOf"],
  mistakes: Diagnostics,
  more?: string,
): void {
  const hint = () => [didYouMean(id, indexOf.keys()), more].filter(Boolean).join(" ") || undefined;
  mistakes.report("unknown_step", path, `there is no step "${id}"`, { hint });
}

function checkOutputKeys(steps: readonly DraftStep[], { parameters, declared }: Given, mistakes: Diagnostics): void {
  const isParameter = (key: string) => declared?.has(key) || (parameters && Object.hasOwn(parameters, key));
  const seen = new Map<string, DraftStep>();
  for (const step of steps) {
    const key = step.outputKey;
    if (key === undefined) continue;
    const collide = (what: string) => {
      const message = `outputKey "${key}" is ${what}`;
      mistakes.report("name_collision", ["steps", step.at, "outputKey"], message, { hint: "Choose another name." });
    };
    const before = seen.get(key);
    if (before) collide(`the outputKey of step "${before.id}" too`);
    else if (isReservedName(key)) collide("a word of the expression language");
    else if (isParameter(key)) collide("the name of a parameter too");
    seen.set(key, before ?? step);
  }
}

function checkStep(step: DraftStep, checker: NameChecker, names: Names, mistakes: Diagnostics): void {
  visitReferences(step, {
    condition: ({ calls }) => {
      const path = ["steps", step.at, "condition"];
      for (const id of new Set(calls.flatMap(({ ids }) => ids))) {
        if (!names.indexOf.has(id)) unknownStep(id, path, names.indexOf, mistakes);
        else if (id === step.id)
          mistakes.report("cycle", path, `the condition of step "${id}" asks about the step itself`);
      }
    },
    expression: (expression, field) => checker.check(expression, step, field),
    fault: ({ message, hint }, field, code) => {
      mistakes.report(code, ["steps", step.at, ...field], message, { hint });
    },
  });
}

/** Checks the names that one expression reads. */
class NameChecker {
  private readonly names: Names;
  private readonly given: Given;
  private readonly needs: Needs;
  private readonly mistakes: Diagnostics;

  constructor(names: Names, given: Given, needs: Needs, mistakes: Diagnostics) {
    this.names = names;
    this.given = given;
    this.needs = needs;
    this.mistakes = mistakes;
  }

  check(expression: Expression, step: DraftStep, field: Field): void {
    const { text, reads } = expression;
    const path = ["steps", step.at, ...field];
    const braces = field[0] === "condition" ? undefined : LITERAL_BRACES;
    const slipped = misreadStep(expression, this.names);
    if (slipped) {
      const message = `step "${slipped.name}" cannot be read like this, in ${quote(text)}`;
      this.mistakes.report("expression", path, message, { hint: slipped.hint });
      return;
    }
    for (const id of reads.steps) {
      if (!this.names.indexOf.has(id)) unknownStep(id, path, this.names.indexOf, this.mistakes, braces);
      else if (id === step.id) this.mistakes.report("cycle", path, `step "${id}" reads its own result`);
    }
    for (const name of reads.names) {
      const index = this.names.outputKeys.get(name);
      if (index === undefined) this.parameter(name, text, path, braces, true);
      else if (step.outputKey === name) this.mistakes.report("cycle", path, `step "${step.id}" reads its own result`);
    }
    for (const name of reads.parameters) this.parameter(name, text, path, braces, false);
    for (const name of reads.context) this.context(name, text, path);
  }

  /** A parameter, or `bare`: a name that can only be one, since no outputKey has it. */
  private parameter(name: string, text: string, path: Path, braces: string | undefined, bare: boolean): void {
    const { parameters, declared } = this.given;
    if (parameters ? Object.hasOwn(parameters, name) : (declared?.has(name) ?? !bare)) {
      this.needs.parameters.add(name);
      return;
    }
    const { outputKeys, indexOf } = this.names;
    const known = [...outputKeys.keys(), ...(declared ?? Object.keys(parameters ?? {})), ...(bare ? ROOTS : [])];
    const other = bare && indexOf.has(name) ? `Write steps["${name}"].output for the output of that step.` : undefined;
    const repair = (bare ? otherSpelling(name) : slipIn(text)?.hint) ?? other ?? didYouMean(name, known);
    if (!parameters && !declared) {
      this.needs.parameters.add(name);
      if (repair === undefined) return;
      const message = `"${name}" is taken for a parameter, in ${quote(text)}`;
      this.mistakes.report("unknown_name", path, message, { hint: repair, severity: "warning" });
      return;
    }
    const message = bare
      ? `"${name}" is neither an outputKey nor a parameter, in ${quote(text)}`
      : declared && !declared.has(name)
        ? `parameter "${name}" is read but not declared, in ${quote(text)}`
        : `parameter "${name}" is read but not given, in ${quote(text)}`;
    const give = declared?.has(name)
      ? `Give it a default, or write parameters.?${name}.orValue(…).`
      : declared
        ? `Declare it under "parameters".`
        : `Give "${name}" in parameters.`;
    const hint = [repair ?? (declared && give), braces].filter(Boolean).join(" ") || give;
    this.mistakes.report("unknown_name", path, message, { hint });
  }

  private context(name: string, text: string, path: Path): void {
    const { context, parameters } = this.given;
    if (Object.hasOwn(context, name)) return;
    if (!parameters) {
      this.needs.context.add(name);
      return;
    }
    const hint = () => didYouMean(name, Object.keys(context)) ?? `Give "${name}" in context.`;
    this.mistakes.report("unknown_name", path, `context has no "${name}", in ${quote(text)}`, { hint });
  }
}
