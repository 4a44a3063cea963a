import type { Fact } from "../../model/event.ts";
import type { Note } from "../../model/note.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepAttempt, StepLease } from "../../model/run-state.ts";
import type { NoteView } from "../../model/view.ts";
import type { LeftNote } from "../features/notes.ts";
import { sameName, targetOf } from "../state/performer.ts";
import { isSettled } from "../state/state.ts";

/** What the worker of a step tells others, as the fact that comes before its delivery. */
export const notesFact = ({ agent, worker }: StepLease, stepAttempt: StepAttempt, notes: readonly Note[]) =>
  ({
    type: "notes_left",
    ...stepAttempt,
    agent,
    ...(worker !== undefined && { worker }),
    notes: [...notes],
  }) as const satisfies Fact;

/** A run that belongs with another: its parent or child, at any distance. */
export interface RelatedRun {
  readonly plan: Plan;
  readonly state: RunState;
}

/** Runs inside of runs that are looked at. */
const MAX_DEPTH = 200;

/** Those of some runs that belong to the tree of a run. */
export function treeOf(own: RunState, runs: readonly RelatedRun[]): RelatedRun[] {
  const parents = new Map(runs.map(({ state }) => [state.workflowId, state.parent?.workflowId]));
  parents.set(own.workflowId, own.parent?.workflowId);
  // A damaged journal may name itself, or runs in a circle.
  const rootOf = (id: string): string => {
    let root = id;
    for (let up = 0, parent = parents.get(id); parent !== undefined && up < MAX_DEPTH; up++) {
      root = parent;
      parent = parents.get(root);
    }
    return root;
  };
  const root = rootOf(own.workflowId);
  return runs.filter(({ state }) => state.workflowId !== own.workflowId && rootOf(state.workflowId) === root);
}

/**
 * The notes for the worker of a step, the oldest first: those of earlier workers of the step, those of the nearest
 * agents before it, and those addressed to it, to its role or to everybody, however far they come from.
 * @param related the other runs of its tree, as far as they can be read
 */
export function notesFor(plan: Plan, state: RunState, stepId: string, related: readonly RelatedRun[] = []): NoteView[] {
  const runs = [{ plan, state }, ...related];
  const byId = new Map(runs.map((run) => [run.state.workflowId, run]));
  const sources = new Set<string>();
  /** The step, and the steps of the runs around it that its run performs. */
  const names: string[] = [];
  const roles = rolesOf(plan, state, plan.indexOf.get(stepId)!);
  for (
    let here: Place | undefined = { plan, state, stepId };
    here && names.length < MAX_DEPTH;
    here = placeAround(here, byId)
  ) {
    names.push(here.stepId);
    sources.add(sourceKey(here.state.workflowId, here.stepId));
    addNearest(here, byId, sources);
  }
  const told = runs.flatMap(({ state }) =>
    state.notes
      .filter((note) => sources.has(sourceKey(state.workflowId, note.step)) || isAddressed(note, names, roles))
      .map((note) => ({ note, workflowId: state.workflowId })),
  );
  return told
    .sort((one, other) => one.note.at - other.note.at)
    .map(({ note, workflowId }) => viewNote(note, workflowId));
}

/** A note as callers see it. */
export function viewNote(note: LeftNote, workflowId: string): NoteView {
  const { text, kind, for: to, step, attempt, agent, worker, at } = note;
  return {
    ...{ text, from: agent, ...(worker !== undefined && { worker }) },
    ...{ workflowId, stepId: step, attempt, at: new Date(at).toISOString() },
    ...(kind && { kind }),
    ...(to !== undefined && { for: to }),
  };
}

interface Place extends RelatedRun {
  readonly stepId: string;
}

const sourceKey = (workflowId: string, stepId: string): string => `${workflowId}/${stepId}`;

/** The step that the run of a place performs. */
function placeAround({ state }: Place, byId: ReadonlyMap<string, RelatedRun>): Place | undefined {
  if (!state.parent) return undefined;
  const run = byId.get(state.parent.workflowId);
  return run?.plan.indexOf.has(state.parent.stepId) ? { ...run, stepId: state.parent.stepId } : undefined;
}

/**
 * The nearest agents before a step, however many commands lie between. A step that is a run of its own stands for all
 * workers of that run.
 */
function addNearest({ plan, state, stepId }: Place, byId: ReadonlyMap<string, RelatedRun>, sources: Set<string>): void {
  const { offsets, list } = plan.predecessors;
  const first = plan.indexOf.get(stepId)!;
  const seen = new Set([first]);
  const queue = [first];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (let at = offsets[next]!; at < offsets[next + 1]!; at++) {
      const { from } = plan.edges[list[at]!]!;
      if (seen.has(from)) continue;
      seen.add(from);
      const { child } = state.steps[from]!;
      // Steps that Baton performs say nothing; a failed agent did not deliver, and may have said something.
      if (plan.byWorker[from]) sources.add(sourceKey(state.workflowId, plan.workflow.steps[from]!.id));
      const { status } = state.steps[from]!;
      const hasAgents = child !== undefined && addAllOf(child, byId, sources);
      if (!(plan.byWorker[from] || hasAgents) || (status !== "completed" && isSettled(state.steps[from]!)))
        queue.push(from);
    }
  }
}

/** Adds all workers of a run and of those inside of it. Returns whether there are any. */
function addAllOf(
  run: string,
  byId: ReadonlyMap<string, RelatedRun>,
  sources: Set<string>,
  seen = new Set<string>(),
): boolean {
  const related = byId.get(run);
  if (!related || seen.has(run)) return false;
  seen.add(run);
  let found = false;
  related.state.steps.forEach(({ child }, index) => {
    if (related.plan.byWorker[index]) sources.add(sourceKey(run, related.plan.workflow.steps[index]!.id));
    const inside = child !== undefined && addAllOf(child, byId, sources, seen);
    found ||= inside || related.plan.byWorker[index] === 1;
  });
  return found;
}

/** The names that a step's performer goes by. */
function rolesOf(plan: Plan, state: RunState, index: number): string[] {
  if (!plan.byWorker[index]) return [];
  const { lease } = state.steps[index]!;
  const { name, candidates } = targetOf(plan, state, index);
  return [name, ...candidates.map((one) => one.name), ...(lease ? [lease.agent] : [])];
}

function isAddressed({ for: to }: LeftNote, names: readonly string[], roles: readonly string[]): boolean {
  if (to === undefined) return false;
  if (to === "all") return true;
  return to.some((one) => names.some((name) => namesStep(one, name)) || roles.some((role) => sameName(one, role)));
}

/**
 * Whether an address means a step: its id, the step that it was expanded from, or its id in the plan that it was
 * expanded from (`parser` for `build.parser`).
 */
export function namesStep(address: string, stepId: string): boolean {
  const [to, id] = [address.toLowerCase(), stepId.toLowerCase()];
  return to === id || id.startsWith(`${to}.`) || id.endsWith(`.${to}`);
}

/** Whom notes in a run can be addressed to: its steps, and the roles of its workers. */
export function recipientsIn({ plan, state }: RelatedRun): { readonly steps: string[]; readonly roles: string[] } {
  const steps: string[] = [];
  const roles = new Set<string>();
  plan.workflow.steps.forEach(({ id }, index) => {
    if (plan.discarded[index]) return;
    steps.push(id);
    for (const role of rolesOf(plan, state, index)) roles.add(role);
  });
  return { steps, roles: [...roles] };
}
