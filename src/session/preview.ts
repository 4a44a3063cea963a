import { isRecord } from "../model/json.ts";
import { isNamedSchema } from "../model/named-schemas.ts";
import { beginning, truncate } from "../model/text/truncate.ts";
import { CONFIRM_BELOW } from "../model/worker.ts";
import type { Step } from "../model/workflow.ts";

/** What the user sees before a run starts: a plan of the run, in words. */
export interface Preview {
  /** What will happen, in order. */
  readonly steps: readonly string[];
  /** When the user is asked, once it runs. Empty: not at all. */
  readonly asks: readonly string[];
  /** What may change. */
  readonly changes: string;
  /** When it is over, and what is there then. */
  readonly ends: string;
}

/** What is known of a run before it starts. */
interface Known {
  readonly cwd: string;
  /** The project's checks that its steps must pass. */
  readonly checks: readonly string[];
  readonly tasks: readonly string[];
  /** All tasks are one assignment. */
  readonly together: boolean;
  /** The plan that it builds. */
  readonly planId?: string | undefined;
}

/** Steps and tasks that are listed; the rest is counted. */
const MAX_LISTED = 12;
const MAX_WORDS = 110;

/** Tells how a run of these steps will go. @param steps those of its template */
export function previewOf(steps: readonly Step[], known: Known): Preview {
  const parts = steps.flatMap((step) => partOf(step, known));
  const lines = parts.flatMap(({ lines }) => lines);
  const shown =
    lines.length > MAX_LISTED ? [...lines.slice(0, MAX_LISTED), `and ${lines.length - MAX_LISTED} more`] : lines;
  return { steps: shown, asks: asksOf(parts), changes: changesOf(parts, known), ends: endOf(parts, known) };
}

/** A step as the preview understands it. */
interface Part {
  readonly lines: readonly string[];
  /** Who does it; absent: Baton. */
  readonly agent?: string;
  /** How many rounds of questions its author allows it by name. */
  readonly rounds?: number;
  readonly delivers?: "plan" | "breakdown" | "changes";
  /** The least confidence of a plan that waits for nobody. */
  readonly confirmBelow?: number;
  readonly command?: string;
}

type Config = Readonly<Record<string, unknown>>;

function partOf(step: Step, known: Known): Part[] {
  if (step.type === "grow") return expandingPart(step, known);
  return isGate(step) ? gatePart(step, known) : [plainPart(step, known)];
}

/** Whether the step runs the project's checks as commands, one for each. */
const isGate = ({ type, config }: Step): boolean =>
  type === "foreach" && /\bchecks\b/.test(JSON.stringify(config.items ?? null));

function gatePart({ id, condition }: Step, { planId }: Known): Part[] {
  if (isOnlyForPlan(condition) && planId === undefined) return [];
  return [{ lines: [`${id}: Baton runs the project's checks, and those of the plan, as commands`] }];
}

/** Whether a condition asks if the run was given a plan. */
const isOnlyForPlan = (condition = ""): boolean => /\bplan\.\?steps\b/.test(condition);

/** Under which condition a step is done, as the end of a phrase. */
function conditionText(condition: string | undefined, { planId }: Known): string {
  if (condition === undefined) return "";
  const failing = /\bon_failure\((\w+)\)/.exec(condition)?.[1];
  if (failing === undefined) return ", on a condition";
  return isOnlyForPlan(condition) && planId === undefined ? "" : `, only if ${failing} fails`;
}

function plainPart({ id, name, description, type, config, condition }: Step, known: Known): Part {
  const agent = agentOf(config);
  const maybe = conditionText(condition, known);
  if (agent === undefined) {
    const command = typeof config.command === "string" ? config.command : undefined;
    const what = command === undefined ? (description ?? (name === id ? type : name)) : `runs ${phrase(command)}`;
    return {
      lines: [`${id}: Baton ${command === undefined ? `does ${phrase(what)}` : what}${maybe}`],
      command: command ?? type,
    };
  }
  const delivers = deliveredBy(config.output);
  const what =
    delivers === "plan"
      ? "looks at the project and makes a plan"
      : delivers === "breakdown"
        ? "breaks it down into epics, features and tasks"
        : phrase(description ?? (name === id ? words(config.prompt) : name)) + mending(config, agent);
  return {
    lines: [`${id}: ${agent}${delivers === "plan" || delivers === "breakdown" ? ` ${what}` : ` – ${what}`}${maybe}`],
    agent,
    ...(typeof config.questions === "number" && config.questions > 0 && { rounds: config.questions }),
    ...(delivers && { delivers }),
    ...(delivers === "plan" && {
      confirmBelow: typeof config.confirmBelow === "number" ? config.confirmBelow : CONFIRM_BELOW,
    }),
  };
}

/** What the project's checks find goes back to who did the step. */
const mending = ({ verify }: Config, agent: string): string =>
  JSON.stringify(verify ?? null).includes("checks") ? `; what the project's checks find goes back to the ${agent}` : "";

