import { FINAL_RUN_STATUSES, SETTLED_STATUSES } from "../../model/run.ts";
import { escapedLine, named, quotedBlock, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import type { AttemptView, NoteView, QuestionsView, ReadyView, RunLine, RunView, StepView } from "../../model/view.ts";
import { durationText, plural, progressText } from "./progress-text.ts";

/** A run with more steps omits completed and pending ones. */
export const MAX_STEPS_LISTED = 30;
const MAX_ATTEMPTS_LISTED = 10;
/** Shorter times are not told: they say only that something took no time. */
export const TOLD_MS = 100;
/** The view is cut to what its caller asked for, so this only bounds the rest. */
const MAX_OUTPUT_CHARACTERS = 12_000;

export function runLines(run: RunView): string[] {
  const { progress, metrics } = run;
  const lines = [
    `${run.workflowId} ${quotedLine(run.name)}: ${run.status}, ${progressText(progress, metrics, FINAL_RUN_STATUSES.has(run.status))}` +
      `${FINAL_RUN_STATUSES.has(run.status) ? "" : ` (${progress.percentage}%)`}, ${metrics.wallDuration < TOLD_MS ? "" : `${durationText(metrics.wallDuration)}, `}rev ${run.rev}`,
  ];
  if (run.sessionId) lines.push(`Run of the session ${run.sessionId}.`);
  if (run.template) lines.push(`Made from the template ${named(run.template)}.`);
  if (run.note) lines.push(`Note: ${run.note}`);
  for (const { stepId, type, command } of run.wouldRun ?? [])
    lines.push(`Would run ${stepId}${command === undefined ? ` (${type})` : `: ${quotedLine(command)}`}`);
  for (const step of stepsShown(run)) lines.push(stepLine(step, run));
  const before = earlierAttempts(run);
  if (before.length > 0) lines.push("Earlier attempts:", ...before.map(attemptLine));
  for (const active of run.activeSteps) {
    if (active.lastLine) lines.push(`${active.id} says: ${quotedLine(active.lastLine)}`);
    if (active.agent === undefined) continue;
    const doing = [active.percent !== undefined && `${active.percent}%`, active.task && quotedLine(active.task)]
      .filter(Boolean)
      .join(" ");
    const token = active.assignment ? ` (assignment ${active.assignment} until ${active.expiresAt})` : "";
    const seen = active.heldBy ? ` since ${active.heldBy.since}, last seen ${active.heldBy.lastSeen}` : "";
    const over = active.takeOver === undefined ? "" : `; ${active.takeOver} takes it over`;
    const holder = named(active.worker ?? active.agent);
    lines.push(`${active.id} is with ${holder}${seen}${token}${doing ? `: ${doing}` : ""}${over}`);
  }
  lines.push(...questionLines(run.questions), ...readyLines(run.ready));
  if (run.notes) lines.push("Notes of agents:", ...run.notes.map(noteLine));
  const results = Object.entries(run.results);
  if (results.length > 0) {
    lines.push("Results:");
    for (const [key, value] of results) lines.push(`- ${named(key)}: ${quotedValue(value, MAX_OUTPUT_CHARACTERS)}`);
  }
  return lines;
}

const noteLine = ({ kind, from, worker, stepId, for: to, text }: NoteView): string => {
  const whom = to === undefined ? "" : `, for ${to === "all" ? "all" : to.map(named).join(", ")}`;
  return `- ${kind === undefined ? "" : `${kind}, `}${named(worker ?? from)}, step ${stepId}${whom}: ${quotedLine(text, 2_000)}`;
};

/** The steps that a short answer tells of: all, or of many those that are neither completed nor pending. */
export function stepsShown({ steps }: RunView): readonly StepView[] {
  // What an expansion has become stands beside it.
  const work = steps.filter(({ type, status }) => type !== "grow" || status !== "completed");
  if (work.length <= MAX_STEPS_LISTED) return work;
  return work.filter(({ status }) => status !== "completed" && status !== "pending").slice(0, MAX_STEPS_LISTED);
}

/** The latest attempts that ended and were not their step's last word: the step itself tells of that one. */
export function earlierAttempts({ executionLog, steps }: RunView): readonly AttemptView[] {
  const latest = new Map(steps.map((step) => [step.id, step]));
  return executionLog
    .filter(({ step, attempt, status }) => {
      const now = latest.get(step);
      return now !== undefined && status !== "skipped" && (attempt < now.attempt || !SETTLED_STATUSES.has(now.status));
    })
    .slice(-MAX_ATTEMPTS_LISTED);
}

const attemptLine = (attempt: AttemptView): string =>
  `- ${attempt.step}, attempt ${attempt.attempt}: ${attemptText(attempt)}`;

/** How an attempt went: its own status and its own words. */
function attemptText({
  status,
  exitCode,
  agent,
  worker,
  message,
  duration,
}: Pick<AttemptView, "status" | "exitCode" | "agent" | "worker" | "message" | "duration">): string {
  const who = worker ?? agent;
  const parts = [
    status,
    exitCode !== undefined && `exit code ${exitCode}`,
    who !== undefined && `by ${named(who)}`,
    duration !== undefined && duration >= TOLD_MS && durationText(duration),
  ];
  const why = message === undefined ? "" : ` — ${quotedLine(message)}`;
  return parts.filter((part) => part !== false).join(", ") + why;
}

/** How Baton knows of a step, and what to know about that, as the end of a phrase. Nothing for what it observed. */
export function knownText({ evidence, note }: { evidence?: StepView["evidence"]; note?: string | undefined }): string {
  if (!evidence || evidence === "observed") return "";
  return ` (${evidence}${note === undefined ? "" : `: ${escapedLine(note)}`})`;
}

function stepLine(step: StepView, { results }: RunView): string {
  const parts = [`- ${step.id}: ${step.status}${knownText(step)}`];
  if (step.attempt > 1) parts.push(`attempt ${step.attempt}`);
  if (step.duration !== undefined && step.duration >= TOLD_MS) parts.push(durationText(step.duration));
  return parts.join(", ") + outcomeText(step, results);
}

/** An output that stands among the results is not told twice. */
function outcomeText({ error, skipped, held, asks, output, outputKey }: StepView, results: RunView["results"]): string {
  if (error) return ` — ${error.reason}: ${quotedLine(error.message, 2_000)}${error.hint ? ` (${error.hint})` : ""}`;
  const why = skipped ?? held ?? asks;
  if (why !== undefined) return ` — ${why}`;
  if (outputKey !== undefined && Object.hasOwn(results, outputKey)) return ` → ${named(outputKey)}`;
  return output === undefined || output === "" ? "" : ` → ${quotedValue(output, MAX_OUTPUT_CHARACTERS)}`;
}

export function questionLines(questions: readonly QuestionsView[] = []): string[] {
  return questions.flatMap(({ workflowId, stepId, agent, round, questions }) => [
    `Questions for the person, from ${named(agent)} (${workflowId} ${stepId}, round ${round}):`,
    ...questions.map(({ id, question, options, default: usual }) => {
      const choice = options ? ` [${options.map(named).join(" | ")}]` : "";
      const unless =
        usual === undefined ? "" : ` (default: ${typeof usual === "string" ? named(usual) : quotedValue(usual)})`;
      return `- ${named(id)}: ${quotedLine(question, 2_000)}${choice}${unless}`;
    }),
  ]);
}

export function readyLines(ready: readonly ReadyView[]): string[] {
  if (ready.length === 0) return [];
  const line = ({ workflowId, stepId, agent, summary }: ReadyView) =>
    `- ${workflowId} ${stepId} for ${named(agent ?? "any agent")}: ${quotedLine(summary)}`;
  return [
    "Ready for an agent:",
    ...ready.slice(0, 10).map(line),
    ...(ready.length > 10 ? [`… ${ready.length} in all`] : []),
  ];
}

export function listLines({ runs, total }: { readonly runs: readonly RunLine[]; readonly total: number }): string[] {
  if (runs.length === 0) return ["There are no runs here yet."];
  return [
    `${plural(total, "run")}, newest first:`,
    ...runs.map(({ workflowId, name, template, status, startTime, progress, note }) => {
      const done = progress ? `, ${progressText(progress)}` : "";
      const from = template ? ` (${named(template)})` : "";
      const why = note === undefined ? "" : ` — ${quotedLine(note)}`;
      return `- ${workflowId} ${quotedLine(name)}${from}: ${status}${done}${startTime ? `, started ${startTime}` : ""}${why}`;
    }),
  ];
}

type StepLog = Pick<AttemptView, "attempt" | "status" | "exitCode" | "agent" | "worker" | "message" | "duration"> & {
  readonly workflowId: string;
  readonly stepId: string;
  readonly output?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly skipped: { readonly stdout: number; readonly stderr: number; readonly output?: number };
};

export function logLines(log: StepLog): string[] {
  const part = (name: "stdout" | "stderr" | "output", unit: string) => {
    const [text = "", skipped = 0] = [log[name], log.skipped[name]];
    const before = skipped > 0 ? ` (after the first ${skipped} ${unit})` : "";
    return text === "" ? [] : [`${name}${before}:`, ...quotedBlock(text)];
  };
  const parts = [...part("output", "characters"), ...part("stdout", "bytes"), ...part("stderr", "bytes")];
  return [
    `${log.workflowId}, step ${log.stepId}, attempt ${log.attempt}: ${attemptText(log)}`,
    ...(parts.length > 0 ? parts : ["It wrote nothing."]),
  ];
}
