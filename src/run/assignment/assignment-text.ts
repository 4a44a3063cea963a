import { equalJson, isRecord } from "../../model/json.ts";
import { indented, named, onOneLine, quotedLine } from "../../model/text/quoted.ts";
import type { NoteView, TraceView } from "../../model/view.ts";
import type { JsonValue } from "../../model/workflow.ts";
import type { GivenAnswer } from "../features/given-answers.ts";
import type { Assignment, Told } from "./assignment.ts";
import { exampleOf } from "./example-of.ts";
import { fitParts, type Part } from "./fit-parts.ts";
import type { Handoff } from "./handoffs-to.ts";
import { inputEntries, oneLineJson, textOf } from "./input-entries.ts";
import { IN_WORK } from "./trace.ts";

/** Characters of an assignment, unless its worker asks for another size. */
export const ASSIGNMENT_CHARACTERS = 6_000;
export const MAX_ASSIGNMENT_CHARACTERS = 40_000;
/** Characters that are shown whatever else there is (SEMANTICS §8). */
const FLOORS = { work: 2_000, answers: 1_000, notes: 1_000, trace: 800 };
/** Characters of a line that names a part that is left out. */
const LEFT_OUT_LINE = 130;
/** Characters of a role that is shown before the input. */
const SHORT_ROLE_CHARACTERS = 1_500;
/** Checks that are named. */
const MAX_CHECKS_NAMED = 20;

/** What can be read of a step by name. */
export const READABLE_PARTS = [
  "assignment",
  "plan",
  "schema",
  "role",
  "input",
  "output",
  "notes",
  "trace",
  "answers",
] as const;
export type ReadablePart = (typeof READABLE_PARTS)[number];

export interface LeftOutPart {
  readonly part: ReadablePart;
  /** How many characters are left out. */
  readonly size: number;
  /** The exact call that reads the part whole. */
  readonly call: string;
}

export interface AssignmentText {
  readonly text: string;
  readonly leftOut: readonly LeftOutPart[];
}

export interface TextOptions {
  /** The most characters. The floors may exceed it; then the text says so. */
  readonly size: number;
  /** The text of the capability's file. Absent: it cannot be read. */
  readonly role: string | undefined;
  /** The call that reads a part, in the words of the face that asks. */
  readonly call: (part: ReadablePart) => string;
  /** How the worker delivers, as one sentence; absent: the caller says so itself. */
  readonly deliver?: string;
}

/** What a worker is told, as a text in a fixed order. Each part is cut to fit, and then named. */
export function assignmentText(whole: Told | Assignment, options: TextOptions): AssignmentText {
  const { size, call } = options;
  const head = headOf(whole);
  const ending = endingOf(whole, options);
  const parts = partsOf(whole, options);
  const room = size - head.length - ending.length - parts.length - 2;
  const { blocks, leftOut } = fitParts(parts, room, LEFT_OUT_LINE);
  const named = leftOut.map(({ part, size }) => {
    const readable = readableOf(part);
    return { part: readable, size, call: call(readable) };
  });
  const lines = named.map(({ part, size, call }) => `- ${size} characters of the ${part}: ${call}`);
  const told = lines.length === 0 ? [] : ["Left out for lack of room:", ...lines];
  const text = [head, ...blocks, ending, ...told].filter((block) => block !== "").join("\n");
  if (text.length <= size) return { text, leftOut: named };
  return { text: `${text}\n(Longer than ${size} characters, because these parts are never cut.)`, leftOut: named };
}

/** The parts as an agent can read them: the work belongs to the assignment. */
const readableOf = (part: string): ReadablePart =>
  (READABLE_PARTS as readonly string[]).includes(part) ? (part as ReadablePart) : "assignment";

