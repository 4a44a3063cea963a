import { SESSION_ID } from "../../model/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepState } from "../../model/run-state.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { ProgressView, ReadyView, RunView, StepView } from "../../model/view.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { EDGE_ENDPOINTS, type JsonValue } from "../../model/workflow.ts";
import { ownedDuration } from "../features/owned-time.ts";
import { describeOpenRound, isAwaitingAnswers, questionsOf } from "../features/questions.ts";
import { describeHeld, factsOf } from "../state/gate.ts";
import { targetOf } from "../state/performer.ts";
import { isFinal, isHeld, isSettled, slotCount } from "../state/state.ts";
import { evidenceOf } from "../state/verdict.ts";
import { acceptableSteps } from "../worker/accept.ts";
import { heldBy } from "../worker/lease.ts";
import { viewNote } from "../worker/notes.ts";
import { viewAttempt } from "./attempts.ts";

const iso = (at: number): string => new Date(at).toISOString();

export interface ViewOptions {
  /** Until when a process owned the run, if none does now. */
  readonly ownedUntil?: number | undefined;
  /** With what the workers of agent steps were given, told and answered. */
  readonly inputs?: boolean;
}

/** Everything about a run, in the shape that callers see. `truncateView` truncates it. */
export function viewRun(plan: Plan, state: RunState, now: number, options: ViewOptions = {}): RunView {
  const { steps } = plan.workflow;
  const count = countSteps(plan, state);
  const results: Record<string, JsonValue> = Object.create(null);
  let totalDuration = 0;
  const views: StepView[] = [];
  const held: number[] = [];
  state.steps.forEach((step, index) => {
    if (plan.discarded[index]) return;
    const view = viewStep(plan, state, index, now);
    views.push(options.inputs ? withInput(plan, state, index, view) : view);
    if (isHeld(step)) held.push(index);
    totalDuration += view.duration ?? 0;
    const { outputKey } = steps[index]!;
    if (outputKey !== undefined && step.status === "completed") results[outputKey] = step.output ?? null;
  });
  const wallDuration = ownedDuration(state, options.ownedUntil ?? now);
  const efficiency = parallelEfficiency(plan, state, wallDuration, now);
  return {
    workflowId: state.workflowId,
    name: state.name,
    ...(state.template !== undefined && { template: state.template }),
    ...sessionOf(state),
    status: state.status,
    ...(isFinal(state) && { success: state.status === "completed" }),
    ...runNote(plan, state),
    steps: views,
    results,
    ...(options.inputs &&
      state.notes.length > 0 && { notes: state.notes.map((note) => viewNote(note, state.workflowId)) }),
    executionLog: state.log.map((entry) => viewAttempt(plan, entry)),
    metrics: {
      totalSteps: count.total,
      completedSteps: count.completed,
      failedSteps: count.failed,
      skippedSteps: count.skipped,
      cancelledSteps: count.cancelled,
      totalDuration,
      wallDuration,
      ...(efficiency !== undefined && { parallelEfficiency: efficiency }),
    },
    metadata: {
      startTime: iso(state.createdAt),
      ...(state.endedAt !== undefined && { endTime: iso(state.endedAt) }),
      timestamp: iso(now),
    },
    progress: progressFrom(count),
    activeSteps: [...new Set([...state.running, ...state.claimed, ...held])].map((index) =>
      activeStep(plan, state, index, now),
    ),
    nextSteps: nextSteps(plan, state).map((index) => ({ id: steps[index]!.id, name: steps[index]!.name })),
    ready: readySteps(plan, state),
    questions: questionsOf(plan, state),
    rev: state.rev,
  };
}

/**
 * The share of the slots that was busy while a process owned the run. Of a run with workers or child runs it would say
 * nothing: Baton does not see how busy those are.
 */
function parallelEfficiency(plan: Plan, state: RunState, wallDuration: number, now: number): number | undefined {
  for (let index = 0; index < plan.size; index++)
    if (plan.discarded[index] !== 1 && (plan.byWorker[index] === 1 || plan.passive[index] === 1)) return undefined;
  if (wallDuration === 0) return undefined;
  const busy = [...state.running].reduce((sum, index) => sum + now - state.steps[index]!.startedAt!, state.busyMs);
  return round(Math.min(1, busy / (wallDuration * Math.min(slotCount(state), plan.width()))));
}

