import { named } from "../../../model/text/quoted.ts";
import type { QuestionsView } from "../../../model/view.ts";
import { EDGE_ENDPOINTS } from "../../../model/workflow.ts";
import type { LeftNote } from "../../features/notes.ts";
import { questionsOf } from "../../features/questions.ts";
import { isEdgeReached } from "../../state/gate.ts";
import { targetOf } from "../../state/performer.ts";
import { isFinal } from "../../state/state.ts";
import { readySteps } from "../view.ts";
import { iso, oneLine, quoteText, quoteValue, stepName, stepsWith, type Told, workerName } from "./briefed-run.ts";
import type { Item } from "./fit-items.ts";

/** What waits, for whom, and what was said and done so far. */

/** Statuses in which a run goes on only if a person says so. */
const STOPPED = ["paused", "interrupted", "foreign", "damaged"];

/** Whether a run goes on only if a person says so. */
export const isStopped = ({ status }: Told): boolean => STOPPED.includes(status);

/** Open questions with their choices, and why a run stands still. */
export function personItems(run: Told): Item[] {
  const { plan, state, note, status } = run;
  const stopped = isStopped(run)
    ? [{ text: `- ${run.prefix}${status}: ${oneLine(note ?? "the run is not going on", 300)}` }]
    : [];
  return [...stopped, ...questionsOf(plan, state).flatMap((round) => questionItems(run, round))];
}

function questionItems(run: Told, { stepId, agent, round, questions }: QuestionsView): Item[] {
  return questions.map(({ id, question, options, default: defaultAnswer }) => {
    const choice = options ? ` [${oneLine(options.map(named).join(" | "), 120)}]` : "";
    const defaultText = defaultAnswer === undefined ? "" : ` (default: ${quoteValue(defaultAnswer, 80)})`;
    const form = (most: number) =>
      `- ${run.prefix}${stepId}, ${named(agent)}, round ${round}, ${id}: ${quoteText(question, most)}${choice}${defaultText}`;
    return { text: form(800), short: form(250) };
  });
}

/** Steps that failed, and steps that are tried again later. */
export function stalledItems(run: Told): Item[] {
  const failed = stepsWith(run, "failed").map(({ index, step }) => ({
    text: `- ${stepName(run, index)}: ${step.error?.reason}: ${quoteText(step.error?.message ?? "", 200)}`,
  }));
  const later = isFinal(run.state)
    ? []
    : stepsWith(run, "waiting").flatMap(({ step, index }) =>
        step.retryAt === undefined ? [] : [{ text: `- ${stepName(run, index)}: tried again at ${iso(step.retryAt)}` }],
      );
  return [...failed, ...later];
}

/** What the person answered, the latest first. */
export const answerItems = (run: Told): Item[] =>
  run.state.givenAnswers.toReversed().map(({ stepId, question, answer }) => ({
    text: `- ${run.prefix}${stepId}: ${quoteText(question, 2_000)} → ${quoteValue(answer, 2_000)}`,
    short: `- ${run.prefix}${stepId}: ${quoteText(question, 120)} → ${quoteValue(answer, 200)}`,
  }));

/** Notes of agents of these kinds, the latest first. */
const notesOf = (run: Told, wanted: (note: LeftNote) => boolean): Item[] =>
  run.state.notes
    .filter(wanted)
    .toReversed()
    .map((note) => {
      const kind = note.kind === undefined ? "" : `${note.kind}, `;
      const to = note.for === undefined ? "" : `, for ${note.for === "all" ? "all" : note.for.map(named).join(", ")}`;
      const form = (most: number) =>
        `- ${kind}${run.prefix}${note.step} by ${workerName(note)}${to}: ${quoteText(note.text, most)}`;
      return { text: form(4_000), short: form(240) };
    });

export const decisionItems = (run: Told): Item[] => notesOf(run, ({ kind }) => kind === "decision" || kind === "trap");

/** Other notes, and the context that agents gave each other, the latest first. */
export function otherNoteItems(run: Told): Item[] {
  const handoffs = run.state.steps
    .flatMap((step, index) => [
      ...(step.handoffs ?? []).map(({ from, to, context, reason, at }) => {
        const why = reason === undefined ? "" : ` (${quoteText(reason, 100)})`;
        return {
          at,
          text: `- ${named(from)} → ${named(to)}, step ${stepName(run, index)}${why}: ${contextText(context)}`,
        };
      }),
      ...(step.context && step.lease
        ? [
            {
              at: step.endedAt ?? 0,
              text: `- ${named(step.lease.agent)} → the next agent, step ${stepName(run, index)}: ${contextText(step.context)}`,
            },
          ]
        : []),
    ])
    .sort((a, b) => b.at - a.at)
    .map(({ text }) => ({ text }));
  return [...notesOf(run, ({ kind }) => kind === undefined || kind === "discovery"), ...handoffs];
}

const contextText = (context: object = {}): string => oneLine(JSON.stringify(context), 200);

/** Steps that an agent may accept now. */
export const readyItems = (run: Told): Item[] =>
  readySteps(run.plan, run.state).map(({ stepId, agent, summary }) => ({
    text: `- ${run.prefix}${stepId} for ${named(agent ?? "any agent")}: ${quoteText(summary, 100)}`,
  }));

/** What waits for other steps, or for the run to go on. */
export function waitingItems(run: Told): Item[] {
  const { plan, state } = run;
  if (isFinal(state)) return [];
  return state.steps.flatMap((step, index): Item[] => {
    const id = stepName(run, index);
    // Workers may not accept these now: the run is paused, or it is not their turn.
    if (step.status === "ready" && state.status !== "running" && state.offered.has(index)) {
      return [{ text: `- ${id}: for ${named(targetOf(plan, state, index).name)}, once the run goes on` }];
    }
    return step.status === "pending" ? [{ text: `- ${id}: for ${predecessorsText(run, index)}` }] : [];
  });
}

function predecessorsText({ plan, state }: Told, index: number): string {
  const { offsets, list } = plan.predecessors;
  const waitsFor = new Set<string>();
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const edge = plan.edges[list[at]!]!;
    if (EDGE_ENDPOINTS[edge.type].holds === "start" && !isEdgeReached(state, edge))
      waitsFor.add(plan.workflow.steps[edge.from]!.id);
  }
  return `${[...waitsFor].slice(0, 4).join(", ")}${waitsFor.size > 4 ? ` and ${waitsFor.size - 4} more` : ""}`;
}

/** Finished steps with what they gave, the latest first. */
export const doneItems = (run: Told): Item[] =>
  stepsWith(run, "completed")
    // An expansion is no work; what it has become stands here, too.
    .filter(({ index }) => run.plan.workflow.steps[index]!.type !== "grow")
    .sort((a, b) => (b.step.endedAt ?? 0) - (a.step.endedAt ?? 0))
    .map(({ index, step }) => {
      const outputText = step.output === undefined || step.output === "" ? "" : `: ${quoteValue(step.output, 140)}`;
      const by = step.lease ? `, ${named(step.lease.agent)}` : "";
      return { text: `- ${stepName(run, index)} (${step.evidence ?? "observed"}${by})${outputText}` };
    });

export const checkpointItems = ({ state, prefix }: Told): Item[] =>
  state.checkpoints
    .slice(-1)
    .map(({ id, name }) => ({ text: `- ${prefix}${id}${name ? ` ${quoteText(name, 60)}` : ""}` }));
