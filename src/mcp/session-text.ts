import { indentedBlock, named, quotedLine, quotedValue } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import type { SessionView } from "../operations/session/session-view.ts";

type Answered = SessionView & {
  readonly history?: readonly { from: string; to: string; at: string; why: string }[];
  readonly orchestration_state?: object;
  readonly note?: string;
  readonly summary?: string;
  readonly results?: RunView["results"];
  readonly learned?: readonly string[];
};

/** Renders the open questions and the steps that are ready for an agent. */
type Waiting = (questions: RunView["questions"], ready: RunView["ready"]) => string[];

/** Renders a session, a routing, the menu or the session list. Returns `undefined` for any other answer. */
export function sessionLines(answer: object, waiting: Waiting): string[] | undefined {
  if ("sessions" in answer) return (answer as { sessions: Listed[] }).sessions.map(listedLine);
  if ("operations" in answer) return menuLines(answer as never);
  if ("sessionId" in answer) return oneSession(answer as Answered, waiting);
  if ("decision" in answer) {
    const { note } = answer as { note?: string };
    return [...routingLines(answer as never), ...(note === undefined ? [] : [`Note: ${note}`])];
  }
  return undefined;
}

interface Listed {
  readonly sessionId: string;
  readonly goal: string;
  readonly state: string;
  readonly workflow: string;
  readonly workflowId?: string;
}

const listedLine = ({ sessionId, state, workflow, workflowId, goal }: Listed): string =>
  `- ${sessionId} ${state} ${named(workflow)}${workflowId ? ` (${workflowId})` : ""}: ${quotedLine(goal)}`;

interface Menu {
  readonly recent: readonly Listed[];
  readonly operations: readonly { readonly name: string; readonly about: string; readonly workflow: string }[];
}

const menuLines = ({ recent, operations }: Menu): string[] => [
  ...(recent.length > 0 ? ["Recent:", ...recent.map(listedLine)] : []),
  "Operations:",
  ...operations.map(({ name, about, workflow }) => `- ${named(name)}: ${about} (workflow: ${quotedLine(workflow)})`),
];

function oneSession(answer: Answered, waiting: Waiting): string[] {
  const { sessionId, state, goal, status, progress, ready, note, history, checks, learnings, summary } = answer;
  const run = answer.workflowId
    ? `, run ${answer.workflowId} ${status}, ${progress!.completed} of ${progress!.total} steps settled, rev ${answer.rev}`
    : "";
  const lines = [`Session ${sessionId}: ${state}${run}`, `Goal: ${goal}`];
  if (summary) lines.push("Summary:", ...indentedBlock(summary));
  else if (!answer.workflowId || history) lines.push(...routingLines(answer.routing));
  else lines.push(`Workflow: ${named(answer.routing.label)}; agents: ${answer.routing.agents.map(named).join(" → ")}`);
  if (!summary) {
    lines.push(
      checks.length > 0
        ? `Checks that Baton runs: ${checks.join(", ")}`
        : "Baton runs no checks of the project: a step without checks of its own is only reported.",
    );
  }
  if (!summary && learnings.length > 0) lines.push("Learned before:", ...learnings.map(lesson));
  if (note) lines.push(`Note: ${note}`);
  for (const { from, to, at, why } of history ?? []) lines.push(`${at} ${from} → ${to}: ${why}`);
  if (ready) lines.push(...waiting(answer.questions ?? [], ready));
  for (const { id, agent, worker } of answer.activeSteps ?? [])
    lines.push(`${id} is ${agent ? `with ${named(worker ?? agent)}` : "running"}`);
  for (const [key, value] of Object.entries(answer.results ?? {})) lines.push(`- ${named(key)}: ${quotedValue(value)}`);
  if (answer.learned?.length) lines.push("Learned:", ...answer.learned.map(lesson));
  if (answer.orchestration_state) lines.push(JSON.stringify(answer.orchestration_state));
  return lines;
}

type Shown = Partial<Answered["routing"]> &
  Pick<Answered["routing"], "label" | "confidence" | "reasons" | "complexity">;

/** Nothing, if the goal says too little or the agent does not say how sure it is. */
const sureness = (confidence: number | null | undefined): string =>
  confidence === null ? " (asked for)" : confidence === undefined ? "" : ` (confidence ${percent(confidence)})`;

function routingLines(routing: Shown): string[] {
  const { label, confidence, complexity, agents = [], reasons, alternatives = [], assessed, missing = [] } = routing;
  const lines = [
    `Workflow: ${named(label)}${sureness(confidence)}, complexity ${complexity}` +
      (agents.length > 0 ? `, agents ${agents.map(named).join(" → ")}` : ""),
    ...reasons.slice(0, 8).map((reason) => `- ${reason}`),
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
  if (missing.length > 0) lines.push(`Missing: ${missing.map(({ name }) => named(name)).join(", ")}`);
  return lines;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
const lesson = (text: string): string => `- ${quotedLine(text)}`;