/** A step that expands into others: by a plan, by the tasks, or by data that is known only then. */
function expandingPart({ id, config }: Step, { tasks, together, planId }: Known): Part[] {
  const pattern = isRecord(config.written) ? (config.written as Config) : {};
  const agent = agentOf(pattern);
  const who = agent ?? "Baton";
  const part = (lines: readonly string[]): Part[] => [
    {
      lines,
      ...(agent !== undefined && { agent, ...(deliveredBy(pattern.output) && { delivers: "changes" as const }) }),
      ...(typeof pattern.command === "string" && { command: pattern.command }),
    },
  ];
  const from = String(config.from);
  if (/\btogether \? \[\{/.test(from)) {
    const all = tasks.map((task, at) => `${at + 1}. ${phrase(task)}`);
    return together
      ? part([`${who} does all ${tasks.length} tasks in one assignment: ${truncate(all.join("; "), 600)}`])
      : [];
  }
  if (/\btasks\b/.test(from))
    return together ? [] : part(tasks.map((task, at) => `task ${at + 1}: ${who} – ${phrase(task)}`));
  if (!/\bplan\b/.test(from))
    return part([`${id}: ${who} does one step for each element of a list that is known only then`]);
  const isOptional = /\.\?|orValue/.test(from);
  if (isOptional && planId === undefined) return [];
  const plan = planId === undefined ? "that plan" : `plan ${planId}`;
  return part([
    `${id}: ${who} builds each step of ${plan}, one after the other; Baton runs the commands that the plan names for it`,
  ]);
}

function agentOf({ agent, skill, needs }: Config): string | undefined {
  const named = agent ?? skill;
  if (typeof named === "string") return named;
  return Array.isArray(needs) ? `an agent for ${needs.join(", ")}` : undefined;
}

/** What an output schema, or its name, asks for. */
function deliveredBy(output: unknown): Part["delivers"] {
  if (output === "report") return "changes";
  if (!isRecord(output)) return undefined;
  if (isNamedSchema(output, "plan")) return "plan";
  if (isNamedSchema(output, "breakdown")) return "breakdown";
  return Array.isArray(output.required) && output.required.includes("filesChanged") ? "changes" : undefined;
}

function asksOf(parts: readonly Part[]): string[] {
  const named = parts.flatMap(({ agent, rounds }) =>
    rounds === undefined ? [] : [`by the ${agent}, in at most ${rounds} rounds, what it must know and cannot find out`],
  );
  const plan = parts.find(({ delivers }) => delivers === "plan");
  const approval = plan
    ? [
        `before anything is built, if the plan is less than ${Math.round(plan.confirmBelow! * 100)}% sure of itself or cannot go on without an answer`,
      ]
    : [];
  const others = named.length === 0 && parts.some(({ agent }) => agent !== undefined);
  return [...named, ...approval, ...(others ? ["only if an agent must know something that it cannot find out"] : [])];
}

function changesOf(parts: readonly Part[], { cwd }: Known): string {
  const builders = [...new Set(parts.flatMap(({ agent, delivers }) => (delivers === "changes" ? agent! : [])))];
  const commands = [...new Set(parts.flatMap(({ command }) => command ?? []))];
  const files = builders.length > 0 ? [`files in ${cwd}, by ${builders.join(" and ")}`] : [];
  const listed = commands.slice(0, 3).map(phrase).join("; ");
  const more = commands.length > 3 ? ` and ${commands.length - 3} more` : "";
  const acts = commands.length > 0 ? [`whatever these commands change: ${listed}${more}`] : [];
  return files.length + acts.length === 0
    ? "nothing; the agents read and report"
    : `${[...files, ...acts].join("; and ")}. Baton commits nothing.`;
}

function endOf(parts: readonly Part[], { checks, tasks, together }: Known): string {
  const last = parts.at(-1);
  if (parts.some(({ delivers }) => delivers === "breakdown"))
    return "with a list of tasks, and nothing is built. Each task is then a goal of its own.";
  if (checks.length > 0) {
    const each = tasks.length > 1 && !together ? ", after each task" : "";
    return `when Baton has seen these succeed${each}: ${checks.map(phrase).join("; ")}`;
  }
  if (last?.agent === undefined) return "when the last of these steps has ended";
  if (last.delivers === "changes")
    return `when the ${last.agent} has delivered. The project has no checks that Baton could run, so that is only reported.`;
  return `with what the ${last.agent} reports`;
}

/** The beginning of a text as one line. Values that are known only then are left out. */
const phrase = (text: string): string =>
  truncate(
    text
      .replaceAll(/\{\{.*?\}\}/gs, "…")
      .replaceAll(/\s+/g, " ")
      .trim(),
    MAX_WORDS,
  );

/** The first sentence of a prompt. */
function words(prompt: unknown): string {
  if (typeof prompt !== "string") return "its part";
  const [first = ""] = prompt.trim().split(/\n|(?<=[.!?])\s/, 1);
  return beginning(first, 1_000) || "its part";
}
