import type { Colors } from "picocolors/types";
import type { Baton } from "../app.ts";
import { sleep } from "../model/contracts/scheduler.ts";
import { operations } from "../operations/index.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import { printLog } from "../operations/run/run-print.ts";
import type { RunCommand } from "./commands.ts";
import type { Screen } from "./live-view.ts";

/** The parts of the command line that `baton logs` uses. */
export interface LogContext {
  readonly screen: Screen;
  readonly colors: Colors;
  open(): Baton;
  out(text: string): void;
  error(text: string): void;
  /** Whether `error` writes to a terminal. */
  readonly errorIsTTY: boolean;
  fail(failure: Failure, json: boolean | undefined): void;
}

/** Milliseconds between two looks at a log that is followed. */
const FOLLOW_INTERVAL_MS = 200;

/**
 * Performs `baton logs`: prints the whole log page by page, each stream to its own; with `--follow`, until the step
 * ends.
 */
export function logsPerformer({ screen, colors, open, out, error, errorIsTTY, fail }: LogContext): RunCommand {
  return async ({ command }, input, values) => {
    const { json, follow, raw } = values as { json: boolean; follow?: boolean; raw?: boolean };
    const baton = open();
    try {
      let place: { stepId?: string; cursor?: string } = json ? {} : { cursor: "0:0" };
      for (;;) {
        const result = await perform(operations["run.logs"], { ...input, ...place }, baton);
        if (!result.ok) return fail(result.error, json);
        const { stderr, complete, nextCursor, stepId, size, unreadable } = result.value;
        if (json) return out(JSON.stringify(result.value));
        screen.write(command!.print(result.value, { screen, colors }, values));
        if (stderr !== "") error(printLog(stderr.replace(/\n$/, ""), errorIsTTY && !raw));
        if (place.cursor === "0:0") for (const problem of unreadable ?? []) error(problem);
        // The end of the log can hold half of a character. The cursor stays before it until the rest arrives.
        const end = [size.stdout, size.stderr, ...(size.output === undefined ? [] : [size.output])].join(":");
        const atEnd = nextCursor === place.cursor || nextCursor === end;
        if (complete || (atEnd && !follow)) return;
        place = { stepId, cursor: nextCursor };
        if (atEnd) await sleep(baton.scheduler, FOLLOW_INTERVAL_MS);
      }
    } finally {
      baton.leave();
    }
  };
}
