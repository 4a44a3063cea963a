import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { RoutableTemplate, RouteContext } from "../../src/model/routing.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { route } from "../../src/routing/route.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";

export interface LabelledGoal {
  readonly goal: string;
  readonly label: string;
  readonly kind: string;
  readonly parameters?: JsonObject;
  readonly context?: { readonly plan?: boolean };
}

export interface Answered extends LabelledGoal {
  readonly answer: string;
  /** Absent if the goal says too little. */
  readonly confidence?: number;
  /** The parameters that were read, if the goal is for a template. */
  readonly read?: JsonObject;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

const goals = join(root, "bench/routing/goals");
const filesOf = (half: string) =>
  readdirSync(join(goals, half))
    .map((file) => `${half}/${basename(file, ".jsonl")}`)
    .sort();

/** Each file has one author. */
export const TUNING: readonly string[] = filesOf("tuning");
export const HELD_OUT: readonly string[] = filesOf("held-out");

export function goalsOf(file: string): LabelledGoal[] {
  const text = readFileSync(join(goals, `${file}.jsonl`), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelledGoal);
}

/** The templates of this repository, as routing sees them. */
export function shippedTemplates(): RoutableTemplate[] {
  const directory = join(root, "workflows");
  return readdirSync(directory)
    .sort()
    .map((file): RoutableTemplate => {
      const parsed = parseWorkflow(
        { text: readFileSync(join(directory, file), "utf8") },
        { stepTypes: stepSyntax, maxSteps: 1000 },
      );
      if (!parsed.ok) throw new Error(`${file} is no workflow`);
      const { description, parameters, steps } = parsed.value.workflow;
      return {
        name: basename(file, ".yaml"),
        steps,
        ...(description !== undefined && { description }),
        ...(parameters && { parameters }),
      };
    });
}

export const contextOf = (templates: readonly RoutableTemplate[], more: Partial<RouteContext> = {}): RouteContext => ({
  plans: [],
  templates,
  corrections: [],
  ...more,
});

/** The routing results of labelled goals. */
export function answersTo(goals: readonly LabelledGoal[], templates = shippedTemplates()): Answered[] {
  return goals.map((labelled): Answered => {
    const plans = labelled.context?.plan ? [{ id: "plan_1", goal: labelled.goal }] : [];
    const { label, confidence, parameters } = route(labelled.goal, contextOf(templates, { plans }));
    return {
      ...labelled,
      answer: label,
      ...(confidence !== undefined && { confidence }),
      ...(labelled.parameters && { read: parameters }),
    };
  });
}

/** The baseline for routing: the first rule with a signal anywhere in the text. */
export function bySubstring(goal: string, hasPlan: boolean): string {
  const text = goal.toLowerCase();
  const has = (...signals: readonly string[]) => signals.some((signal) => text.includes(signal));
  if (hasPlan || has("fix", "bug", "error", "typo")) return "build_only";
  if (has("add", "create", "implement", "refactor", "restructure")) return "plan_then_build";
  if (has("project", "system", "platform")) return "decompose_first";
  if (has("tasks", "batch", "backlog")) return "multi_task";
  return "plan_then_build";
}

export const accuracyOf = (answers: readonly Pick<Answered, "answer" | "label">[]): number =>
  answers.filter(({ answer, label }) => answer === label).length / answers.length;

export interface Bin {
  readonly from: number;
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

/** Answers by confidence, in ten bins. */
export function binsOf(answers: readonly Answered[]): Bin[] {
  return Array.from({ length: 10 }, (_, at) => {
    const inside = answers.filter(
      (one): one is Answered & { confidence: number } =>
        one.confidence !== undefined && Math.min(9, Math.floor(one.confidence * 10)) === at,
    );
    const mean = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    return { from: at / 10, count: inside.length, confidence: mean, accuracy: accuracyOf(inside) };
  }).filter(({ count }) => count > 0);
}

/** The expected calibration error: the average distance between confidence and accuracy over all answers. */
export function calibrationError(answers: readonly Answered[]): number {
  return binsOf(answers).reduce(
    (sum, { count, confidence, accuracy }) => sum + (count / answers.length) * Math.abs(confidence - accuracy),
    0,
  );
}
