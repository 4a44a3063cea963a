import { escapedLine, named, quotedLine } from "../model/text/quoted.ts";
import type { WorkSince } from "../model/work-tree.ts";
import { NOTHING_PROVED } from "../run/state/verdict.ts";
import type { SessionSummary } from "./summary.ts";

/** What each evidence means to a person. Only `verified` is called verified. */
const MEANINGS = {
  verified: "a check failed before the work and passes after it",
  checked: "the checks pass, and nothing shows that they failed before",
  reported: "an agent says so, and nothing was checked",
  observed: "Baton ran it",
  cached: "taken from an earlier run",
} as const;

const MAX_FILES_LISTED = 20;
const MAX_COMMITS_LISTED = 5;

/** The message to the user at the end of a session, in lines. */
export function summaryText(summary: SessionSummary): string {
  const { status, goal, workflow, completed, evidence, steps, leftOut = [], checks = [] } = summary;
  const counts = Object.entries(MEANINGS).flatMap(([name]) => (evidence[name] ? [`${evidence[name]} ${name}`] : []));
  const meanings = Object.entries(MEANINGS).flatMap(([name, text]) => (evidence[name] ? [`${name}: ${text}`] : []));
  const done = steps.filter(({ status }) => status === "completed");
  return [
    `${status}: ${escapedLine(goal)} (${named(workflow)}). ${completed} ${completed === 1 ? "step" : "steps"} completed${counts.length > 0 ? `: ${counts.join(", ")}` : ""}.`,
    ...(meanings.length > 0 ? [`(${meanings.join("; ")}.)`] : []),
    ...list("Done", done.map(stepLine)),
    ...list(
      "Not done",
      leftOut.map(({ title, why }) => `${quotedLine(title)}: ${quotedLine(why)}`),
    ),
    ...list("Left out, as its agents say", quoted(summary.saidLeftOut)),
    ...list(
      "Asked and answered",
      (summary.answers ?? []).map(({ question, answer }) => `${quotedLine(question)}: ${quotedLine(answer)}`),
    ),
    ...list("Checks that Baton ran", checks.map(checkLine)),
    ...workLines(summary),
    ...list("Decided", quoted(summary.decisions)),
    ...list("Assumed", quoted(summary.assumptions)),
    ...list("Open questions", quoted(summary.openQuestions)),
    ...list("Deviations from what was asked or planned", quoted(summary.deviations)),
    ...list("Stops working for others", quoted(summary.breaking)),
    ...list("Found on the way, perhaps mended since", quoted(summary.found)),
    ...list(
      "Results",
      Object.entries(summary.results ?? {})
        .filter(([, text]) => !steps.some(({ says }) => says === text))
        .map(([name, text]) => `${named(name)}: ${quotedLine(text, 1_500)}`),
    ),
    ...list("Learned", quoted(summary.learnings)),
    ...refLines(summary),
  ].join("\n");
}

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `- ${line}`)];

const quoted = (texts: readonly string[] = []): string[] => texts.map((text) => quotedLine(text));

function stepLine({
  title,
  agent,
  evidence,
  tries,
  note,
  says,
  details = [],
}: SessionSummary["steps"][number]): string {
  const by = agent === undefined ? "" : ` (${named(agent)})`;
  const again = tries > 1 ? `, at try ${tries}` : "";
  // What the word itself means stands above.
  const remark = note === undefined || note === NOTHING_PROVED ? "" : `, ${quotedLine(note)}`;
  return `${quotedLine(title)}${by}: ${evidence}${again}${remark}${says === undefined ? "" : `; it says ${quotedLine(says)}`}${details.map((one) => `\n  - ${quotedLine(one)}`).join("")}`;
}

function checkLine({ check, outcome, exitCode, before }: NonNullable<SessionSummary["checks"]>[number]): string {
  const code = exitCode === undefined ? "" : `, exit code ${exitCode}`;
  const earlier = before === undefined ? "" : before === outcome ? `, as before` : `; ${before} before`;
  return `${quotedLine(check, 160)}: ${outcome}${code}${earlier}`;
}

function workLines({ work, workUnknown, reportedFiles = [] }: SessionSummary): string[] {
  if (work) return changeLines(work);
  const unknown = workUnknown === undefined ? [] : [`Git does not tell what changed: ${quotedLine(workUnknown)}`];
  return [
    ...unknown,
    ...list(
      "Files that agents say they changed",
      reportedFiles.slice(0, MAX_FILES_LISTED).map((file) => named(file)),
    ),
  ];
}

function changeLines(work: WorkSince): string[] {
  const { repository, files, total, insertions, deletions } = work;
  if (total === 0) return [`No file changed in ${named(repository)} since the start.`, ...commitLines(work)];
  const listed = files
    .slice(0, MAX_FILES_LISTED)
    .map(({ path, insertions, deletions }) => `${named(path)} +${insertions} -${deletions}`);
  const more = total - listed.length;
  return [
    ...list(
      `${total} ${total === 1 ? "file" : "files"} changed since the start in ${named(repository)}, by whomever (+${insertions} -${deletions})`,
      more > 0 ? [...listed, `and ${more} more`] : listed,
    ),
    ...commitLines(work),
  ];
}

function commitLines({ commits, totalCommits, uncommitted, total }: WorkSince): string[] {
  const names = commits.slice(0, MAX_COMMITS_LISTED).map(({ id, subject }) => `${named(id)} ${quotedLine(subject)}`);
  const more = totalCommits - names.length;
  const made =
    totalCommits === 0 ? [] : [`Commits since the start: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
  if (total === 0) return made;
  if (uncommitted === 0) return [...made, "All of it is committed."];
  return [...made, uncommitted === total ? "Not committed." : `Not committed: ${uncommitted} of the ${total} files.`];
}

function refLines({ hiddenRefs = 0, refs: pattern }: SessionSummary): string[] {
  if (hiddenRefs === 0) return [];
  const refs = hiddenRefs === 1 ? "1 hidden git ref" : `${hiddenRefs} hidden git refs`;
  return [
    `Baton keeps ${refs} with the code of this run's checkpoints; ` +
      `\`git for-each-ref --format='delete %(refname)' '${pattern}' | git update-ref --stdin\` drops them.`,
  ];
}
