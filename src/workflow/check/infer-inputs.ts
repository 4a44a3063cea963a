import type { StepSyntax } from "../../model/contracts/step.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isRecord } from "../../model/json.ts";
import type { Edge } from "../../model/plan.ts";
import type { Step, Workflow } from "../../model/workflow.ts";
import { stepPath } from "../expression/expression.ts";
import { descendants, findCycles, graphOf } from "../graph/graph.ts";
import { namesOf } from "../graph/plan.ts";
import { edgesOf, referencesOf } from "../graph/step-references.ts";

/** What a step's capability declares: JSON Schemas of its input and its output. */
export interface DeclaredSchemas {
  readonly input?: unknown;
  readonly outputs: readonly unknown[];
}

/** An input that the author did not write, and that another step's output fills. */
export interface InferredInput {
  readonly step: string;
  readonly from: string;
  readonly name: string;
  readonly template: string;
  /** Why the one step comes after the other, in words. */
  readonly reason: string;
}

export interface InferredInputs {
  readonly workflow: Workflow;
  readonly inferred: readonly InferredInput[];
  readonly warnings: readonly InputDiagnostic[];
}

/** Something about an input of a step. The caller finds its place in the file. */
export type InputDiagnostic = Omit<Diagnostic, "at"> & { readonly step: string };

interface Candidate {
  readonly to: number;
  readonly from: number;
  readonly name: string;
  readonly required: boolean;
}

/**
 * Fills inputs that capabilities ask for, where the author wrote none and exactly one other step has a result of that
 * name. What the author wrote stays: an input of that name, and the order of steps. Baton fills an optional property
 * where that is clearly possible, and says nothing where it is not.
 */
export function inferInputs(
  workflow: Workflow,
  declaredBy: (step: Step) => DeclaredSchemas | undefined,
  stepTypes: readonly StepSyntax[],
): Result<InferredInputs, InputDiagnostic[]> {
  const { steps } = workflow;
  const declared = steps.map(declaredBy);
  const missing = steps.map((step, index) => missingInputsOf(step, declared[index]?.input));
  if (!missing.some((names) => names.size > 0)) return ok({ workflow, inferred: [], warnings: [] });

  const producers = producersOf(steps, declared);
  const edges = edgesOf(referencesOf(steps, stepTypes), workflow.dependencies, namesOf(steps));
  const graph = graphOf(steps.length, edges);
  const found: Candidate[] = [];
  const errors: InputDiagnostic[] = [];
  const warnings: InputDiagnostic[] = [];
  missing.forEach((names, to) => {
    const { id } = steps[to]!;
    let later: Set<number> | undefined;
    for (const [name, required] of names) {
      const all = (producers.get(name) ?? []).filter((from) => from !== to);
      if (all.length === 0) continue;
      later ??= new Set(descendants(graph, to));
      const usable = all.filter((from) => !later!.has(from));
      if (usable.length === 1) found.push({ to, from: usable[0]!, name, required });
      if (usable.length === 1 || !required) continue;
      const ids = (usable.length > 0 ? usable : all).map((from) => `"${steps[from]!.id}"`).join(", ");
      if (usable.length > 1) errors.push(ambiguous(id, name, ids, templateFor(steps[usable[0]!]!, name)));
      else {
        const message = `"${id}" needs "${name}", but only ${ids} provides it, and runs later`;
        const hint = `Set "${name}" in its input, or change the order.`;
        warnings.push({ severity: "warning", code: "unknown_name", message, hint, step: id });
      }
    }
  });
  const { kept, cycles } = withoutCycles(steps, edges, found);
  if (errors.length + cycles.length > 0) return err([...errors, ...cycles]);
  const inferred = kept.map(({ to, from, name }): InferredInput => {
    const reason = `needs ${name}, which ${steps[from]!.id} gives`;
    return { step: steps[to]!.id, from: steps[from]!.id, name, template: templateFor(steps[from]!, name), reason };
  });
  return ok({ workflow: addInputs(workflow, inferred), inferred, warnings });
}

