import type { Evidence } from "../model/evidence.ts";
import { isRecord } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import type { RunStatus, StepStatus } from "../model/run.ts";
import type { LogEntry, RunState, StepState } from "../model/run-state.ts";
import { truncate } from "../model/text/truncate.ts";
import type { WorkSince } from "../model/work-tree.ts";
import type { JsonValue } from "../model/workflow.ts";
import { viewStep } from "../run/view/view.ts";
import { detailsOf, tasksNotDone, textOf, textsIn } from "./delivered-texts.ts";
import type { Session } from "./fold.ts";
import { type SummedCheck, sumChecks } from "./summed-checks.ts";

/** A step that was done or that failed. */
interface SummedStep {
  readonly id: string;
  /** What it was about, in the words of its author. */
  readonly title: string;
  readonly agent?: string;
  readonly status: "completed" | "failed";
  readonly evidence?: string;
  /** How often it was tried. To ask the person is no failure. */
  readonly tries: number;
  /** What a reader must know about its evidence, or why it failed. */
  readonly note?: string;
  /** What its worker says of it. */
  readonly says?: string;
  /** What its delivery lists: tasks that are done, findings of a review, tasks of a breakdown. */
  readonly details?: readonly string[];
}

/** What a person wants to know at the end of a session. Lists are cut, and missing where they would be empty. */
export interface SessionSummary {
  readonly status: RunStatus;
  readonly goal: string;
  readonly workflow: string;
  readonly completed: number;
  readonly total: number;
  /** How many completed steps there are of each evidence. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly steps: readonly SummedStep[];
  readonly leftOut?: readonly { readonly title: string; readonly why: string }[];
  readonly checks?: readonly SummedCheck[];
  /** What git says. Absent: not in a git work tree, or the start is not on record. */
  readonly work?: WorkSince;
  /** Why git says nothing. */
  readonly workUnknown?: string;
  /** Files that agents say they changed, where git says nothing. */
  readonly reportedFiles?: readonly string[];
  readonly assumptions?: readonly string[];
  /** What agents say they left out. */
  readonly saidLeftOut?: readonly string[];
  /** What the person was asked and answered. */
  readonly answers?: readonly { readonly question: string; readonly answer: string }[];
  readonly decisions?: readonly string[];
  readonly openQuestions?: readonly string[];
  readonly deviations?: readonly string[];
  /** What stops working for others. */
  readonly breaking?: readonly string[];
  /** What is wrong elsewhere and was left alone. */
  readonly found?: readonly string[];
  readonly learnings?: readonly string[];
  /** Results that have a name, as text: the text itself, or what their authors call their summary. */
  readonly results?: Readonly<Record<string, string>>;
  /** Hidden refs that keep the code of checkpoints. */
  readonly hiddenRefs?: number;
  /** The pattern of their names. */
  readonly refs?: string;
}

const MAX_STEPS = 40;
const MAX_FILES = 50;
const MAX_TEXTS = 12;
const MAX_TEXT_CHARACTERS = 400;
const MAX_RESULT_CHARACTERS = 1_500;
const MAX_TITLE_CHARACTERS = 140;

/** Ends of attempts after which the work was tried again. */
const LOST_TRIES: ReadonlySet<LogEntry["status"]> = new Set(["failed", "interrupted", "expired", "taken_over"]);

/**
 * What happened in the run of a session. Its end tells what changed in the work tree.
 * @param gates the commands that its gates ran, in runs of their own
 */
export function summarise(
  { goal, label, finished, start }: Session,
  run: SummedRun,
  gates: readonly SummedCheck[] = [],
): SessionSummary {
  const { state } = run;
  const lost = lostTries(state);
  const steps = inOrderOfEnd(run).map((index) => sumStep(run, index, lost.get(index) ?? 0));
  const outputs = steps.flatMap(({ status, output }) =>
    status === "completed" && output !== undefined ? [output] : [],
  );
  const evidence: Record<string, number> = {};
  for (const { evidence: how } of steps) if (how) evidence[how] = (evidence[how] ?? 0) + 1;
  const results = Object.fromEntries(
    steps.flatMap(({ status, key, told }) =>
      status === "completed" && key !== undefined && told !== undefined
        ? [[key, truncate(told, MAX_RESULT_CHARACTERS)]]
        : [],
    ),
  );
  const leftOut = steps.flatMap(({ title, missing, output }) => [
    ...(missing === undefined ? [] : [{ title, why: missing }]),
    ...tasksNotDone(output).map((task) => ({ title: task, why: "its agent says that it is not done" })),
  ]);
  const said = (field: string) => textsIn(outputs, field);
  const { work, problem } = finished ?? {};
  const workUnknown = problem ?? start?.problem;
  const hiddenRefs = state.checkpoints.filter(({ code }) => code !== undefined).length;
  return {
    status: state.status,
    goal: truncate(goal.replaceAll(/\s+/g, " ").trim(), MAX_TEXT_CHARACTERS),
    workflow: label,
    completed: steps.filter(({ status }) => status === "completed").length,
    total: steps.length,
    evidence,
    steps: steps.flatMap(({ shown }) => shown ?? []).slice(0, MAX_STEPS),
    ...filled("leftOut", leftOut.slice(0, MAX_STEPS)),
    ...filled("checks", sumChecks(state, gates)),
    ...(work && { work: { ...work, files: work.files.slice(0, MAX_FILES) } }),
    ...(workUnknown !== undefined && { workUnknown }),
    ...filled("reportedFiles", work ? [] : said("filesChanged").slice(0, MAX_FILES)),
    ...filled("saidLeftOut", said("leftOut").slice(0, MAX_TEXTS)),
    ...filled("answers", answersIn(state).slice(-MAX_TEXTS)),
    ...filled("decisions", said("decisions").slice(0, MAX_TEXTS)),
    ...filled("assumptions", said("assumptions").slice(0, MAX_TEXTS)),
    ...filled("openQuestions", said("openQuestions").slice(0, MAX_TEXTS)),
    ...filled("deviations", said("deviations").slice(0, MAX_TEXTS)),
    ...filled("breaking", said("breaking").slice(0, MAX_TEXTS)),
    ...filled("found", said("found").slice(0, MAX_TEXTS)),
    ...filled("learnings", said("learnings").slice(0, MAX_TEXTS)),
    ...(Object.keys(results).length > 0 && { results }),
    ...(hiddenRefs > 0 && { hiddenRefs, refs: `refs/baton/checkpoints/cp_${state.workflowId.slice(3)}_*` }),
  };
}