function headOf(whole: Told | Assignment): string {
  const { stepId, title, runName, workflowId, attempt, agent, worker } = whole;
  const name = title === undefined ? "" : ` ${quotedLine(onOneLine(title), 200)}`;
  const tries = attempt > 1 ? `, attempt ${attempt}` : "";
  const who = worker === undefined ? named(agent) : `${named(agent)} (${named(worker)})`;
  const yours =
    "expiresAt" in whole
      ? `You are ${who}; the step is yours until ${whole.expiresAt.replace(/\.\d+Z$/, "Z")}.`
      : `It is for ${who}.`;
  return `Step ${stepId}${name} of ${quotedLine(onOneLine(runName), 80)} (${workflowId})${tries}. ${yours}`;
}

function partsOf(whole: Told, options: TextOptions): Part[] {
  const { description, action, prompt, answers, handoffs, notes, trace, plan } = whole;
  const work = [
    ...(description === undefined ? [] : [indented(description)]),
    ...(action === undefined ? [] : [`Action: ${onOneLine(action)}`]),
    ...(prompt.trim() === "" ? [] : [indented(prompt.trimEnd())]),
  ];
  const told = handoffs.filter(({ context, reason }) => context !== undefined || reason !== undefined);
  const input = inputEntries(whole);
  const delivered = handoffs
    .filter(({ step, output }) => output !== undefined && step !== plan?.step && !isInput(whole.input, output))
    .map(deliveredEntry);
  return [
    { name: "work", heading: "What to do:", entries: work, floor: FLOORS.work, rank: 0 },
    {
      ...{ name: "answers", heading: "The person was asked and answered:", entries: answers.map(answerEntry) },
      ...{ floor: FLOORS.answers, rank: 1 },
    },
    {
      ...{ name: "notes", heading: "Notes for you:", entries: [...latest(notes), ...told.map(contextEntry)] },
      ...{ floor: FLOORS.notes, rank: 2 },
    },
    {
      ...{ name: "trace", heading: "Attempts of this step so far:", entries: [...trace].reverse().map(attemptEntry) },
      ...{ floor: FLOORS.trace, rank: 3 },
    },
    {
      name: "plan",
      heading: plan ? "The plan:" : "The goal behind it:",
      entries: planEntries(whole, options.call),
      floor: 0,
      rank: 4,
    },
    ...rolePart(whole, options),
    { name: "input", heading: "Input:", entries: [...input, ...delivered], floor: 0, rank: 5 },
  ];
}

/** Whether an earlier delivery is an input of the step already. */
const isInput = (input: JsonValue | null, output: JsonValue): boolean =>
  [input, ...(isRecord(input) ? Object.values(input) : [])].some((one) => equalJson(one as JsonValue, output));

function rolePart({ role }: Told, { role: text, call }: TextOptions): Part[] {
  if (role.path === undefined) return [];
  // A short role is told before a long input gets its room.
  const rank = (text ?? "").length <= SHORT_ROLE_CHARACTERS ? 4 : 6;
  const about = { name: "role", floor: 0, rank } as const;
  if (role.known) {
    const entries = [`    as before; ${call("role")} reads it`];
    return [{ ...about, heading: `Your role, ${named(role.name)}:`, entries, whole: true }];
  }
  if (text === undefined || text === "") return [];
  const heading = `Your role, ${named(role.name)} (${named(onOneLine(role.file ?? role.path))}):`;
  return [{ ...about, heading, entries: [indented(text)], whole: true }];
}

const answerEntry = ({ stepId, question, answer }: GivenAnswer): string =>
  `- ${quotedLine(question, 2_000)} (asked by ${stepId}): ${textOf(answer)}`;

function contextEntry({ from, step, context, reason }: Handoff): string {
  const why = reason === undefined ? "" : ` It was passed on because: ${quotedLine(reason, 1_000)}`;
  const said = context === undefined ? "" : ` ${oneLineJson(context)}`;
  return `- ${named(from)}, step ${step}:${said}${why}`;
}

/** The latest first: what somebody found out last is nearest to the state of things. */
const latest = (notes: readonly NoteView[]): string[] => [...notes].reverse().map(noteEntry);

