import type { LogEntry } from "../../../model/run-state.ts";
import { checksOf, textOf } from "../../state/checks.ts";
import { describeHeld, factsOf } from "../../state/gate.ts";
import { isFinal, isHeld } from "../../state/state.ts";
import { iso, nameText, quoteText, stepName, stepsWith, type Told, workerName } from "./briefed-run.ts";
import type { Item } from "./fit-items.ts";

/** What somebody has in work, and what somebody left half done. */

/** A worker without a sign of life for this long may be gone, unless the run is told otherwise. */
const TAKE_OVER_AFTER_MS = 10 * 60 * 1000;

/** Characters of a note where there is no room for the whole. */
const MAX_SHORT_NOTE_CHARACTERS = 240;
/** Characters of a whole note: a note is not longer. */
const MAX_NOTE_CHARACTERS = 4_000;
const MAX_FILES_NAMED = 8;
const MAX_CHECKS_NAMED = 4;

/** Steps that a worker or Baton has: who, since when, the last sign of life, and how to take over a silent one. */
export function heldItems(run: Told): Item[] {
  const { plan, state, now, takeOverAfter = TAKE_OVER_AFTER_MS } = run;
  return stepsWith(run, "assigned", "reported", "running").map(({ step, index }) => {
    const id = stepName(run, index);
    const { lease, attempt, startedAt } = step;
    if (isHeld(step)) return { text: `- ${id}: ${describeHeld(plan, state, index)}` };
    if (!lease) return { text: `- ${id}: Baton runs it (attempt ${attempt})` };
    if (step.status === "reported") return { text: `- ${id}: delivered by ${workerName(lease)}, Baton checks it` };
    const seen = lease.lastSeen ?? startedAt!;
    const progress = [lease.percent !== undefined && `${lease.percent}%`, lease.task && quoteText(lease.task, 80)];
    const progressText = progress.filter(Boolean).join(" ");
    const failed = step.error ? `; failed before: ${quoteText(step.error.message, 160)}` : "";
    const silent = now - seen >= takeOverAfter;
    const stepId = plan.workflow.steps[index]!.id;
    const takeOver = `; no sign of life since then: handoff {action: "accept", workflowId: "${state.workflowId}", stepId: "${stepId}", takeOver: "why"} takes it over`;
    const who = `- ${id}: with ${workerName(lease)}`;
    const rest = `assignment ${lease.token}${silent ? takeOver : ""}`;
    return {
      text:
        `${who} since ${iso(startedAt!)}, last seen ${iso(seen)}, until ${iso(lease.expiresAt)}, ` +
        `${rest}${progressText ? ` (${progressText})` : ""}${failed}`,
      short: `${who}, last seen ${iso(seen)}, ${rest}`,
    };
  });
}

/** The words of an attempt's end. */
const ENDS: Partial<Record<LogEntry["status"], string>> = {
  failed: "failed",
  interrupted: "was interrupted",
  expired: "ran out of time",
  released: "gave it back",
  transferred: "passed it on",
  taken_over: "lost it to another worker",
  asked: "asked the person",
};

/** What the workers of unfinished steps said last, whole, and what they left in the work tree. */
export function halfDoneItems(run: Told): Item[] {
  const { plan, state } = run;
  if (isFinal(state)) return [];
  const earlier = lastAttempts(run);
  const items = stepsWith(run, "assigned", "ready", "waiting").flatMap(({ step, index }): Item[] => {
    const { lease, attempt } = step;
    const now = lease?.said?.length
      ? [noteItem(`- ${stepName(run, index)}, attempt ${attempt}, ${workerName(lease)}`, lease.said.at(-1)!)]
      : [];
    const before = earlier.get(index);
    return [...now, ...(before ? [attemptItem(stepName(run, index), before)] : [])];
  });
  const { uncommitted } = run;
  if (!uncommitted || uncommitted.total === 0 || !plan.byWorker.includes(1)) return items;
  const { files, total, repository } = uncommitted;
  return [
    ...items,
    {
      text: `- not committed in ${nameText(repository, 200)}: ${nameFiles(files.slice(0, 40), total)}`,
      short: `- not committed in ${nameText(repository, 200)}: ${nameFiles(files.slice(0, MAX_FILES_NAMED), total)}`,
    },
  ];
}

/** The last attempt of each step that a worker did not finish, if anything is known of it. */
function lastAttempts({ plan, state }: Told): Map<number, LogEntry> {
  const last = new Map<number, LogEntry>();
  for (const entry of state.log) {
    const { index, status, said = [], message, changes } = entry;
    const isTold = said.length > 0 || message !== undefined || (changes?.files.length ?? 0) > 0;
    if (plan.byWorker[index] === 1 && ENDS[status] !== undefined && isTold) last.set(index, entry);
  }
  return last;
}

function attemptItem(id: string, { attempt, agent, worker, status, message, said, changes }: LogEntry): Item {
  const who = agent === undefined ? "" : ` of ${workerName({ agent, worker })}`;
  const why = message === undefined ? "" : ` (${quoteText(message, 200)})`;
  const files =
    changes && changes.files.length > 0
      ? `; left changed: ${nameFiles(changes.files.slice(0, MAX_FILES_NAMED), changes.total ?? changes.files.length)}`
      : "";
  const start = `- ${id}, attempt ${attempt}${who} ${ENDS[status]}${why}${files}`;
  return said?.length ? noteItem(start, said.at(-1)!) : { text: start };
}

const noteItem = (start: string, note: string): Item => ({
  text: `${start}; said last: ${quoteText(note, MAX_NOTE_CHARACTERS)}`,
  short: `${start}; said last: ${quoteText(note, MAX_SHORT_NOTE_CHARACTERS)}`,
});

function nameFiles(files: readonly string[], total: number): string {
  const more = total - files.length;
  return `${files.map((file) => nameText(file, 120)).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What Baton will check of the steps in work, and how the checks went so far. */
export function checkItems(run: Told): Item[] {
  const { plan, state } = run;
  return stepsWith(run, "assigned", "reported").flatMap(({ step, index }): Item[] => {
    const rendered = plan.render(index, factsOf(state));
    if (!rendered.ok) return [];
    const { config, values } = rendered.value;
    const checks = checksOf(config, values).map((check) => textOf(check, values));
    if (checks.length === 0) return [];
    const results = step.checks ?? step.baseline?.checks ?? [];
    const shown = checks.slice(0, MAX_CHECKS_NAMED).map((check) => {
      const outcome = results.find((result) => result.check === check)?.outcome;
      const when = step.checks ? "last" : "before the work";
      return `${quoteText(check, 160)}${outcome === undefined ? "" : ` (${when}: ${outcome})`}`;
    });
    const more = checks.length - shown.length;
    return [{ text: `- ${stepName(run, index)}: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}` }];
  });
}
