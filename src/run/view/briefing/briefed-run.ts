import type { Plan } from "../../../model/plan.ts";
import type { RunStatus } from "../../../model/run.ts";
import type { RunState, StepState } from "../../../model/run-state.ts";
import { escapedLine, named, quotedLine, quotedValue } from "../../../model/text/quoted.ts";
import { truncate } from "../../../model/text/truncate.ts";
import type { UncommittedFiles } from "../../../model/work-tree.ts";
import type { JsonValue } from "../../../model/workflow.ts";

/** A run that a briefing covers, with what is known of it besides its journal. */
export interface BriefedRun {
  readonly plan: Plan;
  readonly state: RunState;
  /** The current instant in the run's own time, in milliseconds since 1970. */
  readonly now: number;
  /** As observed: a journal says "running" even when no process owns the run. */
  readonly status: RunStatus;
  /** The next call to make about it, as a sentence. */
  readonly next: string;
  /** Why the run does not continue, if it does not. */
  readonly note?: string | undefined;
  /** The session whose run it is. */
  readonly sessionId?: string | undefined;
  /** A worker without a sign of life for so many milliseconds may be gone. */
  readonly takeOverAfter?: number;
  readonly uncommitted?: UncommittedFiles | undefined;
}

/** A run as a briefing tells of it. */
export interface Told extends BriefedRun {
  /** The run's id and a blank, if the briefing covers several runs; else nothing. */
  readonly prefix: string;
}

/** A step as the briefing names it. */
export const stepName = ({ plan, prefix }: Told, index: number): string => prefix + plan.workflow.steps[index]!.id;

/** The steps of a status, with their indices. */
export const stepsWith = ({ state }: Told, ...statuses: readonly string[]): { step: StepState; index: number }[] =>
  state.steps.flatMap((step, index) => (statuses.includes(step.status) ? [{ step, index }] : []));

/** The goal in the user's words, if a session started the run; else what its workflow says. */
export const goalOf = ({ plan, state }: BriefedRun): string => {
  const { goal } = state.context;
  return typeof goal === "string" && goal !== "" ? goal : (plan.workflow.description ?? state.name);
};

export const workerName = ({ agent, worker }: { agent: string; worker?: string | undefined }): string =>
  worker === undefined ? named(agent) : `${nameText(worker, 60)} (as ${named(agent)})`;

export const iso = (at: number): string => new Date(at).toISOString();

/** Text that others wrote, as a quotation. An output, as text or as JSON. */
export const quoteText = (text: string, max: number): string => quotedLine(oneLine(text, max), max);
export const quoteValue = (value: JsonValue, max: number): string =>
  typeof value === "string" ? named(oneLine(value, max)) : quotedValue(value, max);

/** A name or path that others chose. */
export const nameText = (name: string, max: number): string => named(truncate(name, max));

/** One line behind a label, with blanks folded to save room. */
export function oneLine(text: string, max: number): string {
  const line = escapedLine(text.replaceAll(/\s+/g, " ").trim());
  return truncate(line, max);
}