function noteEntry({ text, kind, from, worker, stepId, for: to }: NoteView): string {
  const who = worker === undefined ? named(from) : `${named(from)} (${named(worker)})`;
  const whom = to === undefined || to === "all" ? "" : ` for ${to.map(named).join(", ")}`;
  return `- ${kind === undefined ? "" : `${kind}, `}${who}, step ${stepId}${whom}:\n${indented(text)}`;
}

function attemptEntry({ attempt, agent, worker, since, ended, at, reason, message, ...left }: TraceView): string {
  const { said, files, output } = left;
  const who = [agent, worker].flatMap((name) => (name === undefined ? [] : [named(name)])).join(" as ");
  const why = reason === undefined || reason === ended ? "" : ` (${reason})`;
  const by = `${attempt}${who === "" ? "" : ` by ${who}`}, ${since ?? "?"}`;
  const lines = [ended === IN_WORK ? `- This attempt, ${by} until now` : `- Attempt ${by} to ${at}: ${ended}${why}`];
  if (message !== undefined) lines.push(indented(message));
  if (said) lines.push("  It reported meanwhile:", ...said.map((words) => `    ${onOneLine(words)}`));
  if (output !== undefined) lines.push(`  Its output: ${textOf(output)}`);
  if (files && files.length > 0)
    lines.push(`  Files that changed meanwhile: ${files.map((file) => onOneLine(file)).join(", ")}`);
  return lines.join("\n");
}

/** What a worker needs of the plan for its step. What it saw of it with an earlier step, it reads again by a call. */
function planEntries({ prompt, goal, plan, outputKnown }: Told, call: TextOptions["call"]): string[] {
  const aim = goal ?? plan?.goal;
  const list = (label: string, texts: readonly string[] = []) =>
    texts.length === 0 ? [] : [`${label}: ${texts.map((text) => onOneLine(text)).join("; ")}`];
  const more = [
    ...list("Decided", plan?.decisions),
    ...list("Stops working for others", plan?.breaking),
    ...list("The whole is done when these succeed", plan?.acceptance),
  ];
  return [
    ...(aim === undefined || prompt.includes(aim) ? [] : [`Goal: ${onOneLine(aim)}`]),
    ...(plan?.summary === undefined ? [] : [`Summary: ${onOneLine(plan.summary)}`]),
    ...list("In scope", plan?.scopeIn),
    ...list("Out of scope", plan?.scopeOut),
    ...list("Assumptions", plan?.assumptions),
    ...list("This step is done when", plan?.stepAcceptance),
    ...(outputKnown && more.length > 0 ? [`The rest as before; ${call("plan")} reads it`] : more),
  ].map((entry) => `    ${entry}`);
}

/** What an earlier step delivered. */
function deliveredEntry({ from, step, output, evidence }: Handoff): string {
  const who = `- ${step} delivered (${named(from)}${evidence ? `, ${evidence}` : ""}):`;
  return `${who} ${textOf(output!)}`;
}

/** How to deliver, with an example of what, and what Baton then checks. */
function endingOf(whole: Told, { deliver }: TextOptions): string {
  const { checks, before } = whole;
  const listed = checks.slice(0, MAX_CHECKS_NAMED).map((check) => `${onOneLine(check)}${nowText(before[check])}`);
  const more = checks.length > listed.length ? `; and ${checks.length - listed.length} more` : "";
  return [
    ...(deliver === undefined ? [] : [deliverText(whole, deliver)]),
    ...(checks.length > 0 ? [`Baton then checks: ${listed.join("; ")}${more}`] : []),
  ].join("\n");
}

/** A worker that has delivered the like before sees only what a delivery must have. */
function deliverText({ outputSchema: schema, outputKnown }: Told, deliver: string): string {
  if (schema === undefined) return `Deliver: ${deliver}`;
  if (outputKnown) return `Deliver as before: ${exampleOf(schema, "required")}`;
  const example = exampleOf(schema);
  return `Deliver: ${deliver} output: ${example}${example.includes("…") ? '; part "schema" is the whole' : ""}`;
}

const nowText = (outcome: string | undefined): string =>
  outcome === "passed" ? " (passes now)" : outcome === "failed" ? " (fails now)" : "";
