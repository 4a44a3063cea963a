import type { StepSyntax } from "../../model/contracts/step.ts";
import type { DiagnosticCode } from "../../model/diagnostic.ts";
import { isRecord } from "../../model/json.ts";
import type { DiagnosticDetail, Path } from "../diagnostics/diagnostics.ts";
import { revealedType, stepTypeOf } from "../graph/draft.ts";
import { DEFAULT_TYPE } from "../schema/workflow-schema.ts";
import { type Fields, isPair } from "./translation.ts";

/** Fields of a step whose objects may hold a command. */
const WITH_COMMANDS = ["verify", "fallback", "runner"] as const;
/** The types of steps whose `needs` are edges. On all others they are capabilities, or unknown. */
const NEEDS_ARE_EDGES: readonly string[] = [DEFAULT_TYPE, "tool", "workflow"];
/** A path as the key of a map. */
const keyOf = (path: Path): string => path.join("\n");

/** A mistake that only the other words can have. `path` belongs to the form with `steps`. */
interface AliasDiagnostic {
  readonly code: DiagnosticCode;
  readonly path: Path;
  readonly message: string;
  readonly detail: DiagnosticDetail;
}

/**
 * Replaces the other words that a step may use: `run` becomes `command`; `dependsOn`, and `needs` of a step that no
 * agent performs, become dependencies.
 * @param raw a workflow in the form with `steps`
 * @returns `undefined` if no step uses such a word
 */
export function resolveAliases(raw: unknown, stepTypes: readonly StepSyntax[]): Aliases | undefined {
  if (!isRecord(raw) || !Array.isArray(raw.steps)) return undefined;
  const made = new Aliases(raw, raw.steps, stepTypes);
  return made.isUsed ? made : undefined;
}

/** A workflow without other words, and where its author wrote them. */
export class Aliases {
  readonly diagnostics: AliasDiagnostic[] = [];
  readonly raw: Fields;
  /** Whether any step uses another word. */
  isUsed = false;
  private readonly stepTypes: readonly StepSyntax[];
  private readonly nestedFields: readonly string[];
  /** By place of an object: the names that its fields have now, with those that the author wrote. */
  private readonly renamed = new Map<string, ReadonlyMap<string, string>>();
  /** The dependencies that steps wrote, after those of the workflow. */
  private readonly edges: { readonly dependency: Fields; readonly path: Path }[] = [];
  /** How many dependencies the workflow wrote. */
  private readonly own: number;
  private readonly steps: readonly unknown[];
  private knownIds: ReadonlySet<unknown> | undefined;
  private pairs: Set<string> | undefined;

  constructor(raw: Fields, steps: readonly unknown[], stepTypes: readonly StepSyntax[]) {
    this.stepTypes = stepTypes;
    this.nestedFields = stepTypes.flatMap(({ nested }) => (nested?.kind === "step" ? [nested.field] : []));
    this.steps = steps;
    const written: unknown = raw.dependencies === undefined ? [] : raw.dependencies;
    this.own = Array.isArray(written) ? written.length : 0;
    const resolved = steps.map((step, at) => this.outerStep(step, at, written));
    const dependencies =
      this.edges.length > 0 && Array.isArray(written)
        ? { dependencies: [...written, ...this.edges.map(({ dependency }) => dependency)] }
        : {};
    this.raw = { ...raw, steps: resolved, ...dependencies };
  }

  /** The path that the author wrote, for a path of `raw`. */
  origin(path: Path): Path {
    const edge = path[0] === "dependencies" && typeof path[1] === "number" ? this.edges[path[1] - this.own] : undefined;
    if (edge) {
      const inside = path.slice(2).filter((key) => key !== "to");
      const entry = this.valueAt(edge.path);
      return isRecord(entry) ? [...edge.path, ...inside] : edge.path;
    }
    if (this.renamed.size === 0) return path;
    return path.map((key, at) => this.renamed.get(keyOf(path.slice(0, at)))?.get(String(key)) ?? key);
  }

