import type { Plan } from "../../model/plan.ts";
import type { RunStatus } from "../../model/run.ts";
import type { RunState } from "../../model/run-state.ts";
import { escapedLine, named, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { QuestionsView } from "../../model/view.ts";
import { EDGE_ENDPOINTS, type JsonValue } from "../../model/workflow.ts";
import { describeOpenRound, isAwaitingAnswers } from "../features/questions.ts";
import { describeHeld, isEdgeReached } from "../state/gate.ts";
import { targetOf } from "../state/performer.ts";
import { isFinal, isHeld } from "../state/state.ts";
import { progressOf, readySteps } from "./view.ts";

/** About 1,000 tokens: even dense text with ids and times has three characters a token. */
export const MAX_BRIEFING_CHARACTERS = 3_000;

/** What is known of a run besides its journal. */
export interface BriefingContext {
  /** As observed: a journal says "running" even when no process owns the run. */
  readonly status: RunStatus;
  /** The next call to make, as a sentence. */
  readonly next: string;
  /** Why the run does not continue, if it does not. */
  readonly note: string | undefined;
  /** What waits for the person's answers, in this run and its child runs. */
  readonly questions?: readonly QuestionsView[];
}

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** The most characters that a section may take. What it leaves is free for those after it. */
  readonly share: number;
}

/**
 * What a model needs that joins late: after a compaction, in a new window, in another host. It is computed from the
 * journal. What matters for going on comes first and is cut last.
 */
export function briefing(plan: Plan, state: RunState, { status, next, note, questions = [] }: BriefingContext): string {
  const isStopped = ["paused", "interrupted", "foreign", "damaged"].includes(status);
  const { description } = plan.workflow;
  const { completed, total } = progressOf(plan, state);
  const head = [
    `Run ${state.workflowId} ${quoteText(state.name, 80)}: ${status}, ${completed} of ${total} steps completed, rev ${state.rev}`,
    `Goal: ${oneLine(goalOf(state) ?? description ?? state.name, 300)}`,
    ...(state.template !== undefined ? [`Template: ${oneLine(state.template, 200)}`] : []),
    ...(Object.keys(state.parameters).length > 0
      ? [`Parameters: ${oneLine(JSON.stringify(state.parameters), 300)}`]
      : []),
    `Directory: ${oneLine(state.cwd, 200)}`,
    // A run that waits for a person does not continue by itself, and no tool opens a gate.
    `Waits for a person: ${isStopped ? oneLine(note ?? "the run is not going on", 300) : questions.length > 0 ? `the questions of ${questions.length === 1 ? `step ${questions[0]!.stepId}` : `${questions.length} steps`}` : "nothing"}`,
    ...(note !== undefined && !isStopped ? [`Note: ${oneLine(note, 300)}`] : []),
  ];
  const nextLine = `Next: ${oneLine(next, 500)}`;
  let room = MAX_BRIEFING_CHARACTERS - head.join("\n").length - nextLine.length - 2;
  const body: string[] = [];
  for (const { title, lines, share } of [questionsSection(questions), ...sections(plan, state)]) {
    if (lines.length === 0) continue;
    const cut = fitLines(title, lines, Math.min(share, room));
    if (cut === undefined) continue;
    room -= cut.length + 1;
    body.push(cut);
  }
  return [...head, ...body, nextLine].join("\n");
}

const questionsSection = (questions: readonly QuestionsView[]): Section => ({
  title: "Questions for the person",
  lines: questions.flatMap(({ stepId, agent, round, questions }) =>
    questions.map(({ id, question, options, default: defaultAnswer }) => {
      const choice = options ? ` [${oneLine(options.map(named).join(" | "), 120)}]` : "";
      const defaultText = defaultAnswer === undefined ? "" : ` (default: ${quoteValue(defaultAnswer, 80)})`;
      return `- ${stepId}, ${named(agent)}, round ${round}, ${id}: ${quoteText(question, 250)}${choice}${defaultText}`;
    }),
  ),
  share: 900,
});

