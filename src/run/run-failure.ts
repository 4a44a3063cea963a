import type { EngineFailure, RunProblem } from "../model/contracts/engine.ts";

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
