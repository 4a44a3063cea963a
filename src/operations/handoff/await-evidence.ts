import type { ObservedRun } from "../../model/contracts/engine.ts";
import { awaitsBaseline } from "../../run/features/baselines.ts";
import { isChecked } from "../../run/state/checks.ts";
import { acceptableSteps } from "../../run/worker/accept.ts";
import type { App, Call } from "../app.ts";
import { settle } from "../checkpoint/find-checkpoint.ts";

/** What an owner needs to journal what it learned, in milliseconds, beside the time that the learning takes. */
const JOURNAL_MS = 2_000;
/** How long git may take for a work tree, in milliseconds. */
const TREE_MS = 10_000;

interface Wanted {
  readonly stepId?: string | undefined;
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
  readonly count: number;
}

/**
 * Waits until the checks of the steps that the worker would get have run before the work. Returns whether the worker
 * gets them in any case: nobody runs the checks, or they take too long.
 */
export async function awaitBaselines(id: string, wanted: Wanted, app: App, call: Call): Promise<boolean> {
  if (!isAwaited((await app.engine.observe(id))!, wanted)) return false;
  if (!isOwned((await app.engine.observe(id))!)) {
    if (!app.executes) return true;
    await app.engine.adopt(id);
  }
  const over = (seen: ObservedRun) => !isAwaited(seen, wanted) || !isOwned(seen);
  const seen = await settle(id, app, over, call, app.baselineWait + JOURNAL_MS);
  return isAwaited(seen, wanted);
}

function isAwaited({ plan, state }: ObservedRun, { stepId, agent, worker, count }: Wanted): boolean {
  if (state.status !== "running" || state.stopping) return false;
  const only = stepId === undefined ? undefined : plan.indexOf.get(stepId);
  if (stepId !== undefined && only === undefined) return false;
  return acceptableSteps(plan, state, { only, agent, worker }, count).some((index) =>
    awaitsBaseline(plan, state, index),
  );
}

/** Whether a process executes the run now. */
const isOwned = ({ owner, problem }: ObservedRun): boolean => !problem && (owner === "own" || owner.state === "held");

/** Waits until the work tree is taken, before the workers with these tokens learn of their steps. */
export async function awaitTrees(id: string, tokens: readonly string[], app: App, call: Call): Promise<void> {
  const isTaken = ({ state }: ObservedRun) =>
    tokens.every((token) => {
      const index = state.tokens.get(token)?.index;
      return index === undefined || state.steps[index]!.treeing !== "accept";
    });
  await settle(id, app, (seen) => isTaken(seen) || !isOwned(seen), call, TREE_MS + JOURNAL_MS);
}

/** Waits for the verdict on a delivery for which no command of the step has to run. */
export async function awaitVerdict(id: string, index: number, app: App, call: Call): Promise<void> {
  const isJudged = ({ plan, state }: ObservedRun) =>
    state.steps[index]!.status !== "reported" || isChecked(plan, state, index);
  await settle(id, app, (seen) => isJudged(seen) || !isOwned(seen), call, TREE_MS + JOURNAL_MS);
}
