import { type RouteContext, type Routed, TEMPLATE_OF, WORKFLOW_TYPES, type WorkflowType } from "../model/routing.ts";
import type { JsonObject } from "../model/workflow.ts";
import { parameterError } from "../workflow/schema/parameters.ts";
import { evidenceIn, scoresOf, sharesOf } from "./classify.ts";
import { combine } from "./combine-assessment.ts";
import { askForGoal, askForLess, askForMissing, choose, chooseIfClose, MAX_TASKS } from "./decide.ts";
import { knownWorkFor } from "./known-work.ts";
import { correctionsFor } from "./past-corrections.ts";
import { reasonsFor } from "./reasons.ts";
import { type Candidate, candidatesIn } from "./templates.ts";
import { MAX_GOAL_CHARACTERS, type Reading, readGoal } from "./text/reading.ts";
import { tasksOf } from "./text/tasks.ts";

const MAX_TEMPLATES = 200;
const MAX_ALTERNATIVES = 4;
/** In doubt a goal is planned. */
const FALLBACK = "plan_then_build";

const AGENTS: Readonly<Record<WorkflowType, readonly string[]>> = {
  build_only: ["builder"],
  plan_then_build: ["planner", "builder"],
  multi_task: ["builder"],
  decompose_first: ["architect", "plan-reviewer"],
};

/**
 * What a goal becomes: a workflow type or a template of the library, how sure that is, and why. How much work it is says
 * another rule (`session/complexity.ts`).
 */
export function route(goal: string, context: RouteContext): Routed {
  const reading = readGoal(goal);
  const work = knownWorkFor(reading.text, context);
  const silent = work.evidence.length === 0 ? askForGoal(reading) : undefined;
  if (silent) {
    return {
      ...planOf(FALLBACK, goal, []),
      ...{ reasons: ["the goal names nothing to work on"], alternatives: [] },
      ...silent,
    };
  }
  const candidates = candidatesIn(reading, context.templates.slice(0, MAX_TEMPLATES));
  const labels = [...WORKFLOW_TYPES, ...candidates.map(({ template }) => template.name)];
  const corrections = correctionsFor(reading.text, context, labels);
  const words = [...evidenceIn(reading), ...candidates.flatMap((candidate) => candidate.evidence)];
  const calls = candidates.flatMap(({ call }) => call ?? []);
  const known = [...calls, ...corrections.evidence, ...work.evidence];
  // Equal shares stay in the order of the labels, so that the same goal has the same answer.
  const ranked = [...sharesOf(scoresOf(labels, words, known))].sort(([, one], [, other]) => other - one);
  const [rules, confidence] = ranked[0]!;
  const prior = { label: rules, confidence, ...corrections };
  const { label: asked, assessed, reason, rival } = combine(prior, context.assessment, labels);
  const label = asked ?? rules;
  const candidate = candidates.find(({ template }) => template.name === label);
  const tasks = label === "multi_task" ? tasksFor(reading, work.tasks, context) : [];
  const planned = candidate ? templateOf(candidate, context) : planOf(label as WorkflowType, goal, tasks);
  const sure = asked === undefined ? confidence : assessed?.confidence;
  const others = ranked.filter(([one]) => one !== label).map(([one, share]) => ({ label: one, confidence: share }));
  const rivals = others.filter((other) => other.label === (rival ?? rules));
  const moved = [label, others[0]!.label];
  return {
    ...planned,
    ...(sure !== undefined && { confidence: sure }),
    reasons: reasonsFor(reading, moved, [...words, ...known], reason),
    alternatives: asked === undefined ? others.slice(0, MAX_ALTERNATIVES) : rivals,
    ...(askForLess(reading) ??
      (asked === undefined ? chooseIfClose(ranked) : rival === undefined ? undefined : choose(asked, rival)) ??
      askForMissing(label, planned.missing) ?? { decision: "go" }),
    rules: { label: rules, confidence },
    ...(assessed && { assessed }),
    ...(work.planId !== undefined && label === "build_only" && { planId: work.planId }),
  };
}

type Planned = Pick<Routed, "label" | "template" | "parameters" | "missing" | "tasks" | "agents">;

/** A workflow type with what its template is called with. */
function planOf(label: WorkflowType, goal: string, tasks: readonly string[]): Planned {
  const whole = goal.slice(0, MAX_GOAL_CHARACTERS);
  const parameters: JsonObject =
    label === "multi_task" ? { tasks: [...tasks] } : label === "build_only" ? { task: whole } : { goal: whole };
  return {
    ...{ label, template: TEMPLATE_OF[label], parameters, missing: [], tasks: [...tasks] },
    agents: [...AGENTS[label]],
  };
}

/** A template with the values of its parameters: those of the assessment first, then those that the goal gives. */
function templateOf({ template, extracted }: Candidate, { assessment }: RouteContext): Planned {
  const { name, parameters: declared = [], agents = [] } = template;
  const parameters: JsonObject = {};
  for (const values of [extracted.values, assessment?.parameters ?? {}])
    for (const parameter of declared) {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined;
      if (value !== undefined && parameterError(parameter, value) === undefined) parameters[parameter.name] = value;
    }
  const missing = declared
    .filter(({ name: one, required }) => required && !Object.hasOwn(parameters, one))
    .map(({ name: one, type, description }) => ({
      name: one,
      type,
      ...(description !== undefined && { description }),
    }));
  return { label: name, template: name, parameters, missing, tasks: [], agents: [...agents] };
}

/** The tasks of a goal: those that the caller or the backlog names, else those of the assessment, else those that the text lists. */
function tasksFor(reading: Reading, known: readonly string[], { assessment }: RouteContext): string[] {
  const assessed = assessment?.tasks ?? [];
  return [...(known.length > 0 ? known : assessed.length >= 2 ? assessed : tasksOf(reading))].slice(0, MAX_TASKS);
}