/** The steps that are work, by their ends: an expansion is none, its steps are. */
function inOrderOfEnd({ plan, state: { steps } }: SummedRun): number[] {
  return [...steps.keys()]
    .filter((at) => !plan.discarded[at])
    .filter((at) => plan.workflow.steps[at]!.type !== "grow" || steps[at]!.status !== "completed")
    .filter((at) => !wasUnneeded(plan, steps[at]!, at))
    .sort((a, b) => (steps[a]!.endedAt ?? 0) - (steps[b]!.endedAt ?? 0));
}

/** Whether its own condition skipped a step that may be missing, or that is for a failure that did not come. */
function wasUnneeded({ workflow }: Plan, { status, startedAt, skipped = "" }: StepState, index: number): boolean {
  const { optional, condition = "" } = workflow.steps[index]!;
  const byCondition = status === "skipped" && startedAt === undefined && skipped.startsWith("condition is false");
  return byCondition && (optional || condition.includes("on_failure("));
}

/** How many tries of each step were lost. */
function lostTries({ log }: RunState): Map<number, number> {
  const lost = new Map<number, number>();
  for (const { index, status } of log) if (LOST_TRIES.has(status)) lost.set(index, (lost.get(index) ?? 0) + 1);
  return lost;
}

interface SummedRun {
  readonly plan: Plan;
  readonly state: RunState;
  readonly now: number;
}

/** One step with what the parts of the summary need of it. */
interface StepFacts {
  readonly status: StepStatus;
  readonly title: string;
  /** Why it is not done, if it is not. */
  readonly missing?: string;
  readonly evidence?: Evidence | undefined;
  readonly output?: JsonValue | undefined;
  readonly key?: string | undefined;
  /** Its output in words. */
  readonly told?: string | undefined;
  readonly shown?: SummedStep;
}

function sumStep({ plan, state, now }: SummedRun, index: number, lost: number): StepFacts {
  const { id, status, evidence, skipped, error, agent } = viewStep(plan, state, index, now);
  const { output, note } = state.steps[index]!;
  const { outputKey: key } = plan.workflow.steps[index]!;
  const title = titleOf(plan, index);
  const told = textOf(output);
  const details = detailsOf(output);
  const verdict = isRecord(output) && typeof output.verdict === "string" ? `${output.verdict}: ` : "";
  if (status !== "completed" && status !== "failed") {
    return { status, title, missing: `${status}${skipped === undefined ? "" : `: ${skipped}`}` };
  }
  const failed = status === "failed";
  const remark = failed ? (error?.message ?? "no reason") : note;
  const shown: SummedStep = {
    ...{ id, title, status, tries: Math.max(1, failed ? lost : lost + 1) },
    ...(agent !== undefined && { agent }),
    ...(evidence && { evidence }),
    ...(remark !== undefined && { note: truncate(remark, MAX_TEXT_CHARACTERS) }),
    ...(plan.byWorker[index] === 1 && told !== undefined && { says: truncate(verdict + told, MAX_TEXT_CHARACTERS) }),
    ...(details.length > 0 && { details }),
  };
  return {
    status,
    title,
    evidence,
    output,
    key,
    told,
    shown,
    ...(failed && { missing: truncate(`failed: ${remark}`, MAX_TEXT_CHARACTERS) }),
  };
}

const answersIn = ({ givenAnswers }: RunState) =>
  givenAnswers.map(({ question, answer }) => ({
    question: truncate(question, MAX_TEXT_CHARACTERS),
    answer: truncate(typeof answer === "string" ? answer : JSON.stringify(answer), MAX_TEXT_CHARACTERS),
  }));

const filled = <K extends string, T>(key: K, list: readonly T[]) =>
  (list.length > 0 ? { [key]: list } : {}) as { readonly [key in K]?: readonly T[] };

/** The name of a step. Of a step whose name says nothing, also how its work begins. */
function titleOf(plan: Plan, index: number): string {
  const { id, name, description, config } = plan.workflow.steps[index]!;
  if (name !== id && !/^(?:task|step) \d+$/i.test(name)) return truncate(name, MAX_TITLE_CHARACTERS);
  const { prompt } = config as { readonly prompt?: unknown };
  const about = description ?? (typeof prompt === "string" && !prompt.includes("{{") ? prompt : undefined);
  const [line] = about?.trim().split("\n", 1) ?? [];
  return truncate(line ? `${name}: ${line}` : name, MAX_TITLE_CHARACTERS);
}
