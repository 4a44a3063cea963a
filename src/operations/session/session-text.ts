import { escapedLine, indentedBlock, named, quotedLine } from "../../model/text/quoted.ts";
import type { Preview } from "../../session/preview.ts";
import { summaryText } from "../../session/summary-text.ts";
import { assignmentLines } from "../handoff/handoff-text.ts";
import { progressText } from "../run/progress-text.ts";
import { questionLines, readyLines } from "../run/run-text.ts";
import type { SessionAnswer, ShownRouting } from "./session-answers.ts";
import type { SessionLine } from "./session-view.ts";

export const sessionListLines = (sessions: readonly SessionLine[]): string[] => sessions.map(listedLine);

const listedLine = ({ sessionId, state, workflow, workflowId, goal }: SessionLine): string =>
  `- ${sessionId} ${state} ${named(workflow)}${workflowId ? ` (${workflowId})` : ""}: ${quotedLine(goal)}`;

interface Menu {
  readonly recent: readonly SessionLine[];
  readonly operations: readonly { readonly name: string; readonly about: string; readonly workflow: string }[];
}

export const menuLines = ({ recent, operations }: Menu): string[] => [
  ...(recent.length > 0 ? ["Recent:", ...recent.map(listedLine)] : []),
  "Operations:",
  ...operations.map(({ name, about, workflow }) => `- ${named(name)}: ${about} (workflow: ${quotedLine(workflow)})`),
];

export function sessionLines(answer: SessionAnswer): string[] {
  const { sessionId, state, goal, status, progress, ready, note, history, checks, learnings, summary, preview } =
    answer;
  const run = answer.workflowId
    ? `, run ${answer.workflowId} ${status}, ${progress ? `${progressText(progress)}, rev ${answer.rev}` : "unreadable"}`
    : "";
  const lines = [`Session ${sessionId}: ${state}${run}`];
  // An assignment tells the goal.
  if (!summary && !answer.assignments?.length) lines.push(`Goal: ${goal}`);
  if (summary) lines.push("Summary:", ...indentedBlock(summaryText(summary)));
  else if (preview) lines.push(...previewLines(preview, answer.routing));
  else if (answer.workflowId)
    lines.push(`Workflow: ${named(answer.routing.label)}; agents: ${answer.routing.agents.map(named).join(" → ")}`);
  else lines.push(...routingLines(answer.routing));
  if (answer.orchestration_state && (preview || answer.workflowId)) lines.push(...routingLines(answer.routing));
  if (!summary && !preview) {
    lines.push(
      checks.length > 0
        ? `Checks that Baton runs: ${checks.join(", ")}`
        : "Baton runs no checks of the project: a step without checks of its own is only reported.",
    );
  }
  if (!summary && learnings.length > 0) lines.push("Learned before:", ...learnings.map(lessonLine));
  if (note) lines.push(`Note: ${note}`);
  for (const { from, to, at, why } of history ?? []) lines.push(`${at} ${from} → ${to}: ${why}`);
  if (ready) lines.push(...questionLines(answer.questions), ...readyLines(ready));
  if (answer.assignments) lines.push(...assignmentLines(answer.assignments));
  else
    for (const { id, agent, worker } of answer.activeSteps ?? [])
      lines.push(`${id} is ${agent ? `with ${named(worker ?? agent)}` : "running"}`);
  if (answer.orchestration_state) lines.push(JSON.stringify(answer.orchestration_state));
  return lines;
}

/** How a run will go, for the user to say yes to. */
export function previewLines(
  preview: Preview,
  { label, complexity, alternatives = [], decision, missing = [] }: PreviewedRouting,
): string[] {
  const { steps, asks, changes, ends } = preview;
  const others = alternatives.slice(0, 2).map((one) => named(one.label));
  return [
    `What will happen (${named(label)}, complexity ${complexity}):`,
    ...steps.map((step, at) => `${at + 1}. ${escapedLine(step)}`),
    `The user is asked: ${asks.length === 0 ? "nothing more" : asks.map(escapedLine).join("; ")}`,
    `It may change: ${escapedLine(changes)}`,
    `It ends ${escapedLine(ends)}`,
    ...(decision === "choose" && others.length > 0 ? [`It could also be: ${others.join(" or ")}`] : []),
    ...missingLines(missing),
  ];
}

type PreviewedRouting = Pick<
  SessionAnswer["routing"],
  "label" | "complexity" | "alternatives" | "decision" | "missing"
>;

const missingLines = (missing: NonNullable<ShownRouting["missing"]>): string[] =>
  missing.length > 0 ? [`Missing: ${missing.map(({ name }) => named(name)).join(", ")}`] : [];

/** What a goal would become. */
export const routingAnswerLines = (routing: ShownRouting): string[] => [
  ...routingLines(routing),
  ...(routing.note === undefined ? [] : [`Note: ${routing.note}`]),
];

/** Empty if the goal says too little or the agent does not say how sure it is. */
const confidenceText = (confidence: number | null | undefined): string =>
  confidence === null ? " (asked for)" : confidence === undefined ? "" : ` (confidence ${percent(confidence)})`;

function routingLines(routing: ShownRouting): string[] {
  const { label, confidence, complexity, agents, reasons, alternatives = [], assessed, missing = [] } = routing;
  const lines = [
    `Workflow: ${named(label)}${confidenceText(confidence)}, complexity ${complexity}` +
      (agents.length > 0 ? `, agents ${agents.map(named).join(" → ")}` : ""),
    ...(reasons ?? []).slice(0, 8).map((reason) => `- ${reason}`),
  ];
  if (alternatives.length > 0) {
    lines.push(
      `Alternatives: ${alternatives
        .slice(0, 3)
        .map((one) => `${named(one.label)} ${percent(one.confidence)}`)
        .join(", ")}`,
    );
  }
  if (assessed?.differs)
    lines.push(`Your assessment, ${named(assessed.label)}, decides; the rules alone choose ${routing.rules?.label}.`);
  return [...lines, ...missingLines(missing)];
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
const lessonLine = (text: string): string => `- ${quotedLine(text)}`;
