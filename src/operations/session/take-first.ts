import { FINAL_RUN_STATUSES } from "../../model/run.ts";
import type { AssignmentView } from "../../model/view.ts";
import type { App, Call } from "../app.ts";
import { takeOne } from "../handoff/take-next.ts";
import { questionsIn, readyIn } from "../run-tree.ts";

/** Milliseconds that a new run gets until a step of it is ready for an agent. */
const FIRST_STEP_MS = 1_000;

/**
 * Leases the first step of a session's run to who opened it, if one worker will do: exactly one step is ready, and no
 * runner does the agent steps. The same session gives the same assignment again, never a second one.
 */
export async function takeFirst(
  { sessionId, workflowId }: { readonly sessionId: string; readonly workflowId: string },
  app: App,
  call: Call,
): Promise<AssignmentView[]> {
  const seen = (await app.engine.observe(workflowId))!;
  if (seen.state.runner !== undefined) return [];
  const key = { text: `session:${sessionId}`, asked: "" };
  const ready = await firstReady(workflowId, app, call);
  return ready > 1 ? [] : takeOne(workflowId, key, {}, app, call);
}

/** How many steps of a new run are ready, once any is; 0 if none is within the time. */
export async function firstReady(workflowId: string, app: App, call: Call): Promise<number> {
  const until = app.scheduler.now() + FIRST_STEP_MS;
  for (;;) {
    const seen = (await app.engine.observe(workflowId))!;
    const ready = await readyIn(workflowId, app);
    const left = until - app.scheduler.now();
    const over = seen.problem || FINAL_RUN_STATUSES.has(seen.state.status) || call.signal?.aborted;
    if (ready.length > 0 || left <= 0 || over || seen.state.claimed.size > 0) return ready.length;
    if ((await questionsIn(workflowId, app)).length > 0) return 0;
    await app.engine.changed(workflowId, seen.rev, left, call.signal);
  }
}
