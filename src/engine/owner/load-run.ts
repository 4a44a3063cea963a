import type { StepSyntax } from "../../model/contracts/step.ts";
import { type JournalProblem, type Position, START, type Store } from "../../model/contracts/store.ts";
import type { Definition } from "../../model/definition.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { fold, initialState } from "../../run/fold.ts";
import { fromSnapshot } from "../../run/state/snapshot.ts";
import type { RunState } from "../../run/state/state.ts";
import { IllegalTransition } from "../../run/state/transitions.ts";
import { compilePlan } from "../../workflow/graph/plan.ts";

/** A run, folded up to `position` in its journal. */
export interface LoadedRun {
  readonly plan: Plan;
  readonly state: RunState;
  position: Position;
  /** Why Baton cannot continue the run: damage, or a newer format. A torn tail is no problem. */
  problem?: JournalProblem;
}

/** Folds a run that this process has just created, from the events that it wrote. */
export function loadCreatedRun(
  definition: Definition,
  syntax: readonly StepSyntax[],
  [created, ...events]: readonly [Created, ...JournalEvent[]],
): Pick<LoadedRun, "plan" | "state"> {
  const plan = compilePlan(definition.workflow, syntax);
  const state = initialState(plan, created, definition);
  for (const event of events) fold(plan, state, event);
  return { plan, state };
}
type Created = Extract<JournalEvent, { type: "run_created" }>;

/** Folds a run's journal, from its snapshot if it has one. `undefined`: there is no such run. */
export function loadRun(store: Store, syntax: readonly StepSyntax[], id: string): LoadedRun | undefined {
  const definition = store.definition(id);
  if (!definition) return undefined;
  const plan = compilePlan(definition.workflow, syntax);
  const snapshot = store.snapshots.get(id);
  if (snapshot) {
    const loaded: LoadedRun = { plan, state: fromSnapshot(plan, snapshot.state), position: snapshot.position };
    advance(store, id, loaded);
    return loaded;
  }
  return loadFromStart(store, id, plan, definition);
}

function loadFromStart(store: Store, id: string, plan: Plan, definition: Definition): LoadedRun | undefined {
  const page = store.read(id, START);
  if (!page) return undefined;
  const created = page.events[0];
  if (created?.type !== "run_created" || created.workflowId !== id) return unreadableRun(id, plan, definition);
  const state = initialState(plan, created, definition);
  const loaded: LoadedRun = { plan, state, position: page.next };
  foldPage(loaded, page.events.slice(1), page.problems);
  return loaded;
}

/** A run whose journal is unreadable from its first line. Only its definition is known. */
function unreadableRun(id: string, plan: Plan, definition: Definition): LoadedRun {
  const created: Created = {
    ...{ type: "run_created", at: 0, epoch: 1, format: JOURNAL_FORMAT, workflowId: id },
    ...{ name: definition.workflow.name, mode: "parallel", maxParallel: 1, cwd: "/", durability: "process" },
  };
  const message = "its first line is unreadable, or belongs to another run";
  return {
    plan,
    state: initialState(plan, created, definition),
    position: START,
    problem: { kind: "corrupt", offset: 0, message },
  };
}

/** Folds the events after `loaded.position`. Returns whether there were any. */
export function advance(store: Store, id: string, loaded: LoadedRun): boolean {
  if (loaded.problem || store.size(id) <= loaded.position.offset) return false;
  const page = store.read(id, loaded.position);
  if (!page) return false;
  loaded.position = page.next;
  foldPage(loaded, page.events, page.problems);
  return page.events.length > 0;
}

function foldPage(loaded: LoadedRun, events: readonly JournalEvent[], problems: readonly JournalProblem[]): void {
  const problem = problems.find(({ kind }) => kind !== "torn");
  if (problem) loaded.problem = problem;
  try {
    for (const event of events) fold(loaded.plan, loaded.state, event);
  } catch (error) {
    if (!(error instanceof IllegalTransition)) throw error;
    // A newer format, if reported, explains the illegal transition. An older Baton must not salvage such a journal.
    loaded.problem ??= { kind: "corrupt", offset: loaded.position.offset, message: error.message };
  }
}

/** The events of a damaged journal before the damage: all that are readable and legal. */
export function readableEvents(store: Store, { plan, state }: LoadedRun, id: string): JournalEvent[] {
  const events = store.read(id, START)?.events ?? [];
  const [created, ...rest] = events;
  if (created?.type !== "run_created") return [];
  const again = initialState(plan, created, state);
  const readable: JournalEvent[] = [created];
  try {
    for (const event of rest) {
      fold(plan, again, event);
      readable.push(event);
    }
  } catch (error) {
    if (!(error instanceof IllegalTransition)) throw error;
  }
  return readable;
}
