import { type RouteContext, type Routing, TEMPLATE_OF, WORKFLOW_TYPES } from "../model/routing.ts";
import { withoutEnding } from "../model/text/trim-end.ts";
import type { JsonObject } from "../model/workflow.ts";
import { parameterError } from "../workflow/schema/parameters.ts";
import { weigh } from "./assess.ts";
import { complexityOf } from "./complexity.ts";
import { type Evidence, evidenceIn, isWorkflowType, scoresOf } from "./evidence.ts";
import { type Remembered, remember } from "./memory.ts";
import { type Reading, readGoal, TOO_LONG } from "./reading.ts";
import { soughtAgain } from "./sought-again.ts";
import { tasksOf } from "./tasks.ts";
import { type Candidate, candidatesIn } from "./templates.ts";

/** Makes confidence what it says: so often the answer is right. Fitted on tuning goals of authors that the weights were not fitted on. */
const TEMPERATURE = 1;
/** Below it nothing is started without asking which of the two best it shall be. */
const SURE_ENOUGH = 0.6;
const CLOSE = 0.15;
const MOST_REASONS = 12;
const MOST_TASKS = 100;
const MOST_TEMPLATES = 200;

const AGENTS: Readonly<Record<string, readonly string[]>> = {
  build_only: ["builder"],
  plan_then_build: ["planner", "builder"],
  multi_task: ["builder"],
  decompose_first: ["architect", "planner", "builder"],
};

/** What a goal says for and against each label, and what is known besides, before it is weighed. */
export function hear(goal: string, context: RouteContext) {
  const reading = readGoal(goal);
  const heard = evidenceIn(reading);
  const candidates = candidatesIn(reading, heard, context.templates.slice(0, MOST_TEMPLATES));
  const labels = [...WORKFLOW_TYPES, ...candidates.map(({ template }) => template.name)];
  const remembered = remember(reading.text, context, labels);
  const evidence: Evidence[] = [...heard.evidence, ...candidates.flatMap((candidate) => candidate.evidence)];
  return { reading, heard, candidates, labels, remembered, evidence };
}

/** What a goal becomes: a workflow type or a template of the library, how sure that is, and why. */
export function route(goal: string, context: RouteContext): Routing {
  const { reading, heard, candidates, labels, remembered, evidence } = hear(goal, context);
  const scores = scoresOf(labels, evidence, remembered.evidence);
  const weighed = weigh(scores, TEMPERATURE, context.assessment, context.trust);
  const ranked = ranking(weighed.shares);
  const [rulesLabel, rulesShare] = ranking(weigh(scores, TEMPERATURE, undefined, undefined).shares)[0]!;
  const [label, confidence] = ranked[0]!;
  const candidate = candidates.find(({ template }) => template.name === label);
  const tasks = label === "multi_task" ? listed(reading, remembered, context) : [];
  const filled = candidate
    ? parametersOf(reading.text, candidate, context)
    : { parameters: typed(label, goal.slice(0, TOO_LONG), tasks), missing: [] };
  const decided = decide(reading, ranked, filled.missing);
  const planned = remembered.planId !== undefined && label === "build_only";
  return {
    label,
    template: isWorkflowType(label) ? TEMPLATE_OF[label] : label,
    ...filled,
    tasks,
    agents: [...(candidate ? (candidate.template.agents ?? []) : AGENTS[label]!)],
    complexity: complexityOf(label, reading, heard, tasks.length),
    confidence,
    reasons: reasonsFor(
      reading,
      ranked.slice(0, 2).map(([one]) => one),
      [...evidence, ...remembered.evidence],
      weighed.reason,
    ),
    alternatives: ranked.slice(1, 5).map(([one, share]) => ({ label: one, confidence: share })),
    ...decided,
    rules: { label: rulesLabel, confidence: rulesShare },
    ...(weighed.assessed && { assessed: weighed.assessed }),
    ...(planned && { planId: remembered.planId! }),
  };
}

type Ranked = readonly (readonly [string, number])[];

/** Equal shares stay in the order of the labels, so that the same goal has the same answer. */
const ranking = (shares: ReadonlyMap<string, number>): Ranked => [...shares].sort(([, one], [, other]) => other - one);

