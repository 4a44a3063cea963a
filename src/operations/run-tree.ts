import type { ObservedRun } from "../model/contracts/engine.ts";
import type { QuestionsView, ReadyView } from "../model/view.ts";
import { questionsOf } from "../run/features/questions.ts";
import { readySteps } from "../run/view/view.ts";
import type { App } from "./app.ts";

/** Ready steps in one answer. */
export const MAX_READY_LISTED = 20;
/** Child runs that are looked into. */
const MAX_CHILD_RUNS = 200;

/** A run and its child runs, at every depth. */
export async function runTree(id: string, app: App): Promise<{ readonly id: string; readonly seen: ObservedRun }[]> {
  const family: { id: string; seen: ObservedRun }[] = [];
  const queue = [id];
  for (let next = queue.shift(); next !== undefined && family.length < MAX_CHILD_RUNS; next = queue.shift()) {
    const seen = await app.engine.observe(next);
    if (!seen) continue;
    family.push({ id: next, seen });
    for (const index of seen.state.passive) {
      const { child } = seen.state.steps[index]!;
      if (child !== undefined) queue.push(child);
    }
  }
  return family;
}

/** The run that is nobody's child: the run itself, or the outermost one around it. */
export async function rootOf(id: string, app: App): Promise<string> {
  let root = id;
  for (let depth = 0; depth < MAX_CHILD_RUNS; depth++) {
    const parent = (await app.engine.observe(root))?.state.parent?.workflowId;
    if (parent === undefined || !(await app.engine.observe(parent))) return root;
    root = parent;
  }
  return root;
}

/** All other runs that belong with a run: those around it, and those inside of any of them, ended or not. */
export async function relatedRuns(id: string, app: App): Promise<ObservedRun[]> {
  const found = new Map<string, ObservedRun>();
  const queue = [await rootOf(id, app)];
  for (let next = queue.shift(); next !== undefined && found.size < MAX_CHILD_RUNS; next = queue.shift()) {
    const seen = found.has(next) ? undefined : await app.engine.observe(next);
    // A run that is not this user's tells nobody anything.
    if (!seen || seen.problem?.kind === "foreign") continue;
    found.set(next, seen);
    for (const { child } of seen.state.steps) if (child !== undefined) queue.push(child);
  }
  found.delete(id);
  return [...found.values()];
}

/** What waits for an agent, in a run or in its child runs. */
export const readyIn = async (id: string, app: App): Promise<ReadyView[]> =>
  (await runTree(id, app)).flatMap(({ seen }) => readySteps(seen.plan, seen.state));

/** What waits for the person, in a run or in its child runs. */
export const questionsIn = async (id: string, app: App): Promise<QuestionsView[]> =>
  (await runTree(id, app)).flatMap(({ seen }) => questionsOf(seen.plan, seen.state));

/** As many ready steps as an answer shows. */
export const readyShown = async (id: string, app: App): Promise<ReadyView[]> =>
  (await readyIn(id, app)).slice(0, MAX_READY_LISTED);
