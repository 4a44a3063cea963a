import type { JournalProblem } from "../model/store.ts";

/** Why the engine did not do what was asked, and what to do next. */
export interface EngineFailure {
  readonly reason: "not_found" | "key_conflict" | "damaged" | "newer_format" | "owned" | "io_error" | "no_answer";
  readonly message: string;
  readonly hint?: string;
  readonly workflowId?: string;
}

export const notFound = (id: string): EngineFailure => ({
  reason: "not_found",
  message: `there is no run "${id}" here`,
  hint: 'List the runs with monitor_workflow {action: "list"} or `baton list`.',
});

export function damaged(id: string, problem: JournalProblem): EngineFailure {
  if (problem.kind === "newer_format") return { reason: "newer_format", message: problem.message };
  const message = `the journal of ${id} is damaged: ${problem.message}`;
  const hint = `It can be read up to there. \`baton resume ${id} --force\` keeps a copy of it and goes on from the readable part.`;
  return { reason: "damaged", message, hint };
}

/** What the file system said, as a value; anything else is a mistake of ours and stays an exception. */
export function ioFailure(error: unknown): EngineFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  const hint =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? "The disk is full. Nothing was started; free some space and try again."
      : "Is the state directory writable? Choose another with --state or BATON_STATE.";
  return { reason: "io_error", message: `the run could not be written: ${message}`, hint };
}
