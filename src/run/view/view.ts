import { SESSION_ID } from "../../model/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepState } from "../../model/run-state.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { ReadyView, RunView, StepView } from "../../model/view.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { EDGE_ENDPOINTS, type JsonValue } from "../../model/workflow.ts";
import { describeOpenRound, isAwaitingAnswers, questionsOf } from "../features/questions.ts";
import { describeHeld, factsOf } from "../state/gate.ts";
import { targetOf } from "../state/performer.ts";
import { isFinal, isHeld, isSettled, slotCount } from "../state/state.ts";
import { evidenceOf } from "../state/verdict.ts";
import { acceptableSteps } from "../worker/accept.ts";
import { heldBy } from "../worker/lease.ts";

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** Everything about a run, in the shape that callers see. `truncateView` truncates it. */
export function viewRun(plan: Plan, state: RunState, now: number): RunView {
  const { steps } = plan.workflow;
  const count = { completed: 0, failed: 0, skipped: 0, cancelled: 0, settled: 0 };
  const results: Record<string, JsonValue> = Object.create(null);
  let totalDuration = 0;
  const views: StepView[] = [];
  const held: number[] = [];
  state.steps.forEach((step, index) => {
    if (plan.discarded[index]) return;
    const view = viewStep(plan, state, index, now);
    views.push(view);
    if (isHeld(step)) held.push(index);
    if (isSettled(step)) count.settled++;
    if (step.status in count) count[step.status as "completed"]++;
    totalDuration += view.duration ?? 0;
    const { outputKey } = steps[index]!;
    if (outputKey !== undefined && step.status === "completed") results[outputKey] = step.output ?? null;
  });
  const wallDuration = (state.endedAt ?? now) - state.startedAt;
  const busy = [...state.running]
    .filter((index) => !state.passive.has(index))
    .reduce((sum, index) => sum + now - state.steps[index]!.startedAt!, state.busyMs);
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
    executionLog: state.log.map(({ index, attempt, status, startedAt, endedAt }) => ({
      step: steps[index]!.id,
      type: steps[index]!.type,
      attempt,
      status,
      startTime: iso(startedAt),
      endTime: iso(endedAt),
      duration: startedAt === undefined ? null : endedAt - startedAt,
    })),
    metrics: {
      totalSteps: plan.stepCount,
      completedSteps: count.completed,
      failedSteps: count.failed,
      skippedSteps: count.skipped,
      cancelledSteps: count.cancelled,
      totalDuration,
      wallDuration,
      parallelEfficiency: wallDuration > 0 ? round(Math.min(1, busy / (wallDuration * slotCount(state)))) : 0,
    },
    metadata: { startTime: iso(state.createdAt), endTime: iso(state.endedAt), timestamp: new Date(now).toISOString() },
    progress: progressOf(plan, state),
    activeSteps: [...new Set([...state.running, ...state.claimed, ...held])].map((index) =>
      activeStep(plan, state, index, now),
    ),
    nextSteps: nextSteps(plan, state).map((index) => ({ id: steps[index]!.id, name: steps[index]!.name })),
    ready: readySteps(plan, state),
    questions: questionsOf(plan, state),
    rev: state.rev,
  };
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
    startTime: iso(startedAt),
    elapsed: Math.max(0, (heldAt ?? now) - startedAt!),
  };
  if (!lease) return active;
  const { agent, worker, token: assignment, expiresAt, percent, task } = lease;
  return {
    ...active,
    agent,
    ...(worker !== undefined && { worker }),
    // A delivered step cannot be delivered again.
    ...(status === "assigned" && { assignment, expiresAt: iso(expiresAt)! }),
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

export function progressOf(plan: Plan, state: RunState): RunView["progress"] {
  const total = plan.stepCount;
  const completed = total - state.unsettled;
  return { completed, total, percentage: Math.floor((100 * completed) / total) };
}

/** One step as callers see it. */
export function viewStep(plan: Plan, state: RunState, index: number, now: number): StepView {
  const { id, name, type } = plan.workflow.steps[index]!;
  const step = state.steps[index]!;
  const { status, attempt, startedAt, endedAt, error } = step;
  const doneAt = step.heldAt ?? endedAt ?? now;
  return {
    id,
    name,
    type,
    status,
    evidence: status === "completed" ? evidenceOf(plan, state, index) : null,
    ...learnedOf(step),
    attempt,
    startTime: iso(startedAt),
    endTime: iso(endedAt),
    duration: startedAt === undefined ? null : Math.max(0, doneAt - startedAt),
    output: step.output ?? null,
    exitCode: step.exitCode ?? null,
    error: error ? { reason: error.reason, message: error.message, hint: error.hint ?? null } : null,
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
