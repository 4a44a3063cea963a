import type { RunCommand } from "./commands.ts";
import { type LogContext, logsPerformer } from "./perform-logs.ts";
import { type TrustContext, trustPerformer } from "./perform-trust.ts";

/** Commands that do more than perform their operation and print its answer, by the name of the operation. */
export const createPerformers = (context: LogContext & TrustContext): ReadonlyMap<string, RunCommand> =>
  new Map([
    ["run.logs", logsPerformer(context)],
    ["trust.grant", trustPerformer(context)],
  ]);
