import { isFinal } from "../../state/state.ts";
import { progressOf } from "../view.ts";
import { type BriefedRun, goalOf, iso, nameText, oneLine, quoteText, type Told } from "./briefed-run.ts";
import { fitItems, type Item, type Part } from "./fit-items.ts";
import {
  answerItems,
  checkpointItems,
  decisionItems,
  doneItems,
  isStopped,
  otherNoteItems,
  personItems,
  readyItems,
  stalledItems,
  waitingItems,
} from "./told-items.ts";
import { checkItems, halfDoneItems, heldItems } from "./work-items.ts";

/** About 1,300 tokens: even dense text with ids and times has three characters a token. */
export const MAX_BRIEFING_CHARACTERS = 4_000;

/** A session that has not started: the person must say something first. */
export interface WaitingSession {
  readonly sessionId: string;
  readonly goal: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** What to ask, and the call to make then, as sentences. */
  readonly next: string;
}

export type { BriefedRun };

/** Everything that a briefing covers, the most urgent first. */
export interface Briefed {
  readonly runs: readonly BriefedRun[];
  readonly sessions: readonly WaitingSession[];
  /** Sessions whose run is completed and whose summary nobody has asked for. */
  readonly unfinished?: readonly { readonly sessionId: string; readonly goal: string }[];
  /** Runs whose journal cannot be read, with the reason. */
  readonly damaged?: readonly { readonly workflowId: string; readonly note: string }[];
  /** How many runs this user's Baton did not make. */
  readonly foreign?: number;
  /** How many more runs and sessions are open and not described. */
  readonly untold?: { readonly runs: number; readonly sessions: number };
  /** What stands above all, as sentences: such as that nothing is open. */
  readonly above?: readonly string[];
  /** The first call to make, as a sentence. */
  readonly next: string;
}

/**
 * What a model needs that joins late: after a compaction, in a new window, in another host. It is computed from the
 * journals. What waits for the person comes first, then what somebody holds or left half done, then what is decided
 * and ready. The last line is the next call.
 */
export function briefing(briefed: Briefed, most = MAX_BRIEFING_CHARACTERS): string {
  const { runs, above = [], next } = briefed;
  const several = runs.length !== 1;
  const told = runs.map((run): Told => ({ ...run, prefix: several ? `${run.state.workflowId} ` : "" }));
  const parts = partsOf(told, briefed, several);
  const head = [...above, ...(told.length === 1 ? runHead(told[0]!) : [])];
  const waits = parts.some(({ title, items }) => title === PERSON && items.length > 0);
  if (!waits) head.push("Waits for a person: nothing");
  const last = `Next: ${oneLine(next, 900)}`;
  const room = most - [...head, last].reduce((sum, line) => sum + line.length + 1, 0);
  return [...head, ...fitItems(parts, room, readAll(runs)), last].join("\n");
}

const PERSON = "Waits for a person";

/** The parts in the order of their worth. */
function partsOf(runs: readonly Told[], briefed: Briefed, several: boolean): Part[] {
  const { sessions, unfinished = [] } = briefed;
  const of = (items: (run: Told) => Item[]) => runs.flatMap(items);
  return [
    { title: "Open", items: several ? runs.map(openItem) : [], most: 6 },
    { title: PERSON, items: [...of(personItems), ...sessions.map(sessionItem), ...troubleItems(briefed)], most: 12 },
    { title: "In work", items: of(heldItems), most: 8 },
    { title: "Failed or tried again", items: of(stalledItems), most: 4 },
    { title: "Half done", items: of(halfDoneItems), most: 6 },
    { title: "The person decided", items: of(answerItems), most: 6 },
    { title: "Decisions and traps", items: of(decisionItems), most: 6 },
    { title: "Checks of what is in work", items: of(checkItems), most: 6 },
    { title: "Ready for an agent", items: of(readyItems), most: 6 },
    { title: "Next calls", items: several ? runs.filter(({ state }) => !state.parent).map(nextItem) : [], most: 6 },
    { title: "Waiting", items: of(waitingItems), most: 4 },
    { title: "Done, latest first", items: of(doneItems), most: 6 },
    { title: "Other notes and handoffs", items: of(otherNoteItems), most: 4 },
    { title: "Sessions without a summary", items: unfinished.map(unfinishedItem), most: 3 },
    { title: "Latest checkpoint", items: of(checkpointItems), most: 1 },
  ];
}

