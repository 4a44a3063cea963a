import { indentedBlock, labelled, named, quotedBlock, quotedLine, quotedValue } from "../model/quoted.ts";
import type { AssignmentView, QuestionsView, ReadyView, RunView, StepView } from "../model/view.ts";
import { visible } from "../model/visible.ts";
import type { CapabilityLine } from "../operations/capabilities.ts";
import { sessionLines } from "./session-text.ts";
import { templateLines } from "./template-text.ts";

/** Steps that are named one by one before only the interesting ones are. */
const LISTED = 30;

type Advised = { readonly next: string };

/** An answer in words. `ending`: what is not shown, and what to do next. It is never cut. */
export interface Told {
  readonly body: string;
  readonly ending: string;
}

/** The same facts as the structured answer, in a few lines for models that see only text. The last line says what to do next. */
export function textOf(answer: object): Told {
  const lines = linesOf(answer);
  const { truncated, warnings, next, nextCursor } = answer as Partial<Advised> & {
    truncated?: string;
    warnings?: string[];
    nextCursor?: string;
  };
  if (warnings?.length) lines.push(...warnings.map((warning) => `Note: ${warning}`));
  const ending: string[] = [];
  if (truncated) ending.push(`Not all is shown: ${truncated}.${nextCursor ? ` More: cursor: "${nextCursor}".` : ""}`);
  if (next) ending.push(`Next: ${next}`);
  return told(lines, ending);
}

/** Lines as a text. Whatever is in one of them, it stays one: who wants several gives several. */
export function told(body: readonly string[], ending: readonly string[]): Told {
  const joined = (lines: readonly string[]) => lines.map((line) => visible(line).replaceAll("\n", "\\n")).join("\n");
  return { body: joined(body), ending: joined(ending) };
}

function linesOf(answer: object): string[] {
  const template = templateLines(answer);
  if (template) return template;
  const session = sessionLines(answer, (questions, ready) => [...questionLines(questions), ...readyLines(ready)]);
  if (session) return session;
  if ("capabilities" in answer) return capabilityLines(answer as never);
  if ("capability" in answer) return oneCapability((answer as { capability: Record<string, unknown> }).capability);
  if ("briefing" in answer) return briefingLines(answer as never);
  if ("checkpoints" in answer) return checkpointList(answer as never);
  if ("checkpoint" in answer)
    return [...checkpointLines(answer as never), ...("steps" in answer ? runLines(answer as unknown as RunView) : [])];
  if ("deleted" in answer && "workflowId" in answer) return deletedLines(answer as never);
  if ("assignments" in answer) return acceptLines(answer as never);
  if ("settled" in answer) return deliveryLines(answer as never);
  if ("runs" in answer) return listLines(answer as never);
  if ("stdout" in answer) return logLines(answer as never);
  if ("levels" in answer) return planLines(answer as never);
  if ("progress" in answer) return runLines(answer as RunView);
  return [JSON.stringify(answer)];
}

function runLines(run: RunView): string[] {
  const { progress, metrics } = run;
  const lines = [
    `${run.workflowId} ${quotedLine(run.name)}: ${run.status}, ${progress.completed} of ${progress.total} steps settled ` +
      `(${progress.percentage}%), ${seconds(metrics.wallDuration)}, rev ${run.rev}`,
  ];
  if (run.template) lines.push(`Made from the template ${named(run.template)}.`);
  if (run.note) lines.push(`Note: ${run.note}`);
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
  for (const active of run.activeSteps) {
    if (active.lastLine) lines.push(`${active.id} says: ${quotedLine(active.lastLine)}`);
    if (active.agent === undefined) continue;
    const doing = [active.percent !== undefined && `${active.percent}%`, active.task && quotedLine(active.task)]
      .filter(Boolean)
      .join(" ");
    const token = active.assignment ? ` (assignment ${active.assignment} until ${active.expiresAt})` : "";
    lines.push(`${active.id} is with ${named(active.worker ?? active.agent)}${token}${doing ? `: ${doing}` : ""}`);
  }
  lines.push(...questionLines(run.questions), ...readyLines(run.ready));
  const results = Object.entries(run.results);
  if (results.length > 0) {
    lines.push("Results:");
    for (const [key, value] of results) lines.push(`- ${named(key)}: ${quotedValue(value)}`);
  }
  return lines;
}

