import { z } from "zod";
import { Heap } from "../../model/data/heap.ts";
import { type EventOf, event, type Fact } from "../../model/event.ts";
import { Baseline } from "../../model/evidence.ts";
import { StepId } from "../../model/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { isChecked } from "../state/checks.ts";
import type { Feature } from "../state/feature.ts";
import { isForWorkers } from "../state/performer.ts";
import { slotCount } from "../state/state.ts";
import { LIVE, unchanged } from "../state/transitions.ts";
import { editStep } from "../state/undo-log.ts";

/** `attempt`: the latest one before the work; 0 if there was none. */
const before = { step: StepId, attempt: z.number().int().nonnegative() };

/** The checks of a ready step run before its work, so that a pass after it means something. */
const baselineStarted = event("baseline_started", before);
const baselineTaken = event("baseline_taken", { ...before, ...Baseline.shape });

declare module "../../model/event.ts" {
  interface FeatureEvents {
    baseline_started: z.infer<typeof baselineStarted>;
    baseline_taken: z.infer<typeof baselineTaken>;
  }
}
declare module "../../model/run-state.ts" {
  interface StepState {
    /** Its checks run before the work: how many owners have begun that. */
    baselining?: number;
  }
  interface FeatureState {
    /** Ready steps with checks that have not run yet, in definition order. Absent until there is one. */
    baselineDue?: Heap | undefined;
    /** Steps whose checks run before the work. */
    readonly baselining: Set<number>;
  }
}

/** How many owners may die or leave while the checks of a step run before its work. */
const MAX_TRIES = 3;

/** The checks of a step run once before its work (SEMANTICS §7). Retries and later workers keep what they told. */
export const baselines: Feature = {
  events: {
    baseline_started: {
      schema: baselineStarted,
      runStatuses: LIVE,
      moves: unchanged("ready"),
      fold(_plan, state, index) {
        const step = state.steps[index]!;
        step.baselining = (step.baselining ?? 0) + 1;
        state.baselining.add(index);
      },
    },
    baseline_taken: { schema: baselineTaken, runStatuses: LIVE, moves: unchanged("ready"), fold: foldTaken },
  },
  initial: () => ({ baselineDue: undefined, baselining: new Set() }),
  indexes: ["baselineDue", "baselining"],
  rebuild(plan, state) {
    state.baselineDue = undefined;
    state.baselining.clear();
    state.steps.forEach((step, index) => {
      addIfDue(plan, state, index);
      if (step.status === "ready" && step.baselining !== undefined) state.baselining.add(index);
    });
  },
  onReady: addIfDue,
  afterStep(plan, state, index, event) {
    // Whoever has accepted the step has waited long enough.
    if (state.baselining.has(index) && state.steps[index]!.status !== "ready") endBaseline(state, index);
    // From now on, checks would no longer tell how things were before the work.
    if (event.type === "step_assigned" && hasChecks(plan, index)) state.steps[index]!.baseline ??= { checks: [] };
  },
  afterRun(plan, state, event) {
    if (event.type !== "run_restored") return;
    // A paused run begins nothing. What runs is killed.
    for (const index of state.baselining) {
      editStep(state, index);
      endBaseline(state, index);
      addIfDue(plan, state, index);
    }
  },
  underWay: ({ baselining }) => baselining,
  recover: recoverBaselines,
  next: nextBaseline,
};

function foldTaken(_plan: Plan, state: RunState, index: number, { tree, checks }: EventOf<"baseline_taken">): void {
  state.steps[index]!.baseline = { ...(tree !== undefined && { tree }), checks };
  endBaseline(state, index);
}

function endBaseline(state: RunState, index: number): void {
  delete state.steps[index]!.baselining;
  state.baselining.delete(index);
}

/** Whether the step is ready, and its checks have not run yet and do not run now. Evaluates nothing. */
function isDue(plan: Plan, state: RunState, index: number): boolean {
  if (!hasChecks(plan, index)) return false;
  const { status, baseline, baselining } = state.steps[index]!;
  const first = status === "ready" && baseline === undefined && baselining === undefined;
  return first && isForWorkers(plan, state, index);
}

const hasChecks = (plan: Plan, index: number): boolean =>
  ((plan.workflow.steps[index]!.config as WorkerConfig).verify ?? []).length > 0;

function addIfDue(plan: Plan, state: RunState, index: number): void {
  if (!isDue(plan, state, index)) return;
  state.baselineDue ??= new Heap();
  state.baselineDue.push(index, index);
}

/** The next baseline to take. There are as many at once as Baton may perform steps. */
function nextBaseline(plan: Plan, state: RunState): Fact | undefined {
  if (!state.baselineDue || state.baselining.size >= slotCount(state)) return undefined;
  // Only rendering tells whether a step has checks that come from data.
  state.baselineDue.prune((index) => isDue(plan, state, index) && isChecked(plan, state, index));
  const due = state.baselineDue.peek();
  if (!due) return undefined;
  const { index } = due;
  return { type: "baseline_started", step: plan.workflow.steps[index]!.id, attempt: state.steps[index]!.attempt };
}

/** Whether a lease of the step must wait for its checks to have run. */
export const awaitsBaseline = (plan: Plan, state: RunState, index: number): boolean =>
  state.baselining.has(index) || (isDue(plan, state, index) && isChecked(plan, state, index));

/** What follows once the checks have run, or could not run. Nothing if nobody waits for them any more. */
export function factsOfBaseline(plan: Plan, state: RunState, index: number, taken: Baseline): Fact[] {
  if (!state.baselining.has(index)) return [];
  const { attempt } = state.steps[index]!;
  return [{ type: "baseline_taken", step: plan.workflow.steps[index]!.id, attempt, ...taken }];
}

/** A new owner runs the checks again, unless its predecessors have failed to so often that the checks may be why. */
function recoverBaselines(plan: Plan, state: RunState): Fact[] {
  return [...state.baselining]
    .sort((a, b) => a - b)
    .map((index): Fact => {
      const { attempt, baselining } = state.steps[index]!;
      const of = { step: plan.workflow.steps[index]!.id, attempt };
      if (baselining! < MAX_TRIES) return { type: "baseline_started", ...of };
      return { type: "baseline_taken", ...of, checks: [] };
    });
}
