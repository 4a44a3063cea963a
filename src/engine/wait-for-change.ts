import type { Scheduler } from "../model/contracts/scheduler.ts";
import type { RunLoop } from "./owner/loop.ts";

interface Change {
  /** The loop of the run, if this process owns it. */
  readonly loop: RunLoop | undefined;
  /** What the caller has seen. */
  readonly rev: number;
  readonly ms: number;
  readonly signal: AbortSignal | undefined;
}

/** Resolves when the owned run is newer than `rev`, after `ms` milliseconds, or on abort. */
export function waitForChange({ loop, rev, ms, signal }: Change, scheduler: Scheduler): Promise<void> {
  return new Promise((resolve) => {
    // The run may have changed after it was observed.
    if (loop && loop.view.state.rev > rev) return resolve();
    const done = () => {
      stopListening?.();
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const stopListening = loop?.onChange(done);
    const cancel = scheduler.alarm(ms, done);
    signal?.addEventListener("abort", done);
  });
}