function openItem(run: Told): Item {
  const { state, status, sessionId } = run;
  const session = sessionId === undefined ? "" : ` (session ${sessionId})`;
  return {
    text: `- ${state.workflowId}${session}: ${status}, ${completedText(run)}; ${quoteText(goalOf(run), 120)} in ${nameText(state.cwd, 80)}`,
  };
}

const nextItem = ({ state, next }: Told): Item => ({ text: `- ${state.workflowId}: ${oneLine(next, 700)}` });

const sessionItem = ({ sessionId, goal, openedAt, next }: WaitingSession): Item => ({
  text: `- session ${sessionId}, open since ${iso(openedAt)}: ${quoteText(goal, 120)}: ${oneLine(next, 400)}`,
});

const unfinishedItem = ({ sessionId, goal }: { readonly sessionId: string; readonly goal: string }): Item => ({
  text: `- ${quoteText(goal, 100)}: orchestrate {action: "finish", sessionId: "${sessionId}"} returns the summary for the user`,
});

/** Runs that Baton does not carry on, and what else it does not describe. */
function troubleItems({ damaged = [], foreign = 0, untold = { runs: 0, sessions: 0 } }: Briefed): Item[] {
  const items = damaged.map(({ workflowId, note }) => `${workflowId} is damaged: ${oneLine(note, 200)}`);
  if (untold.runs > 0) items.push(`${untold.runs} more runs are open: monitor_workflow {action: "list"} names them`);
  if (untold.sessions > 0)
    items.push(`${untold.sessions} more sessions have not started: orchestrate {action: "list"} names them`);
  if (foreign > 0)
    items.push(
      `${foreign} ${foreign === 1 ? "run is" : "runs are"} not this user's: Baton executes them only after \`baton trust\` at a terminal`,
    );
  return items.map((text) => ({ text: `- ${text}` }));
}

/** What is told of the only run. */
function runHead(run: Told): string[] {
  const { state, status, sessionId, note } = run;
  const { goal: _, ...parameters } = state.parameters;
  return [
    `Run ${state.workflowId} ${quoteText(state.name, 80)}: ${status}, ${completedText(run)}, rev ${state.rev}${sessionId === undefined ? "" : `, session ${sessionId}`}`,
    `Goal: ${oneLine(goalOf(run), 300)}`,
    ...(state.template !== undefined ? [`Template: ${oneLine(state.template, 200)}`] : []),
    ...(Object.keys(parameters).length > 0 ? [`Parameters: ${oneLine(JSON.stringify(parameters), 200)}`] : []),
    `Directory: ${oneLine(state.cwd, 200)}`,
    ...(note !== undefined && !isStopped(run) ? [`Note: ${oneLine(note, 300)}`] : []),
  ];
}

function completedText({ plan, state }: Told): string {
  const { completed, total } = progressOf(plan, state);
  if (!isFinal(state)) return `${completed} of ${total} steps completed`;
  return `${completed} ${completed === 1 ? "step" : "steps"} completed`;
}

/** The call that reads what the briefing leaves out. */
function readAll(runs: readonly BriefedRun[]): string {
  const [first] = runs;
  if (runs.length === 1)
    return `monitor_workflow {workflowId: "${first!.state.workflowId}", detail: "full"} has all of it.`;
  return first === undefined
    ? 'orchestrate {action: "list"} has all of it.'
    : 'monitor_workflow {action: "briefing", workflowId: "…"} tells more of one run, {action: "list"} names all.';
}
