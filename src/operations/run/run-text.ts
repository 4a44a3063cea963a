import { escapedLine, named, quotedBlock, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import type { QuestionsView, ReadyView, RunLine, RunView, StepView } from "../../model/view.ts";

/** A run with more steps omits completed and pending ones. */
const MAX_STEPS_LISTED = 30;

export function runLines(run: RunView): string[] {
  const { progress, metrics } = run;
  const lines = [
    `${run.workflowId} ${quotedLine(run.name)}: ${run.status}, ${progress.completed} of ${progress.total} steps settled ` +
      `(${progress.percentage}%), ${seconds(metrics.wallDuration)}, rev ${run.rev}`,
  ];
  if (run.sessionId) lines.push(`Run of the session ${run.sessionId}.`);
  if (run.template) lines.push(`Made from the template ${named(run.template)}.`);
  if (run.note) lines.push(`Note: ${run.note}`);
  for (const { stepId, type, command } of run.wouldRun ?? [])
    lines.push(`Would run ${stepId}${command === undefined ? ` (${type})` : `: ${quotedLine(command)}`}`);
  const all = run.steps.length <= MAX_STEPS_LISTED;
  const shown = all
    ? run.steps
    : run.steps.filter((step) => !["completed", "pending"].includes(step.status)).slice(0, MAX_STEPS_LISTED);
  for (const step of shown) lines.push(stepLine(step));
  if (!all) {
    lines.push(
      `${metrics.completedSteps} completed, ${metrics.failedSteps} failed, ${metrics.skippedSteps} skipped, ${metrics.cancelledSteps} cancelled`,
    );
  }
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
  const results = Object.entries(run.results);
  if (results.length > 0) {
    lines.push("Results:");
    for (const [key, value] of results) lines.push(`- ${named(key)}: ${quotedValue(value)}`);
  }
  return lines;
}

/** How Baton knows of a step, and what to know about that, as the end of a phrase. Nothing for what it observed. */
export function knownText({ evidence, note }: { evidence?: StepView["evidence"]; note?: string | undefined }): string {
  if (!evidence || evidence === "observed") return "";
  return ` (${evidence}${note === undefined ? "" : `: ${escapedLine(note)}`})`;
}

function stepLine(step: StepView): string {
  const parts = [`- ${step.id}: ${step.status}${knownText(step)}`];
  if (step.attempt > 1) parts.push(`attempt ${step.attempt}`);
  if (step.duration !== null) parts.push(seconds(step.duration));
  const outcome = step.error
    ? ` — ${step.error.reason}: ${quotedLine(step.error.message, 2_000)}${step.error.hint ? ` (${step.error.hint})` : ""}`
    : (step.skipped ?? step.held ?? step.asks)
      ? ` — ${step.skipped ?? step.held ?? step.asks}`
      : step.output !== null && step.output !== ""
        ? ` → ${quotedValue(step.output, 160)}`
        : "";
  return parts.join(", ") + outcome;
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
    `${total} run${total === 1 ? "" : "s"}, newest first:`,
    ...runs.map(
      ({ workflowId, name, template, status, startTime }) =>
        `- ${workflowId} ${quotedLine(name)}${template ? ` (${named(template)})` : ""}: ${status}, started ${startTime ?? "?"}`,
    ),
  ];
}

export function logLines(log: {
  workflowId: string;
  stepId: string;
  attempt: number;
  status: string;
  stdout: string;
  stderr: string;
  skipped: { stdout: number; stderr: number };
}): string[] {
  const part = (name: "stdout" | "stderr") => {
    const before = log.skipped[name] > 0 ? ` (after the first ${log.skipped[name]} bytes)` : "";
    return log[name] === "" ? [`${name}: empty`] : [`${name}${before}:`, ...quotedBlock(log[name])];
  };
  return [
    `${log.workflowId}, step ${log.stepId}, attempt ${log.attempt}: ${log.status}`,
    ...part("stdout"),
    ...part("stderr"),
  ];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
