import type { RunProblem } from "./run-problem.ts";

/** Why the engine did not do what the caller asked, and what to do next. */
export interface EngineFailure {
  readonly reason:
    | "not_found"
    | "key_conflict"
    | "damaged"
    | "newer_format"
    | "foreign"
    | "untrusted_state"
    | "owned"
    | "io_error"
    | "no_answer";
  readonly message: string;
  readonly hint?: string;
  readonly workflowId?: string;
}

export const notFound = (id: string): EngineFailure => ({
  reason: "not_found",
  message: `there is no run "${id}" here`,
  hint: 'List the runs with monitor_workflow {action: "list"} or `baton list`.',
});

/** The failure for a run that Baton does not continue. The hint says how to proceed. */
export function problemFailure(id: string, { kind, message }: RunProblem): EngineFailure {
  const of = { workflowId: id };
  switch (kind) {
    case "newer_format":
      return { ...of, reason: "newer_format", message };
    case "foreign":
      return {
        ...of,
        reason: "foreign",
        message: `the run ${id} is foreign: ${message}. Baton does not execute it`,
        hint: `Look at the run. To let Baton execute it, run \`baton trust ${id}\` at a terminal.`,
      };
    case "quarantined": {
      const hint = `\`baton cancel ${id}\` ends it; \`baton resume ${id} --force\` tries once more.`;
      return { ...of, reason: "damaged", message: `the run ${id} is damaged: ${message}`, hint };
    }
    case "corrupt": {
      const hint = `It is readable up to there. \`baton resume ${id} --force\` keeps a copy and continues from the readable part.`;
      return { ...of, reason: "damaged", message: `the journal of ${id} is damaged: ${message}`, hint };
    }
  }
}

export const untrustedStateFailure = (message: string): EngineFailure => ({
  reason: "untrusted_state",
  message: `Baton executes nothing from this state directory: ${message}`,
  hint: "Run `baton doctor` for details, or choose another directory with --state or BATON_STATE.",
});

/** Turns a file system error into a value. Any other error is a defect of Baton and is thrown again. */
export function ioFailure(error: unknown): EngineFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  const hint =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? "The disk is full, so Baton started nothing. Free some space and try again."
      : "Make the state directory writable, or choose another with --state or BATON_STATE.";
  return { reason: "io_error", message: `the run could not be written: ${message}`, hint };
}