function listed(reading: Reading, remembered: Remembered, { assessment }: RouteContext): string[] {
  const named =
    remembered.tasks.length > 0
      ? remembered.tasks
      : (assessment?.tasks ?? []).length >= 2
        ? assessment!.tasks!
        : tasksOf(reading);
  return named.slice(0, MOST_TASKS);
}

function typed(label: string, goal: string, tasks: readonly string[]): JsonObject {
  if (label === "multi_task") return { tasks: [...tasks] };
  return label === "build_only" ? { task: goal } : { goal };
}

function parametersOf(
  goal: string,
  { template, extracted }: Candidate,
  { assessment }: RouteContext,
): Pick<Routing, "parameters" | "missing"> {
  const declared = template.parameters ?? [];
  const said = assessment?.parameters ?? {};
  const again = soughtAgain(goal, template, extracted.values);
  const parameters: JsonObject = {};
  for (const parameter of declared)
    for (const values of [said, again, extracted.values]) {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined;
      if (
        value === undefined ||
        Object.hasOwn(parameters, parameter.name) ||
        parameterError(parameter, value) !== undefined
      )
        continue;
      parameters[parameter.name] = value;
    }
  const missing = declared
    .filter(({ name, required }) => required && !Object.hasOwn(parameters, name))
    .map(({ name, type, description }) => ({ name, type, ...(description !== undefined && { description }) }));
  return { parameters, missing };
}

function decide(reading: Reading, ranked: Ranked, missing: Routing["missing"]): Pick<Routing, "decision" | "question"> {
  const ask = (question: string) => ({ decision: "ask", question }) as const;
  if (reading.words === 0 && reading.names.length === 0)
    return ask("What is to be done? Say it in a sentence: what should be there that is not, or what is wrong.");
  if (reading.length > TOO_LONG)
    return ask(
      `The goal has ${reading.length} characters, of which the first ${reading.text.length} were looked at. What is wanted, in a few sentences? Put the rest into a file and name it.`,
    );
  if (reading.items.length > MOST_TASKS)
    return ask(
      `It lists ${reading.items.length} things; at most ${MOST_TASKS} tasks fit into one run. Which of them come first? Put the rest into a file.`,
    );
  if (reading.words <= 1 && !/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af].{3}/u.test(reading.text))
    return ask(
      `What about ${JSON.stringify(reading.text.trim().slice(0, 60))}? Say in a sentence what is to be done with it.`,
    );
  const [[best, share], [second, next]] = ranked as [Ranked[number], Ranked[number]];
  if (share < SURE_ENOUGH || share - next < CLOSE)
    return { decision: "choose", question: `Is this ${best} or ${second}?` };
  if (missing.length === 0) return { decision: "go" };
  const wanted = missing.map(({ name, description }) =>
    description === undefined ? name : `${name} (${withoutEnding(description, /[.\s]/)})`,
  );
  return ask(`${best} needs ${wanted.join(", ")}. What ${wanted.length === 1 ? "is it" : "are they"}?`);
}

/** What moved the two best labels, the heaviest first. */
function reasonsFor(
  reading: Reading,
  labels: readonly string[],
  evidence: readonly Evidence[],
  assessed: string | undefined,
): string[] {
  const told = evidence.flatMap(({ because, value, weights }) => {
    const moved = labels.flatMap((label) => {
      const weight = Math.round((Object.hasOwn(weights, label) ? weights[label]! : 0) * value * 10) / 10;
      return weight === 0 ? [] : [{ weight, text: `${weight > 0 ? "+" : ""}${weight} ${label}` }];
    });
    if (moved.length === 0) return [];
    const weight = Math.max(...moved.map((one) => Math.abs(one.weight)));
    return [{ weight, text: `${because} (${moved.map(({ text }) => text).join(", ")})` }];
  });
  const heaviest = told
    .sort((one, other) => other.weight - one.weight)
    .slice(0, MOST_REASONS)
    .map(({ text }) => text);
  const cut =
    reading.length > reading.text.length
      ? [`only the first ${reading.text.length} of ${reading.length} characters were looked at`]
      : [];
  const nothing =
    heaviest.length === 0 ? ["nothing in the goal says what kind of work it is; in doubt it is planned"] : [];
  return [...(assessed === undefined ? [] : [assessed]), ...cut, ...heaviest, ...nothing];
}