function sections(plan: Plan, state: RunState): Section[] {
  const by = (status: string) =>
    state.steps.flatMap((step, index) =>
      step.status === status ? [{ step, index, id: plan.workflow.steps[index]!.id }] : [],
    );
  const inWork = [...by("assigned"), ...by("reported"), ...by("running")].map(({ step, id, index }) => {
    const { lease, attempt } = step;
    if (isHeld(step)) return `- ${id}: ${describeHeld(plan, state, index)}`;
    if (!lease) return `- ${id}: Baton runs it (attempt ${attempt})`;
    if (step.status === "reported") return `- ${id}: delivered by ${workerName(lease)}, Baton checks it`;
    const progress = [lease.percent !== undefined && `${lease.percent}%`, lease.task && quoteText(lease.task, 80)];
    const progressText = progress.filter(Boolean).join(" ");
    const failed = step.error ? `; failed before: ${quoteText(step.error.message, 160)}` : "";
    return `- ${id}: with ${workerName(lease)} until ${iso(lease.expiresAt)}, assignment ${lease.token}${progressText ? ` (${progressText})` : ""}${failed}`;
  });
  const ready = readySteps(plan, state).map(
    ({ stepId, agent, summary }) => `- ${stepId} for ${named(agent ?? "any agent")}: ${quoteText(summary, 100)}`,
  );
  const failed = by("failed").map(
    ({ id, step }) => `- ${id}: ${step.error?.reason}: ${quoteText(step.error?.message ?? "", 200)}`,
  );
  const done = by("completed")
    .sort((a, b) => (b.step.endedAt ?? 0) - (a.step.endedAt ?? 0))
    .map(({ id, step }) => {
      const outputText = step.output === undefined || step.output === "" ? "" : `: ${quoteValue(step.output, 140)}`;
      return `- ${id} (${step.evidence ?? "observed"}${step.lease ? `, ${named(step.lease.agent)}` : ""})${outputText}`;
    });
  const lastHandoffs = state.steps
    .flatMap((step, index) => [
      ...(step.handoffs ?? []).map(({ from, to, context, reason, at }) => ({
        from,
        to,
        said: context,
        reason,
        at,
        index,
      })),
      ...(step.context && step.lease
        ? [
            {
              from: step.lease.agent,
              to: NEXT_AGENT,
              said: step.context,
              reason: undefined,
              at: step.endedAt ?? 0,
              index,
            },
          ]
        : []),
    ])
    .sort((a, b) => b.at - a.at)
    .slice(0, 5)
    .map(({ from, to, said, reason, index }) => {
      const why = reason === undefined ? "" : ` (${quoteText(reason, 100)})`;
      return `- ${named(from)} → ${to === NEXT_AGENT ? to : named(to)}, step ${plan.workflow.steps[index]!.id}${why}: ${oneLine(JSON.stringify(said ?? {}), 200)}`;
    });
  return [
    { title: "In work", lines: inWork, share: 900 },
    { title: "Ready for an agent", lines: ready, share: 500 },
    { title: "Failed", lines: failed, share: 500 },
    { title: "Waiting", lines: waitingLines(plan, state), share: 350 },
    { title: "Last handoffs", lines: lastHandoffs, share: 500 },
    { title: "Done, latest first", lines: done, share: 1_200 },
    {
      title: "Latest checkpoint",
      lines: state.checkpoints.slice(-1).map(({ id, name }) => `- ${id}${name ? ` ${quoteText(name, 60)}` : ""}`),
      share: 150,
    },
  ];
}

const NEXT_AGENT = "the next agent";

const workerName = ({ agent, worker }: { agent: string; worker?: string }) =>
  worker === undefined ? named(agent) : `${named(oneLine(worker, 60))} (as ${named(agent)})`;

/** What waits, and for whom. */
function waitingLines(plan: Plan, state: RunState): string[] {
  if (isFinal(state)) return [];
  return state.steps.flatMap((step, index) => {
    const { id } = plan.workflow.steps[index]!;
    if (isAwaitingAnswers(step)) return [`- ${id}: ${describeOpenRound(plan, state, index)}`];
    if (step.status === "waiting") return [`- ${id}: tried again at ${iso(step.retryAt!)}`];
    // Workers may not accept these now: the run is paused, or it is not their turn.
    if (step.status === "ready" && state.status !== "running" && state.offered.has(index)) {
      return [`- ${id}: for ${named(targetOf(plan, state, index).name)}, once the run goes on`];
    }
    if (step.status !== "pending") return [];
    const { offsets, list } = plan.predecessors;
    const waitsFor = new Set<string>();
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
      const edge = plan.edges[list[at]!]!;
      if (EDGE_ENDPOINTS[edge.type].holds === "start" && !isEdgeReached(state, edge))
        waitsFor.add(plan.workflow.steps[edge.from]!.id);
    }
    return [
      `- ${id}: for ${[...waitsFor].slice(0, 4).join(", ")}${waitsFor.size > 4 ? ` and ${waitsFor.size - 4} more` : ""}`,
    ];
  });
}

/** As many lines as fit, and how many do not; `undefined` if none fits. */
function fitLines(title: string, lines: readonly string[], room: number): string | undefined {
  const shown: string[] = [];
  let left = room - title.length - 2;
  for (const line of lines) {
    const more = lines.length - shown.length;
    const rest = more > 1 ? `\n- … and ${more} more`.length : 0;
    if (line.length + 1 + rest > left) break;
    left -= line.length + 1;
    shown.push(line);
  }
  const missing = lines.length - shown.length;
  if (shown.length === 0 && room < title.length + 12) return undefined;
  if (shown.length === 0) return `${title}: ${lines.length}`;
  return `${title}:\n${shown.join("\n")}${missing > 0 ? `\n- … and ${missing} more` : ""}`;
}

/** The goal in the user's words, if a session started the run. */
const goalOf = ({ context: { goal } }: RunState): string | undefined =>
  typeof goal === "string" && goal !== "" ? goal : undefined;

const iso = (at: number): string => new Date(at).toISOString();

/** Text that others wrote, as a quotation. An output, as text or as JSON. */
const quoteText = (text: string, max: number): string => quotedLine(oneLine(text, max), max);
const quoteValue = (value: JsonValue, max: number): string =>
  typeof value === "string" ? named(oneLine(value, max)) : quotedValue(value, max);

/** One line behind a label, with blanks folded to save room. */
function oneLine(text: string, max: number): string {
  const line = escapedLine(text.replaceAll(/\s+/g, " ").trim());
  return truncate(line, max);
}
