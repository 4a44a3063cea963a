import type { Colors } from "picocolors/types";
import { folded } from "../../model/text/plain.ts";
import { indentedBlock, named, quotedLine } from "../../model/text/quoted.ts";
import { ENDED_SESSION_STATES } from "../../session/states.ts";
import { summaryText } from "../../session/summary-text.ts";
import type { SessionAnswer, ShownRouting } from "./session-answers.ts";
import { previewLines } from "./session-text.ts";
import type { SessionLine } from "./session-view.ts";

export const printSessions = (sessions: readonly SessionLine[]): string =>
  sessions.length === 0
    ? 'There are no sessions yet; start one with baton build "GOAL".'
    : sessions.map(printLine).join("\n");

const printLine = ({ sessionId, state, workflow, workflowId, goal }: SessionLine): string =>
  `${sessionId}  ${state.padEnd(9)}  ${named(workflow).padEnd(16)}  ${workflowId ?? ""}  ${quotedLine(folded(goal))}`;

export function printSession(view: SessionAnswer, colors: Colors): string {
  const { sessionId, state, goal, workflowId, checks = [], learnings = [], history = [] } = view;
  return [
    `${colors.bold(sessionId)}  ${state}${workflowId === undefined ? "" : `  run ${workflowId}`}`,
    `  goal: ${folded(goal)}`,
    ...(view.summary !== undefined
      ? indentedBlock(summaryText(view.summary))
      : view.preview
        ? previewLines(view.preview, view.routing)
        : routingLines(view.routing, colors)),
    ...(checks.length > 0 && !view.preview ? [`Checks: ${checks.join(", ")}`] : []),
    ...(learnings.length > 0 && view.summary === undefined ? ["Learned before:", ...learnings.map(learningLine)] : []),
    ...(view.note === undefined ? [] : [`note: ${view.note}`]),
    ...(view.warnings ?? []).map(folded),
    ...history.map(({ at, from, to, why }) => colors.dim(`${at}  ${from} → ${to}: ${why}`)),
    ...nextLines(view),
  ].join("\n");
}

/** The notes to print before the run of a session is followed. */
export const noteLines = (view: SessionAnswer): string[] => [
  ...(view.note === undefined ? [] : [`note: ${view.note}`, ...duplicateLines(view)]),
  ...(view.warnings ?? []).map(folded),
];

const learningLine = (text: string): string => `- ${quotedLine(folded(text))}`;

/** Says what to do next, as commands for a terminal. */
const nextLines = (view: SessionAnswer): string[] => [...ownNextLines(view), ...duplicateLines(view)];

/** Points to sessions that already execute the same goal. */
const duplicateLines = ({ alreadyExecuting = [] }: SessionAnswer): string[] =>
  alreadyExecuting.map(({ sessionId }) => `See the earlier session: baton session show ${sessionId}`);

function ownNextLines({ state, routing, workflowId, sessionId }: SessionAnswer): string[] {
  if (state === "COMPLETED" || (ENDED_SESSION_STATES.has(state) && !workflowId)) return [];
  if (workflowId) return [`See it: baton status ${workflowId}`];
  const { missing = [], question, decision, alternatives = [] } = routing;
  const command = `baton build --session ${sessionId}`;
  if (missing.length > 0) {
    const options = missing.map(({ name }) => `--param ${named(name)}=…`).join(" ");
    return [`It needs ${options}. Session ${sessionId} waits: ${command} ${options}`];
  }
  if (decision === "choose") {
    const [first, second] = [routing, ...alternatives].map(({ label }) => `--workflow ${named(label)}`);
    return [`Choose: ${[first, second].filter(Boolean).join(" or ")}. Session ${sessionId} waits: ${command} ${first}`];
  }
  return question === undefined ? [`Session ${sessionId} waits for your confirmation: ${command}`] : [question];
}

/** What a goal would become. */
export const printRouting = (routing: ShownRouting, colors: Colors): string =>
  [...routingLines(routing, colors), ...(routing.note === undefined ? [] : [`note: ${routing.note}`])].join("\n");

function routingLines(routing: ShownRouting, colors: Colors): string[] {
  const { label, confidence, complexity, agents, reasons, alternatives = [] } = routing;
  const sureness = confidence === null ? "asked for, " : confidence === undefined ? "" : `${percent(confidence)}, `;
  const others = alternatives.slice(0, 3).map((one) => `${named(one.label)} ${percent(one.confidence)}`);
  return [
    `${colors.bold(named(label))}  ${sureness}complexity ${complexity}${agents.length > 0 ? `, ${agents.map(named).join(" → ")}` : ""}`,
    ...(reasons ?? []).map((reason) => colors.dim(`  ${reason}`)),
    ...(others.length > 0 ? [colors.dim(`  alternatives: ${others.join(", ")}`)] : []),
    ...(routing.question === undefined ? [] : [routing.question]),
  ];
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