/** The inputs that a schema asks for and the author did not write; each with whether it is required. */
function missingInputsOf({ config }: Step, schema: unknown): Map<string, boolean> {
  const { input } = config;
  if (!isRecord(schema) || (input !== undefined && !isRecord(input))) return new Map();
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
  const properties = isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  const names = new Map([
    ...properties.map((name) => [name, false] as const),
    ...required.map((name) => [name, true] as const),
  ]);
  for (const name of Object.keys(input ?? {})) names.delete(name);
  return names;
}

/** By name: the steps whose result has that name, or contains it. */
function producersOf(
  steps: readonly Step[],
  declared: readonly (DeclaredSchemas | undefined)[],
): Map<string, number[]> {
  const producers = new Map<string, number[]>();
  steps.forEach((step, index) => {
    const names = new Set(step.outputKey === undefined ? [] : [step.outputKey]);
    for (const schema of [step.config.output, ...(declared[index]?.outputs ?? [])]) {
      if (isRecord(schema) && isRecord(schema.properties))
        for (const name of Object.keys(schema.properties)) names.add(name);
    }
    for (const name of names) producers.set(name, [...(producers.get(name) ?? []), index]);
  });
  return producers;
}

function templateFor({ id, outputKey }: Step, name: string): string {
  const output = `${stepPath(id)}.output`;
  if (outputKey === name) return `{{${output}}}`;
  return /^[A-Za-z_]\w*$/.test(name) ? `{{${output}.${name}}}` : `{{${output}[${JSON.stringify(name)}]}}`;
}

function ambiguous(step: string, name: string, ids: string, template: string): InputDiagnostic {
  const message = `"${step}" needs "${name}", and several steps provide it: ${ids}`;
  const hint = `Choose one, as in input: {${name}: "${template}"}.`;
  return { severity: "error", code: "invalid_value", message, hint, step };
}

/** An optional input is not filled where that would close a cycle. A required one is then a mistake. */
function withoutCycles(
  steps: readonly Step[],
  edges: readonly Edge[],
  found: readonly Candidate[],
): { kept: readonly Candidate[]; cycles: InputDiagnostic[] } {
  const candidateEdges = found.map(
    ({ from, to }): Edge => ({ from, to, type: "finish_to_start", condition: undefined, origin: "data" }),
  );
  const all = [...edges, ...candidateEdges];
  const cycles = findCycles(graphOf(steps.length, all));
  const needOf = (edge: number) => found[edge - edges.length];
  const dropped = new Set(cycles.flatMap((cycle) => cycle.map(needOf).filter((need) => need && !need.required)));
  if (dropped.size > 0)
    return withoutCycles(
      steps,
      edges,
      found.filter((need) => !dropped.has(need)),
    );
  return { kept: found, cycles: cycles.map((cycle) => cycleDiagnostic(steps, all, needOf, cycle)) };
}

/** Steps that need something of each other, backwards: from consumer to producer. */
function cycleDiagnostic(
  steps: readonly Step[],
  edges: readonly Edge[],
  needOf: (edge: number) => Candidate | undefined,
  cycle: readonly number[],
): InputDiagnostic {
  const first = Math.min(...cycle.flatMap((number) => needOf(number)?.to ?? []));
  const last = cycle.findIndex((number) => needOf(number)?.to === first);
  const backwards = [...cycle.slice(last + 1), ...cycle.slice(0, last + 1)].reverse();
  const id = (index: number) => steps[index]!.id;
  const link = (number: number) => {
    const { from } = edges[number]!;
    const need = needOf(number);
    return need ? `needs ${need.name} from ${id(from)}` : `comes after ${id(from)}`;
  };
  const step = id(edges[backwards[0]!]!.to);
  const message = `steps need each other: ${step} ${backwards.map(link).join(", which ")}`;
  return {
    severity: "error",
    code: "cycle",
    message,
    hint: "Set one of these values in the input of its step.",
    step,
  };
}

function addInputs(workflow: Workflow, inferred: readonly InferredInput[]): Workflow {
  const of = new Map<string, InferredInput[]>();
  for (const input of inferred) of.set(input.step, [...(of.get(input.step) ?? []), input]);
  const steps = workflow.steps.map((step) => {
    const own = of.get(step.id);
    if (!own) return step;
    const input = Object.fromEntries([
      ...Object.entries((step.config.input ?? {}) as object),
      ...own.map(({ name, template }) => [name, template]),
    ]);
    return { ...step, config: { ...step.config, input } };
  });
  return { ...workflow, steps };
}