/** The session whose run it is, if a session started it. */
export function sessionOf({ context: { session } }: RunState): { sessionId?: string } {
  return typeof session === "string" && SESSION_ID.test(session) ? { sessionId: session } : {};
}

function activeStep(plan: Plan, state: RunState, index: number, now: number): RunView["activeSteps"][number] {
  const { attempt, status, startedAt, heldAt, lease } = state.steps[index]!;
  const holder = heldBy(state.steps[index]!);
  const { id, name } = plan.workflow.steps[index]!;
  const active = {
    id,
    name,
    status,
    attempt,
    startTime: iso(startedAt!),
    elapsed: Math.max(0, (heldAt ?? now) - startedAt!),
  };
  if (!lease) return active;
  const { agent, worker, token: assignment, expiresAt, percent, task } = lease;
  return {
    ...active,
    agent,
    ...(worker !== undefined && { worker }),
    // A delivered step cannot be delivered again.
    ...(status === "assigned" && { assignment, expiresAt: iso(expiresAt) }),
    ...(holder && { heldBy: holder }),
    ...(percent !== undefined && { percent }),
    ...(task !== undefined && { task }),
  };
}

/** Characters of a summary: enough to tell steps apart. */
const MAX_SUMMARY_CHARACTERS = 120;

/** The steps that an agent may accept now. */
export function readySteps(plan: Plan, state: RunState): ReadyView[] {
  if (state.status !== "running" || state.stopping || state.restoring) return [];
  return acceptableSteps(plan, state, {}).map((index) => {
    const { id: stepId, name, description, config } = plan.workflow.steps[index]!;
    const { action } = config as WorkerConfig;
    const prompt = promptOf(plan, state, index);
    const about = [name === stepId ? undefined : name, action, description ?? prompt].filter(Boolean).join(": ");
    const line = about.replaceAll(/\s+/g, " ");
    const summary = truncate(line, MAX_SUMMARY_CHARACTERS) || stepId;
    return { workflowId: state.workflowId, stepId, agent: targetOf(plan, state, index).name, summary };
  });
}

/** The prompt of a step. Where it cannot be rendered, as it is written. */
function promptOf(plan: Plan, state: RunState, index: number): string | undefined {
  const { prompt } = plan.workflow.steps[index]!.config as WorkerConfig;
  if (prompt?.includes("{{") !== true) return prompt;
  const rendered = plan.render(index, factsOf(state));
  return rendered.ok ? (rendered.value.config as WorkerConfig).prompt : prompt;
}

export const progressOf = (plan: Plan, state: RunState): ProgressView => progressFrom(countSteps(plan, state));

type Counts = ReturnType<typeof countSteps>;

/** Steps by status. One that only expands into others is no work, and counts only if it failed. */
function countSteps(plan: Plan, state: RunState) {
  const count = { completed: 0, failed: 0, skipped: 0, cancelled: 0, settled: 0, total: 0 };
  state.steps.forEach((step, index) => {
    if (plan.discarded[index] || (plan.expands[index] && step.status !== "failed")) return;
    count.total++;
    if (isSettled(step)) count.settled++;
    if (step.status in count) count[step.status as "completed"]++;
  });
  return count;
}

const progressFrom = ({ completed, settled, total }: Counts): ProgressView => ({
  ...{ completed, settled, total },
  percentage: total === 0 ? 0 : Math.floor((100 * completed) / total),
});

/** With what its worker was, or will be, given. Filled in anew: what a step reads stands as long as the step does. */
function withInput(plan: Plan, state: RunState, index: number, view: StepView): StepView {
  if (plan.byWorker[index] !== 1 || view.attempt === 0) return view;
  const rendered = plan.render(index, factsOf(state));
  const input = rendered.ok ? (rendered.value.config as WorkerConfig).input : undefined;
  return input === undefined ? view : { ...view, input };
}

