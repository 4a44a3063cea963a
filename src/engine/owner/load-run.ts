import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import { type JournalProblem, type Position, START, type Store } from "../../model/contracts/store.ts";
import type { Definition } from "../../model/definition.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { fold, initialState } from "../../run/fold.ts";
import { fromSnapshot } from "../../run/snapshot.ts";
import { IllegalTransition } from "../../run/state/transitions.ts";
import { compilePlan } from "../../workflow/graph/plan.ts";

/** A run, folded up to `position` in its journal. */
export interface LoadedRun {
  readonly definition: Definition;
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
): Pick<LoadedRun, "definition" | "plan" | "state"> {
  const plan = compilePlan(definition.workflow, syntax);
  const state = initialState(plan, created, definition);
  for (const event of events) fold(plan, state, event);
  return { definition, plan, state };
}
type Created = Extract<JournalEvent, { type: "run_created" }>;

/** Folds a run's journal, from its snapshot if it has one. `undefined`: there is no such run. */
export function loadRun(store: Store, syntax: readonly StepSyntax[], id: string): Awaitable<LoadedRun | undefined> {
  return andThen(store.definition(id), (definition) => {
    if (!definition) return undefined;
    const plan = compilePlan(definition.workflow, syntax);
    return andThen(store.snapshots.get(id), (snapshot) => {
      if (!snapshot) return loadFromStart(store, id, plan, definition);
      const { position } = snapshot;
      const loaded: LoadedRun = { definition, plan, state: fromSnapshot(plan, snapshot.state), position };
      return andThen(advance(store, id, loaded), () => loaded);
    });
  });
}

function loadFromStart(store: Store, id: string, plan: Plan, definition: Definition): Awaitable<LoadedRun | undefined> {
  return andThen(store.read(id, START), (page) => {
    if (!page) return undefined;
    const created = page.events[0];
    if (created?.type !== "run_created" || created.workflowId !== id) return unreadableRun(id, plan, definition);
    const loaded: LoadedRun = { definition, plan, state: initialState(plan, created, definition), position: page.next };
    foldPage(loaded, page.events.slice(1), page.problems);
    return loaded;
  });
}

/** A run whose journal is unreadable from its first line. Only its definition is known. */
function unreadableRun(id: string, plan: Plan, definition: Definition): LoadedRun {
  const created: Created = {
    ...{ type: "run_created", at: 0, epoch: 1, format: JOURNAL_FORMAT, workflowId: id },
    ...{ name: definition.workflow.name, mode: "parallel", maxParallel: 1, cwd: "/", durability: "process" },
  };
  const message = "its first line is unreadable, or belongs to another run";
  return {
    definition,
    plan,
    state: initialState(plan, created, definition),
    position: START,
    problem: { kind: "corrupt", offset: 0, message },
  };
}

/**
 * Folds the events after `loaded.position`, and returns those that count. Only one call at a time may advance a loaded
 * run.
 */
export function advance(store: Store, id: string, loaded: LoadedRun): Awaitable<readonly JournalEvent[]> {
  if (loaded.problem) return [];
  return andThen(store.size(id), (size) => {
    if (size <= loaded.position.offset) return [];
    return andThen(store.read(id, loaded.position), (page) => {
      if (!page) return [];
      loaded.position = page.next;
      return foldPage(loaded, page.events, page.problems);
    });
  });
}

function foldPage(
  loaded: LoadedRun,
  events: readonly JournalEvent[],
  problems: readonly JournalProblem[],
): readonly JournalEvent[] {
  const counted: JournalEvent[] = [];
  const problem = problems.find(({ kind }) => kind !== "torn");
  if (problem) loaded.problem = problem;
  try {
    for (const event of events) if (fold(loaded.plan, loaded.state, event)) counted.push(event);
  } catch (error) {
    if (!(error instanceof IllegalTransition)) throw error;
    // A newer format, if reported, explains the illegal transition. An older Baton must not salvage such a journal.
    loaded.problem ??= { kind: "corrupt", offset: loaded.position.offset, message: error.message };
  }
  return counted;
}

/** The events of a damaged journal before the damage: all that are readable and legal. */
export async function readableEvents(store: Store, { plan, state }: LoadedRun, id: string): Promise<JournalEvent[]> {
  const [created, ...rest] = (await store.read(id, START))?.events ?? [];
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
