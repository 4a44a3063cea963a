import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { App, Call } from "../app.ts";
import { questionsIn, readyIn, rootOf } from "../run-tree.ts";

/** Milliseconds between two looks at the runs inside a run while a caller waits. */
const LOOK_INTERVAL_MS = 200;

/**
 * Waits after a message about a step: until the verdict is there and something is ready, a question is open, or the run
 * has ended. Also resolves at the time limit, and when the caller gives up.
 */
export async function waitForOutcome(id: string, index: number, seconds: number, app: App, call: Call): Promise<void> {
  const until = app.scheduler.now() + seconds * 1000;
  const root = await rootOf(id, app);
  for (;;) {
    const seen = (await app.engine.observe(id))!;
    const left = until - app.scheduler.now();
    if (left <= 0 || call.signal?.aborted || seen.problem) return;
    const { status } = seen.state.steps[index]!;
    // The verdict sent the step back to its worker.
    if (status === "assigned") return;
    if (status !== "reported" && (await isAnswerable(root, app))) return;
    const alone = root === id && seen.state.passive.size === 0;
    await app.engine.changed(id, seen.rev, alone ? left : Math.min(left, LOOK_INTERVAL_MS), call.signal);
  }
}

/** Whether a worker has something to do or to know: a ready step, a question, the end of the run. */
async function isAnswerable(root: string, app: App): Promise<boolean> {
  const seen = await app.engine.observe(root);
  if (!seen || seen.problem || FINAL_RUN_STATUSES.has(seen.state.status) || seen.state.status === "paused") return true;
  return (await readyIn(root, app)).length > 0 || (await questionsIn(root, app)).length > 0;
}