/** One step as callers see it. */
export function viewStep(plan: Plan, state: RunState, index: number, now: number): StepView {
  const { id, name, type, outputKey } = plan.workflow.steps[index]!;
  const step = state.steps[index]!;
  const { status, attempt, startedAt, endedAt, error } = step;
  const doneAt = step.heldAt ?? endedAt ?? now;
  return {
    id,
    name,
    type,
    status,
    ...(status === "completed" && { evidence: evidenceOf(plan, state, index) }),
    ...learnedOf(step),
    attempt,
    ...(startedAt !== undefined && { startTime: iso(startedAt) }),
    ...(endedAt !== undefined && { endTime: iso(endedAt) }),
    ...(startedAt !== undefined && { duration: Math.max(0, doneAt - startedAt) }),
    ...(step.output !== undefined && { output: step.output }),
    ...(outputKey !== undefined && { outputKey }),
    ...(step.exitCode !== undefined && { exitCode: step.exitCode }),
    ...(error && {
      error: {
        reason: error.reason,
        message: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      },
    }),
    ...(step.skipped !== undefined && { skipped: step.skipped }),
    ...(isHeld(step) && { held: describeHeld(plan, state, index) }),
    ...(isAwaitingAnswers(step) && { asks: describeOpenRound(plan, state, index) }),
    ...(step.retryAt !== undefined && { retryAt: new Date(step.retryAt).toISOString() }),
    ...(step.child !== undefined && { child: step.child }),
    ...(step.lease && { agent: step.lease.agent }),
    ...(step.lease?.worker !== undefined && { worker: step.lease.worker }),
  };
}

/** Files of a change that a view names. */
const MAX_FILES_LISTED = 20;

/** What Baton learned of the delivery of a step, in short. */
function learnedOf({ note, checks, changes }: StepState): Pick<StepView, "note" | "checks" | "changes"> {
  const short = changes && {
    ...changes,
    files: changes.files.slice(0, MAX_FILES_LISTED),
    ...(changes.files.length > MAX_FILES_LISTED && { total: changes.total ?? changes.files.length }),
  };
  return {
    ...(note !== undefined && { note }),
    ...(checks && { checks: checks.map(({ message: _, ...check }) => check) }),
    ...(short && { changes: short }),
  };
}

/** What starts next unless something fails: ready steps, then steps that wait only for running steps. At most ten. */
function nextSteps(plan: Plan, state: RunState): number[] {
  const next = new Set<number>();
  if (isFinal(state) || state.stopping) return [];
  const LIMIT = 10;
  for (let index = 0; index < plan.size && next.size < LIMIT; index++) {
    if (state.steps[index]!.status === "ready") next.add(index);
  }
  const { offsets, list } = plan.successors;
  for (const index of [...state.running, ...state.claimed, ...state.offered]) {
    for (let at = offsets[index]!; at < offsets[index + 1]! && next.size < LIMIT; at++) {
      const { to } = plan.edges[list[at]!]!;
      if (state.steps[to]!.status === "pending" && waitsOnlyForRunning(plan, state, to)) next.add(to);
    }
  }
  return [...next].sort((a, b) => a - b);
}

function waitsOnlyForRunning(plan: Plan, state: RunState, index: number): boolean {
  const { offsets, list } = plan.predecessors;
  for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
    const { from: before, type } = plan.edges[list[at]!]!;
    const underWay = state.running.has(before) || state.claimed.has(before) || state.offered.has(before);
    const done = isSettled(state.steps[before]!) || isHeld(state.steps[before]!);
    if (!underWay && !done && EDGE_ENDPOINTS[type].holds === "start") return false;
  }
  return true;
}

function runNote(plan: Plan, state: RunState): { note?: string } {
  if (state.stopping === "timeout") return { note: `The run reached its timeout of ${plan.workflow.timeout} ms.` };
  if (state.stopping === "cancel" && !isFinal(state)) return { note: "Cancelling: waiting for running steps to end." };
  if (state.restoring) return { note: `Being restored to ${state.restoring}.` };
  if (state.pause) return { note: state.pause.message ?? "Paused on request." };
  return {};
}

const round = (ratio: number): number => Math.round(ratio * 1000) / 1000;
