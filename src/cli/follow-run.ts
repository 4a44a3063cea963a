import type { Colors } from "picocolors/types";
import type { z } from "zod";
import type { Baton } from "../app.ts";
import type { RunView } from "../model/view.ts";
import type { Failure } from "../operations/app.ts";
import { type Operation, perform } from "../operations/define.ts";
import { operations } from "../operations/index.ts";
import { EXIT } from "./exit.ts";
import { follow, type Screen } from "./live-view.ts";
import { drawable } from "./plain.ts";

/** Performs an operation that starts, or may start, a run, and stays with it to its end. `words`: what is said if it did not start one; `aside`: what else before one is followed. */
export type Drive = <T>(
  name: "run.execute" | "run.resume" | "run.restart" | "session.start",
  input: object,
  json: boolean | undefined,
  words?: (value: T) => string,
  aside?: (value: T) => readonly string[],
) => Promise<void>;

/** What driving a run needs of the command line around it. */
interface DriveContext {
  readonly screen: Screen;
  readonly colors: Colors;
  /** A program that may execute runs. */
  baton(): Baton;
  out(text: string): void;
  fail(failure: Failure, json: boolean | undefined): void;
  /** Says how the command line ends. */
  leave(code: number): void;
  /** Called with every interrupt while a run is being followed; returns what takes it back. */
  onInterrupt(listener: () => void): () => void;
}

/**
 * Starts, resumes or restarts a run and, if this process executes it, stays with it to its end. The first interrupt cancels the run, and the
 * end is waited for; the second one leaves at once.
 */
export function driver(seat: DriveContext): Drive {
  const { screen, colors, out, fail, leave } = seat;
  return async (name, input, json, words, aside) => {
    const baton = seat.baton();
    const gaveUp = new AbortController();
    let interrupts = 0;
    let workflowId: string | undefined;
    const cancel = () => void perform(operations["run.cancel"], { workflowId }, baton);
    const release = seat.onInterrupt(() => {
      if (interrupts++ > 0) gaveUp.abort();
      else if (workflowId !== undefined) cancel();
    });
    try {
      baton.watch();
      const result = await perform(
        operations[name] as unknown as Operation<z.ZodObject, Partial<RunView>>,
        input,
        baton,
      );
      if (!result.ok) return fail(result.error, json);
      workflowId = result.value.workflowId;
      if (workflowId === undefined) {
        // It was understood, and something is wanted before it can begin.
        leave(EXIT.bad_input);
        return out(json ? JSON.stringify(result.value) : words!(drawable(result.value) as never));
      }
      const { status } = result.value;
      if (name === "session.start" && (status === "paused" || status === "interrupted")) {
        // What it would start is there already, and stands still: to follow it would be to wait for ever.
        leave(EXIT.refused);
        return out(
          json ? JSON.stringify(result.value) : `${workflowId} is ${status}; go on with it: baton resume ${workflowId}`,
        );
      }
      if (ownedElsewhere(baton, workflowId)) {
        const words = `${workflowId} is executed by another process; see it with: baton status ${workflowId}`;
        return out(json ? JSON.stringify(result.value) : words);
      }
      if (!json) for (const line of aside?.(drawable(result.value) as never) ?? []) out(line);
      // Interrupted before there was a run to cancel.
      if (interrupts > 0) cancel();
      const view = await follow(workflowId, baton, json ? undefined : screen, colors, gaveUp.signal);
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

function ownedElsewhere({ engine }: Baton, workflowId: string): boolean {
  const owner = engine.observe(workflowId)?.owner;
  return owner !== undefined && owner !== "own" && owner.state === "held";
}