function stepLine(step: StepView): string {
  const known = step.evidence && step.evidence !== "observed" ? ` (${step.evidence})` : "";
  const parts = [`- ${step.id}: ${step.status}${known}`];
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

function questionLines(questions: readonly QuestionsView[] = []): string[] {
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

/** The last line of a briefing is what comes next, which every answer ends in anyway. */
const briefingLines = ({ briefing }: { briefing: string }): string[] => briefing.split("\n").slice(0, -1);

interface CheckpointView {
  readonly checkpointId: string;
  readonly at: string;
  readonly trigger: string;
  readonly name?: string;
  readonly stepId?: string;
  readonly code?: { readonly commit: string; readonly branch?: string; readonly files: number };
  readonly codeProblem?: string;
}

function checkpointLine({ checkpointId, at, trigger, name, stepId, code, codeProblem }: CheckpointView): string {
  const about = [name && quotedLine(name), stepId && `step ${stepId}`].filter(Boolean).join(", ");
  const held = code
    ? `code ${code.commit.slice(0, 10)}${code.branch ? ` on ${named(code.branch)}` : ""}, ${code.files} files changed`
    : codeProblem && `no code: ${codeProblem}`;
  return `${checkpointId} (${trigger}${about ? `, ${about}` : ""}) ${at}${held ? `; ${held}` : ""}`;
}

function checkpointList({ checkpoints, total }: { checkpoints: CheckpointView[]; total: number }): string[] {
  if (checkpoints.length === 0) return ["There are no checkpoints yet."];
  return [`${total} checkpoints, newest first:`, ...checkpoints.map((one) => `- ${checkpointLine(one)}`)];
}

function checkpointLines({
  checkpoint,
  restoring,
  restored,
  dryRun,
  before,
}: {
  checkpoint: CheckpointView;
  restoring?: object;
  restored?: object;
  dryRun?: boolean;
  before?: { ref: string };
}): string[] {
  const what = restoring ?? restored;
  const verb = restoring ? (dryRun ? "Restoring would change" : "Going back would change") : "Restored";
  return [
    checkpointLine(checkpoint),
    ...(what && Object.keys(what).length > 0 ? [`${verb}: ${short(what, 6_000)}`] : []),
    ...(before ? [`The files as they were before are kept under ${before.ref}.`] : []),
  ];
}

function deletedLines({ deleted, workflowId, ready }: { deleted: string; workflowId: string; ready: ReadyView[] }) {
  return [`The checkpoint ${deleted} of ${workflowId} is deleted.`, ...readyLines(ready)];
}

function acceptLines({ assignments, ready }: { assignments: AssignmentView[]; ready: ReadyView[] }): string[] {
  const lines = assignments.length === 0 ? ["Nothing was accepted."] : [];
  for (const one of assignments) {
    lines.push(
      `Assignment ${one.assignment}: step ${one.stepId} of ${one.workflowId}, attempt ${one.attempt}, for ${named(one.agent)}, yours until ${one.expiresAt}:`,
      ...indentedBlock(one.prompt),
    );
    if (one.input !== null) lines.push(`Input: ${JSON.stringify(one.input)}`);
    for (const { from, to, step, ...said } of one.handoffs)
      lines.push(`Handed over by ${named(from)} (step ${step}): ${JSON.stringify(said)}`);
    for (const { round, id, question, answer } of one.answers ?? [])
      lines.push(`The person answered (round ${round}, ${id}) ${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
    if (one.previous) lines.push(...labelled(`The try before failed (${one.previous.reason})`, one.previous.message));
    if (one.outputSchema) lines.push(`Deliver output that fits: ${JSON.stringify(one.outputSchema)}`);
    if (one.allowedTools) lines.push(`Its file asks for these tools: ${one.allowedTools.map(named).join(", ")}`);
    if (one.verify.length > 0) lines.push(`Baton will check: ${one.verify.join("; ")}`);
  }
  return [...lines, ...readyLines(ready)];
}

function deliveryLines(step: {
  workflowId: string;
  stepId: string;
  status: string;
  evidence?: string;
  error?: { reason: string; message: string };
  runStatus: string;
  settled: RunView["progress"];
  ready: ReadyView[];
  questions?: QuestionsView[];
  repeated?: boolean;
}): string[] {
  const { workflowId, stepId, status, evidence, error, runStatus, settled, ready, questions, repeated } = step;
  return [
    ...(repeated ? [`That was said before: it stands, and nothing was done.`] : []),
    `Step ${stepId} of ${workflowId} is ${status}${evidence ? ` (${evidence})` : ""}; the run is ${runStatus}, ${settled.completed} of ${settled.total} steps settled`,
    ...(error ? labelled(error.reason, error.message) : []),
    ...questionLines(questions),
    ...readyLines(ready),
  ];
}

function planLines(plan: {
  name: string;
  totalSteps: number;
  levels: string[][];
  criticalPath: string[];
  steps: { id: string; command?: string }[];
  needs: { parameters: string[] };
}): string[] {
  const lines = [
    `${quotedLine(plan.name)} is valid: ${plan.totalSteps} steps in ${plan.levels.length} levels. Nothing was run.`,
  ];
  plan.levels.slice(0, LISTED).forEach((level, index) => {
    lines.push(`${index + 1}. ${level.slice(0, 8).join(", ")}${level.length > 8 ? `, … (${level.length})` : ""}`);
  });
  lines.push(`Critical path: ${plan.criticalPath.slice(0, LISTED).join(" → ")}`);
  for (const step of plan.steps.slice(0, LISTED))
    if (step.command) lines.push(`- ${step.id}: ${quotedLine(step.command, 120)}`);
  if (plan.needs.parameters.length > 0)
    lines.push(`Parameters it needs: ${plan.needs.parameters.map(named).join(", ")}`);
  return lines;
}

function listLines({
  runs,
  total,
}: {
  runs: { workflowId: string; name: string; template?: string; status: string; startTime: string | null }[];
  total: number;
}): string[] {
  if (runs.length === 0) return ["There are no runs here yet."];
  return [
    `${total} run${total === 1 ? "" : "s"}, newest first:`,
    ...runs.map(
      ({ workflowId, name, template, status, startTime }) =>
        `- ${workflowId} ${quotedLine(name)}${template ? ` (${named(template)})` : ""}: ${status}, started ${startTime ?? "?"}`,
    ),
  ];
}

function capabilityLines({ capabilities, total }: { capabilities: CapabilityLine[]; total: number }): string[] {
  const count = total === 1 ? "1 capability" : `${total} capabilities`;
  return [
    capabilities.length > 0 ? `${count}, the best first:` : "No capability.",
    ...capabilities.map(({ name, kind, scope, description, reason, lacks, path }) => {
      const why = reason ? ` (${reason}${lacks ? `; lacks ${lacks.join(", ")}` : ""})` : "";
      return `- ${named(name)}, ${kind}, ${scope}${why}: ${describedAs(description)}${path ? ` [${named(path)}]` : ""}`;
    }),
  ];
}

function oneCapability({ name, kind, scope, description, ...rest }: Record<string, unknown>): string[] {
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${quotedValue(value, 4_000)}`);
  return [`${named(String(name))}, ${kind}, ${scope}: ${describedAs(description)}`, ...lines];
}

/** What its author says of it. */
const describedAs = (description: unknown): string =>
  typeof description === "string" && description !== "" ? quotedLine(description, 2_000) : "no description";

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
    return log[name] === "" ? [`${name}: empty`] : [`${name}${before}:`, ...quotedBlock(log[name])];
  };
  return [
    `${log.workflowId}, step ${log.stepId}, attempt ${log.attempt}: ${log.status}`,
    ...part("stdout"),
    ...part("stderr"),
  ];
}

function short(value: unknown, limit: number): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).trim();
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
