import type { RunView, StepView } from "../model/view.ts";
import { type CapabilityLine, quoted } from "../operations/capabilities.ts";

/** Steps that are named one by one before only the interesting ones are. */
const LISTED = 30;

type Advised = { readonly next: string };

/** The same facts as the structured answer, in a few lines for models that see only text. The last line says what to do next. */
export function textOf(answer: object): string {
  const lines = linesOf(answer);
  const { truncated, warnings, next, nextCursor } = answer as Partial<Advised> & {
    truncated?: string;
    warnings?: string[];
    nextCursor?: string;
  };
  if (warnings?.length) lines.push(...warnings.map((warning) => `Note: ${warning}`));
  if (truncated) lines.push(`Not all is shown: ${truncated}.${nextCursor ? ` More: cursor: "${nextCursor}".` : ""}`);
  if (next) lines.push(`Next: ${next}`);
  return lines.join("\n");
}

function linesOf(answer: object): string[] {
  if ("capabilities" in answer) return capabilityLines(answer as never);
  if ("capability" in answer) return oneCapability((answer as { capability: Record<string, unknown> }).capability);
  if ("runs" in answer) return listLines(answer as never);
  if ("stdout" in answer) return logLines(answer as never);
  if ("levels" in answer) return planLines(answer as never);
  if ("progress" in answer) return runLines(answer as RunView);
  return [JSON.stringify(answer)];
}

function runLines(run: RunView): string[] {
  const { progress, metrics } = run;
  const lines = [
    `${run.workflowId} "${run.name}": ${run.status}, ${progress.completed} of ${progress.total} steps settled ` +
      `(${progress.percentage}%), ${seconds(metrics.wallDuration)}, rev ${run.rev}`,
  ];
  if (run.note) lines.push(run.note);
  const all = run.steps.length <= LISTED;
  const shown = all
    ? run.steps
    : run.steps.filter((step) => !["completed", "pending"].includes(step.status)).slice(0, LISTED);
  for (const step of shown) lines.push(stepLine(step));
  if (!all) {
    lines.push(
      `${metrics.completedSteps} completed, ${metrics.failedSteps} failed, ${metrics.skippedSteps} skipped, ${metrics.cancelledSteps} cancelled`,
    );
  }
  for (const active of run.activeSteps) if (active.lastLine) lines.push(`${active.id} says: ${active.lastLine}`);
  const results = Object.entries(run.results);
  if (results.length > 0) {
    lines.push("Results:");
    for (const [key, value] of results) lines.push(`- ${key}: ${short(value, 400)}`);
  }
  return lines;
}

function stepLine(step: StepView): string {
  const parts = [`- ${step.id}: ${step.status}`];
  if (step.attempt > 1) parts.push(`attempt ${step.attempt}`);
  if (step.duration !== null) parts.push(seconds(step.duration));
  const outcome = step.error
    ? ` — ${step.error.reason}: ${step.error.message}${step.error.hint ? ` (${step.error.hint})` : ""}`
    : step.skipped
      ? ` — ${step.skipped}`
      : step.output !== null && step.output !== ""
        ? ` → ${short(step.output, 160)}`
        : "";
  return parts.join(", ") + outcome;
}

function planLines(plan: {
  name: string;
  totalSteps: number;
  levels: string[][];
  criticalPath: string[];
  steps: { id: string; command?: string }[];
  needs: { parameters: string[] };
}): string[] {
  const lines = [`"${plan.name}" is valid: ${plan.totalSteps} steps in ${plan.levels.length} levels. Nothing was run.`];
  plan.levels.slice(0, LISTED).forEach((level, index) => {
    lines.push(`${index + 1}. ${level.slice(0, 8).join(", ")}${level.length > 8 ? `, … (${level.length})` : ""}`);
  });
  lines.push(`Critical path: ${plan.criticalPath.slice(0, LISTED).join(" → ")}`);
  for (const step of plan.steps.slice(0, LISTED))
    if (step.command) lines.push(`- ${step.id}: ${short(step.command, 120)}`);
  if (plan.needs.parameters.length > 0) lines.push(`Parameters it needs: ${plan.needs.parameters.join(", ")}`);
  return lines;
}

function listLines({
  runs,
  total,
}: {
  runs: { workflowId: string; name: string; status: string; startTime: string | null }[];
  total: number;
}): string[] {
  if (runs.length === 0) return ["There are no runs here yet."];
  return [
    `${total} run${total === 1 ? "" : "s"}, newest first:`,
    ...runs.map((run) => `- ${run.workflowId} "${run.name}": ${run.status}, started ${run.startTime ?? "?"}`),
  ];
}

function capabilityLines({ capabilities, total }: { capabilities: CapabilityLine[]; total: number }): string[] {
  const count = total === 1 ? "1 capability" : `${total} capabilities`;
  return [
    capabilities.length > 0 ? `${count}, the best first:` : "No capability.",
    ...capabilities.map(({ name, kind, scope, description, reason, lacks, path }) => {
      const why = reason ? ` (${reason}${lacks ? `; lacks ${lacks.join(", ")}` : ""})` : "";
      return `- ${name}, ${kind}, ${scope}${why}: ${description || "no description"}${path ? ` [${quoted(path)}]` : ""}`;
    }),
  ];
}

function oneCapability({ name, kind, scope, description, ...rest }: Record<string, unknown>): string[] {
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${quoted(short(value, 4_000))}`);
  return [`${name}, ${kind}, ${scope}: ${description || "no description"}`, ...lines];
}

function logLines(log: {
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
    return log[name] === "" ? `${name}: empty` : `${name}${before}:\n${log[name].replace(/\n$/, "")}`;
  };
  return [
    `${log.workflowId}, step ${log.stepId}, attempt ${log.attempt}: ${log.status}`,
    part("stdout"),
    part("stderr"),
  ];
}

function short(value: unknown, limit: number): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).trim();
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
