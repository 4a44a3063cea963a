import type { Colors } from "picocolors/types";
import { EVIDENCE_MEANS } from "../../model/evidence.ts";
import type { RunStatus, StepStatus } from "../../model/run.ts";
import { escapeControl } from "../../model/text/escape-control.ts";
import { folded } from "../../model/text/plain.ts";
import { escapedLine, named, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import type { RunLine, RunView } from "../../model/view.ts";
import { durationText, progressText } from "./progress-text.ts";

type Paint = (colors: Colors) => (text: string) => string;

/** One character and one colour for each status. */
const STATUS_MARKS: Readonly<Record<StepStatus | RunStatus, readonly [string, Paint]>> = {
  pending: ["·", (c) => c.dim],
  ready: ["·", (c) => c.dim],
  running: ["●", (c) => c.cyan],
  assigned: ["●", (c) => c.cyan],
  reported: ["●", (c) => c.cyan],
  waiting: ["◷", (c) => c.yellow],
  completed: ["✔", (c) => c.green],
  failed: ["✘", (c) => c.red],
  skipped: ["↷", (c) => c.dim],
  cancelled: ["■", (c) => c.yellow],
  undone: ["↶", (c) => c.yellow],
  paused: ["‖", (c) => c.yellow],
  interrupted: ["‖", (c) => c.yellow],
  rolling_back: ["↶", (c) => c.yellow],
  rolled_back: ["↶", (c) => c.yellow],
  rollback_failed: ["✖", (c) => c.red],
  foreign: ["⚠", (c) => c.yellow],
  damaged: ["⚠", (c) => c.red],
};

export function mark(status: StepStatus | RunStatus, colors: Colors): string {
  const [sign, paint] = STATUS_MARKS[status];
  return paint(colors)(sign);
}

/** Renders one step on one line: status, id, duration and its latest output or reason. */
export function stepLine(run: RunView, id: string, colors: Colors, widest: number): string {
  const step = run.steps.find((step) => step.id === id)!;
  const active = run.activeSteps.find((step) => step.id === id);
  const took = step.duration === undefined ? "" : durationText(step.duration);
  const retry = step.attempt > 1 && step.status !== "skipped" ? ` (attempt ${step.attempt})` : "";
  const known = evidenceText(step);
  const heard = active?.lastLine ?? step.error?.message;
  const says =
    assignmentText(run, id) ??
    (heard === undefined ? undefined : quotedLine(folded(heard), MAX_LAST_LINE_CHARACTERS)) ??
    step.skipped ??
    step.held ??
    step.asks ??
    known;
  return `${mark(step.status, colors)} ${id.padEnd(widest)}  ${step.status.padEnd(9)} ${took.padStart(8)}${retry}  ${colors.dim(folded(says).slice(0, 2 * MAX_LAST_LINE_CHARACTERS))}`.trimEnd();
}

/** What the evidence of a step means, for a person. An observed step needs no words. */
function evidenceText({ evidence, note, worker, agent }: RunView["steps"][number]): string {
  if (evidence === undefined || evidence === "observed") return "";
  const who = worker ?? agent;
  const by = evidence === "reported" && who !== undefined ? ` by ${named(who)}` : "";
  return `${evidence}${by}: ${note === undefined ? EVIDENCE_MEANS[evidence] : escapedLine(note)}`;
}

/** Says which worker has an agent step, or which agent the step waits for. */
function assignmentText({ ready, activeSteps }: RunView, id: string): string | undefined {
  const waits = ready.find(({ stepId }) => stepId === id);
  if (waits) return `waits for ${named(waits.agent ?? "any agent")}`;
  const active = activeSteps.find((step) => step.id === id);
  if (active?.agent === undefined || active.status !== "assigned") return undefined;
  const task = active.task && quotedLine(folded(active.task), MAX_LAST_LINE_CHARACTERS);
  const doing = [active.percent !== undefined && `${active.percent}%`, task].filter(Boolean).join(" ");
  const silent = active.takeOver === undefined ? "" : `, silent since ${active.heldBy?.lastSeen}`;
  return `with ${named(active.worker ?? active.agent)}${silent}${doing ? `: ${doing}` : ""}`;
}

const MAX_LAST_LINE_CHARACTERS = 120;

/** The length of the longest step id, at most 40. */
export const widestId = ({ steps }: RunView): number =>
  Math.min(
    40,
    steps.reduce((widest, { id }) => Math.max(widest, id.length), 0),
  );

/** Renders the open questions and the command that answers them. */
export function questionLines({ questions }: RunView, colors: Colors): string[] {
  return questions.flatMap(({ workflowId, stepId, agent, questions }) => [
    `  ${colors.yellow(stepId)}: ${named(agent)} asks`,
    ...questions.map(({ id, question, options, default: usual }) => {
      const choice = options ? ` [${options.map(named).join(" | ")}]` : "";
      const unless = usual === undefined ? "" : ` (default: ${quotedValue(usual)})`;
      return `    ${named(id)}: ${quotedLine(question, 2_000)}${choice}${unless}`;
    }),
    `    baton handoff answer ${workflowId} ${stepId} ${questions.map(({ id }) => `"<${id}>"`).join(" ")}`,
  ]);
}

/** Renders a whole run, for `baton status` and the end of `baton run`. */
export function renderRun(run: RunView, colors: Colors): string {
  const widest = widestId(run);
  const lines = [
    `${mark(run.status, colors)} ${colors.bold(named(run.name))}  ${run.workflowId}  ${run.status}`,
    ...(run.template ? [`  made from the template ${named(run.template)}`] : []),
    ...(run.note ? [`  note: ${run.note}`] : []),
    ...(run.wouldRun ?? []).map(({ stepId, type, command }) =>
      command === undefined ? `  would run ${stepId} (${type})` : `  would run ${stepId}: ${quotedLine(command)}`,
    ),
    ...run.steps.map((step) => `  ${stepLine(run, step.id, colors, widest)}`),
    `  ${summary(run)}`,
  ];
  lines.push(...questionLines(run, colors));
  for (const step of run.steps) {
    if (step.error?.hint) lines.push(`  ${colors.yellow(step.id)}: ${step.error.hint}`);
  }
  return lines.join("\n");
}

/** Renders the counts and durations of a run on one line. */
export function summary({ metrics, progress }: RunView): string {
  const { parallelEfficiency: efficiency } = metrics;
  const busy = efficiency === undefined ? "" : `, parallel efficiency ${Math.round(efficiency * 100)}%`;
  return `${progressText(progress, metrics)}; ${durationText(metrics.wallDuration)} in all${busy}`;
}

export function renderList(runs: readonly RunLine[], colors: Colors): string {
  if (runs.length === 0) return "There are no runs here yet.";
  return runs
    .map(({ workflowId, name, template, status, startTime, progress, note }) => {
      const sign = mark(status as RunStatus, colors);
      const steps = progress ? `${progress.completed}/${progress.total}` : "";
      return `${sign} ${workflowId}  ${status.padEnd(11)} ${steps.padStart(9)}  ${startTime ?? "".padEnd(24)}  ${named(name)}${template ? colors.dim(`  ${named(template)}`) : ""}${note ? colors.dim(`  ${quotedLine(note)}`) : ""}`;
    })
    .join("\n");
}

/** Renders a part of a log. A terminal would obey the control characters in it. */
export const printLog = (text: string, escaped: boolean): string => (escaped ? escapeControl(text) : text);
