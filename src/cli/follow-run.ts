import type { Colors } from "picocolors/types";
import type { z } from "zod";
import type { Baton } from "../app.ts";
import type { RunView } from "../model/view.ts";
import { operations } from "../operations/index.ts";
import type { Operation } from "../operations/operation.ts";
import { perform } from "../operations/perform.ts";
import type { Failure } from "../operations/refusal.ts";
import { drawable } from "./drawable.ts";
import { EXIT } from "./exit.ts";
import { followRun, type Screen } from "./live-view.ts";

/**
 * Performs an operation that may start a run, and follows that run to its end.
 * `words` renders the answer if no run started. `aside` gives lines to print before following.
 */
export type DriveRun = <T>(
  operation: Operation,
  input: object,
  json: boolean | undefined,
  words?: (value: T) => string,
  aside?: (value: T) => readonly string[],
) => Promise<void>;

/** The parts of the command line that createDriver uses. */
interface DriveContext {
  readonly screen: Screen;
  readonly colors: Colors;
  /** Opens Baton in a role that may execute runs. */
  baton(): Baton;
  out(text: string): void;
  fail(failure: Failure, json: boolean | undefined): void;
  /** Sets the exit code. */
  leave(code: number): void;
  /** Calls the listener at every interrupt while a run is followed. Returns a function that unregisters it. */
  onInterrupt(listener: () => void): () => void;
}

/**
 * Returns the function that starts, resumes or restarts a run.
 * If this process executes the run, the function follows it to its end.
 * The first interrupt cancels the run and waits for its end; the second stops waiting at once.
 */
export function createDriver(context: DriveContext): DriveRun {
  const { screen, colors, out, fail, leave } = context;
  return async (operation, input, json, words, aside) => {
    const baton = context.baton();
    const stopWaiting = new AbortController();
    let interrupts = 0;
    let workflowId: string | undefined;
    const cancel = () => void perform(operations["run.cancel"], { workflowId }, baton);
    const release = context.onInterrupt(() => {
      if (interrupts++ > 0) stopWaiting.abort();
      else if (workflowId !== undefined) cancel();
    });
    try {
      baton.watch();
      const result = await perform(operation as Operation<z.ZodObject, Partial<RunView>>, input, baton);
      if (!result.ok) return fail(result.error, json);
      workflowId = result.value.workflowId;
      if (workflowId === undefined) {
        // The goal was understood, but the session needs more input before its run can start.
        leave(EXIT.bad_input);
        return out(json ? JSON.stringify(result.value) : words!(drawable(result.value) as never));
      }
      const { status } = result.value;
      if (operation.name === "session.start" && (status === "paused" || status === "interrupted")) {
        // The session already has a run, and that run does not advance: following it would never end.
        leave(EXIT.refused);
        return out(
          json
            ? JSON.stringify(result.value)
            : `${workflowId} is ${status}; continue it with: baton resume ${workflowId}`,
        );
      }
      if (await ownedElsewhere(baton, workflowId)) {
        const words = `${workflowId} is executed by another process; see it with: baton status ${workflowId}`;
        return out(json ? JSON.stringify(result.value) : words);
      }
      if (!json) for (const line of aside?.(drawable(result.value) as never) ?? []) out(line);
      // The interrupt came before the run had an id to cancel.
      if (interrupts > 0) cancel();
      const view = await followRun(workflowId, baton, json ? undefined : screen, colors, stopWaiting.signal);
      if (json) {
        const ended = await perform(operations["run.status"], { workflowId }, baton);
        out(JSON.stringify({ ...(result.value as object), ...(ended.ok && ended.value) }));
      }
      leave(interrupts > 0 ? EXIT.interrupted : view.success ? EXIT.fine : EXIT.failed);
    } finally {
      release();
      baton.leave();
    }
  };
}

async function ownedElsewhere({ engine }: Baton, workflowId: string): Promise<boolean> {
  const owner = (await engine.observe(workflowId))?.owner;
  return owner !== undefined && owner !== "own" && owner.state === "held";
}