  private valueAt(path: Path): unknown {
    return path.slice(1).reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], this.steps);
  }

  private report(code: DiagnosticCode, path: Path, message: string, detail: DiagnosticDetail): void {
    this.isUsed = true;
    this.diagnostics.push({ code, path, message, detail });
  }

  private outerStep(step: unknown, at: number, written: unknown): unknown {
    if (!isRecord(step)) return step;
    const path = ["steps", at];
    const resolved = this.step(step, path);
    const [rest, ids] = this.takeEdges(resolved, path);
    for (const [from, place] of ids) this.addEdge(from, resolved.id, place, written);
    return rest;
  }

  /** A step without `run`, and so are the steps inside. Its edges stay. */
  private step(step: Fields, path: Path): Fields {
    let made = step;
    if (Object.hasOwn(step, "run") && this.typeOf(step) === DEFAULT_TYPE)
      made = this.rename(made, "run", "command", path);
    for (const field of WITH_COMMANDS) {
      const value = made[field];
      const resolved = Array.isArray(value)
        ? mapped(value, (one, at) => this.commandIn(one, [...path, field, at]))
        : this.commandIn(value, [...path, field]);
      if (resolved !== value) made = { ...made, [field]: resolved };
    }
    if (Object.hasOwn(made, "needs")) this.checkNeeds(made, path);
    return this.inside(made, path);
  }

  private commandIn(value: unknown, path: Path): unknown {
    return isRecord(value) && Object.hasOwn(value, "run") ? this.rename(value, "run", "command", path) : value;
  }

  private rename(object: Fields, from: string, to: string, path: Path): Fields {
    if (Object.hasOwn(object, to)) {
      const message = `"${from}" and "${to}" are the same field`;
      this.report("duplicate", [...path, from], message, { hint: "Keep one of them.", on: "key" });
      return without(object, from);
    }
    this.isUsed = true;
    this.renamed.set(keyOf(path), new Map([...(this.renamed.get(keyOf(path)) ?? []), [to, from]]));
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key === from ? to : key, value]));
  }

  /** The step inside a step. Its order belongs to the one around it, except in a pattern, whose elements have one. */
  private inside(step: Fields, path: Path): Fields {
    if (!this.nestedFields.some((field) => isRecord(step[field]))) return step;
    const type = this.typeOf(step);
    const nested = this.stepTypes.find((known) => known.type === type)?.nested;
    const inner = nested?.kind === "step" ? step[nested.field] : undefined;
    if (!nested || !isRecord(inner)) return step;
    const at = [...path, nested.field];
    let made = this.step(inner, at);
    if (nested.pattern) {
      if (this.hasEdgeNeeds(made)) made = this.rename(made, "needs", "dependsOn", at);
    } else {
      for (const word of this.edgeFields(made)) {
        const message = `the step of a ${type} has no ${word} of its own`;
        this.report("invalid_value", [...at, word], message, { hint: "Write it on the step around it.", on: "key" });
        made = without(made, word);
      }
    }
    return made === inner ? step : { ...step, [nested.field]: made };
  }

  /** The step without the fields that are edges, and what it comes after, each with its place. */
  private takeEdges(step: Fields, path: Path): [Fields, [unknown, Path][]] {
    const words = this.edgeFields(step);
    if (words.length === 0) return [step, []];
    this.isUsed = true;
    const ids = words.flatMap((word): [unknown, Path][] => {
      const value = step[word];
      const at = [...path, word];
      if (!Array.isArray(value)) return [[value, at]];
      return value.map((one: unknown, index) => [one, [...at, index]]);
    });
    return [words.reduce(without, step), ids];
  }

  /** One edge. An entry of the workflow's `dependencies` for the same two steps says it already. */
  private addEdge(from: unknown, to: unknown, path: Path, written: unknown): void {
    const isEntry = isRecord(from);
    if (typeof from !== "string" && !isEntry) {
      const hint = "Write the id of a step, or a list of ids.";
      return this.report("wrong_type", path, "must be the id of a step", { hint });
    }
    if (isEntry && Object.hasOwn(from, "to")) {
      const message = 'the step that waits is the one with this field, so "to" says nothing';
      return this.report("invalid_value", [...path, "to"], message, { hint: 'Leave "to" out.', on: "key" });
    }
    if (typeof to !== "string") return;
    const word = path.findLast((key) => key === "dependsOn" || key === "needs");
    const pair = isEntry ? undefined : `${from}\n${to}`;
    if (pair !== undefined && this.writtenPairs(written).has(pair)) return;
    if (pair !== undefined) this.writtenPairs(written).add(pair);
    const dependency = isEntry ? { reason: word, ...from, to } : { from, to, reason: word };
    this.edges.push({ dependency, path });
  }

  private writtenPairs(written: unknown): Set<string> {
    this.pairs ??= new Set(
      (Array.isArray(written) ? written : []).flatMap((one: unknown) =>
        isRecord(one) && isPair(one) && (one.type ?? "finish_to_start") === "finish_to_start"
          ? [`${one.from}\n${one.to}`]
          : [],
      ),
    );
    return this.pairs;
  }

  /** A word in the `needs` of an agent step is a capability. If a step has that id, the author may mean its order. */
  private checkNeeds(step: Fields, path: Path): void {
    const type = stepTypeOf(step, this.stepTypes);
    const syntax = this.stepTypes.find((known) => known.type === type);
    if (this.hasEdgeNeeds(step) || !syntax || !Object.hasOwn(syntax.fields, "needs")) return;
    this.knownIds ??= new Set(this.steps.map((one) => (isRecord(one) ? one.id : undefined)));
    const words: readonly unknown[] = Array.isArray(step.needs) ? step.needs : [step.needs];
    for (const [at, word] of words.entries()) {
      if (typeof word !== "string" || word === step.id || !this.knownIds.has(word)) continue;
      const place = Array.isArray(step.needs) ? [...path, "needs", at] : [...path, "needs"];
      const message = `"${word}" may mean a capability that the worker needs, or the step "${word}" that this one comes after`;
      const hint = `For the order write dependsOn: ${word}. For the capability give the step "${word}" another id.`;
      this.report("invalid_value", place, message, { hint });
    }
  }

  private edgeFields(step: Fields): string[] {
    return ["dependsOn", "needs"].filter((field) =>
      field === "needs" ? this.hasEdgeNeeds(step) : Object.hasOwn(step, field),
    );
  }

  private hasEdgeNeeds(step: Fields): boolean {
    return Object.hasOwn(step, "needs") && NEEDS_ARE_EDGES.includes(this.typeOf(step) ?? "");
  }

  private typeOf(step: Fields): string | undefined {
    return revealedType(step, this.stepTypes);
  }
}

/** The same list if no element changes. */
function mapped(list: readonly unknown[], change: (one: unknown, at: number) => unknown): readonly unknown[] {
  const made = list.map(change);
  return made.some((one, at) => one !== list[at]) ? made : list;
}

const without = (object: Fields, field: string): Fields =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== field));
