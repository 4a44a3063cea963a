import { expect } from "vitest";
import type { JournalEvent } from "../../../src/model/event.ts";
import type { Message } from "../../../src/model/message.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState, StepState } from "../../../src/model/run-state.ts";
import type { WorkerConfig } from "../../../src/model/worker.ts";
import { type Decision, decide } from "../../../src/run/decide.ts";
import { readersOf } from "../../../src/run/features/amending.ts";
import { isAwaitingAnswers, questionsOf } from "../../../src/run/features/questions.ts";
import { handleMessage } from "../../../src/run/handle-message.ts";
import { toSnapshot } from "../../../src/run/snapshot.ts";
import { outcomeOf } from "../../../src/run/state/message-dedup.ts";
import { isForWorkers } from "../../../src/run/state/performer.ts";
import { stepsToRestart } from "../../../src/run/state/restart.ts";
import { isHeld, isSettled, slotCount } from "../../../src/run/state/state.ts";
import { readySteps } from "../../../src/run/view/view.ts";
import type { Watch } from "./simulation.ts";

/** The state of a step derived from the events alone, to compare the fold with. */
interface Known {
  attempt: number;
  /** The token that may deliver. */
  holder?: string;
  /** Whether the holder has delivered and waits for the checks. */
  delivered?: boolean;
  phase: "free" | "started" | "assigned" | "verifying";
  /** Number of leases that expired in a row. */
  vanished: number;
  failures: number;
  fallbacks: number;
  /** Number of rounds of questions to the user. */
  rounds: number;
  /** The completion of the step, as text. */
  done?: string;
}

const fresh = (attempt = 0): Known => ({ attempt, phase: "free", vanished: 0, failures: 0, fallbacks: 0, rounds: 0 });
const EXPIRIES = 5;

/**
 * The state of a step that a checkpoint restores: everything except the attempt. A step in flight is ready; a step that
 * asked still waits.
 */
function kept(whole: StepState, now: boolean) {
  const {
    attempt: _a,
    lease,
    verifying: _v,
    retryAt: _r,
    baselining: _b,
    treeing: _t,
    rechecking: _c,
    ...step
  } = whole;
  // Whether the gate has been evaluated already makes no difference.
  if (step.status === "pending" && step.unsettledEdges === 0) return { ...step, status: "ready" };
  const free = isSettled(whole) || isHeld(whole) || isAwaitingAnswers(whole) || step.status === "pending";
  if (now || free) return { ...step, ...(free && lease && { lease }) };
  return { ...step, status: "ready" };
}

function evidenceOf({ baseline, changes }: StepState, checks: number): StepState["evidence"] {
  if (checks === 0) return "reported";
  // Every check fails before the work, if it ran then. No check names a file.
  return (baseline?.checks ?? []).length > 0 && !changes?.shared ? "verified" : "checked";
}

const BURIED = { status: "skipped", failures: 0, crashes: 0, unsettledEdges: 0 };
const words = (value: unknown) => JSON.stringify(value);
const doneWords = ({ status, output, evidence, context, attempt, endedAt, exitCode }: StepState) =>
  words({ status, output, evidence, context, attempt, endedAt, exitCode });

/** Watches a simulated run and throws at the first broken rule (SEMANTICS §2, §5, §6). */
export function witness(plan: Plan): Watch {
  const steps = plan.workflow.steps.map(() => fresh());
  const checkpoints = new Map<string, StepState[]>();
  const everMade = new Set<string>();
  let revived = false;

  const forget = (index: number) => {
    steps[index] = fresh(steps[index]!.attempt);
  };
  const hold = (known: Known, token?: string) => {
    if (token === undefined) delete known.holder;
    else known.holder = token;
    delete known.delivered;
  };

  function stepEvent(state: RunState, event: Extract<JournalEvent, { step: string }>, index: number) {
    const known = steps[index]!;
    const config = plan.workflow.steps[index]!.config as WorkerConfig;
    switch (event.type) {
      case "step_started":
      case "step_assigned": {
        const anew = event.type === "step_assigned" && known.phase === "assigned";
        // A leased step may be assigned again only to the same worker. The former token is then invalid.
        if (anew) expect(event.attempt).toBe(known.attempt);
        else {
          expect(known.phase).toBe("free");
          expect(event.attempt).toBeGreaterThan(known.attempt);
        }
        known.attempt = event.attempt;
        known.phase = event.type === "step_started" ? "started" : "assigned";
        return hold(known, event.type === "step_assigned" ? event.assignment : undefined);
      }
      case "step_completed": {
        const byBaton = known.phase === "started";
        if (byBaton) expect(isForWorkers(plan, state, index)).toBe(false);
        const checks = config.verify?.length ?? 0;
        expect(event.evidence).toBe(byBaton ? undefined : evidenceOf(state.steps[index]!, checks));
        if (checks > 0 && !byBaton) expect(known.phase).toBe("verifying");
        known.phase = "free";
        known.done = doneWords(state.steps[index]!);
        return;
      }
      case "step_failed": {
        known.phase = "free";
        if (event.reason === "lease_expired") {
          expect(known.vanished).toBe(EXPIRIES - 1);
          expect(event.retryAt).toBeUndefined();
        } else known.failures++;
        if (event.retryAt !== undefined)
          expect(known.failures).toBeLessThanOrEqual(plan.workflow.steps[index]!.retry.retries);
        if (event.retryAt !== undefined || event.fallback !== undefined) hold(known);
        if (event.fallback !== undefined) {
          expect(event.fallback).toBe(++known.fallbacks);
          known.failures = 0;
        }
        known.vanished = 0;
        return;
      }
      case "step_reported":
        if (known.phase === "free") revived = true;
        known.vanished = 0;
        known.delivered = true;
        known.phase = "free";
        return;
      case "verification_started":
        known.phase = "verifying";
        return;
      case "baseline_taken":
        // How things were before the work, and only then.
        expect(known.phase).toBe("free");
        expect(known.holder === undefined || state.steps[index]!.lease?.expired).toBeTruthy();
        return;
      case "delivery_refused":
        expect(state.steps[index]!.refusals).toEqual(["files"]);
        known.phase = "assigned";
        delete known.delivered;
        return;
      case "verification_deferred":
        expect(state.steps[index]!.changes?.shared).toBe(true);
        known.phase = "free";
        return;
      case "verification_failed":
        known.failures++;
        expect(known.failures).toBeLessThanOrEqual(plan.workflow.steps[index]!.retry.retries);
        known.attempt++;
        known.phase = "assigned";
        delete known.delivered;
        return;
      case "step_progressed":
        if (known.phase === "free") {
          known.vanished = 0;
          revived = true;
        }
        known.phase = "assigned";
        return;
      case "lease_expired":
        expect(++known.vanished).toBeLessThan(EXPIRIES);
        known.phase = "free";
        return;
      case "delivery_amended":
        expect(known.holder).toBeDefined();
        expect(known.phase).not.toBe("assigned");
        if (event.again) {
          known.phase = "free";
          // It is checked again while others have started.
          revived = true;
        }
        known.delivered = true;
        if (event.again) delete known.done;
        else if (known.done !== undefined) known.done = doneWords(state.steps[index]!);
        // Nobody has used what is being replaced.
        for (const reader of readersOf(plan, index)) expect(state.steps[reader]!.startedAt).toBeUndefined();
        return;
      case "step_taken_over":
        expect(known.phase).toBe("assigned");
        expect(state.steps[index]!.expiries ?? 0).toBe(known.vanished);
        known.phase = "free";
        return hold(known);
      case "step_released":
      case "step_transferred":
        known.vanished = 0;
        known.phase = "free";
        return hold(known);
      case "questions_asked": {
        expect(known.holder).toBeDefined();
        expect(event.round).toBe(++known.rounds);
        expect(known.rounds).toBeLessThanOrEqual(config.questions ?? 5);
        expect(state.steps[index]!.failures).toBe(known.failures);
        known.vanished = 0;
        known.phase = "free";
        return hold(known);
      }
      case "questions_answered":
        expect(event.round).toBe(known.rounds);
        expect(state.steps[index]!.status).toBe("ready");
        expect(
          state.givenAnswers
            .filter(({ stepId, round }) => stepId === event.step && round === event.round)
            // Answers from before a restart of the step stay.
            .slice(-event.answers.length),
        ).toMatchObject(event.answers);
        return;
      case "step_interrupted":
        if (known.phase === "verifying") known.phase = "free";
        else {
          known.phase = "free";
          hold(known);
        }
        return;
      case "step_cancelled":
        known.phase = "free";
        return;
      default:
    }
  }

  function runEvent(state: RunState, event: JournalEvent) {
    switch (event.type) {
      case "cancel_requested":
      case "run_timed_out":
        for (const known of steps) if (known.phase === "assigned") known.phase = "free";
        return;
      case "run_restarted":
        for (const index of stepsToRestart(plan, event.step)) forget(index);
        return;
      case "steps_grown":
        while (steps.length < plan.size) steps.push(fresh());
        return;
      case "checkpoint_created":
        expect(everMade).not.toContain(event.checkpoint);
        everMade.add(event.checkpoint);
        checkpoints.set(event.checkpoint, structuredClone(state.steps));
        return;
      case "checkpoint_deleted":
        checkpoints.delete(event.checkpoint);
        return;
      case "run_restored": {
        expect(state.status).toBe("paused");
        const then = checkpoints.get(event.checkpoint)!;
        state.steps.forEach((step, index) => {
          if (plan.discarded[index]) return;
          expect(kept(step, true)).toEqual(kept(then[index]!, false));
          expect(step.attempt).toBeGreaterThanOrEqual(then[index]!.attempt);
          const { failures, fallback = 0, expiries = 0, lease, status, rounds = [] } = step;
          steps[index] = {
            ...fresh(steps[index]!.attempt),
            ...{ failures, fallbacks: fallback, vanished: expiries, rounds: rounds.length },
            ...(isHeld(step) && { phase: "started" as const }),
            ...(lease && isSettled(step) && { holder: lease.token, delivered: true }),
            ...(status === "completed" && { done: doneWords(step) }),
          };
        });
        return;
      }
      default:
    }
  }

  function indexesAgree(state: RunState) {
    const where = (test: (step: StepState, index: number) => boolean | undefined) =>
      state.steps.flatMap((step, index) => (test(step, index) ? [index] : []));
    const sorted = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);
    const { claimed, offered, running } = state;
    expect(sorted(claimed)).toEqual(where(({ status }) => status === "assigned" || status === "reported"));
    expect(sorted(offered)).toEqual(
      where(({ status }, index) => status === "ready" && isForWorkers(plan, state, index)),
    );
    expect(sorted(running)).toEqual(where((step) => (step.status === "running" && !isHeld(step)) || step.verifying));
    expect(sorted(state.awaitingAnswers)).toEqual(where(isAwaitingAnswers));
    expect(questionsOf(plan, state)).toHaveLength(state.awaitingAnswers.size);
    const still = state.awaitingAnswers.size > 0 && running.size + claimed.size === 0;
    if (state.status !== "running" || !state.stopping)
      expect(state.activeSince !== undefined).toBe(state.status === "running" && !still);
    expect(state.unsettled).toBe(where((step) => !isSettled(step)).length);
    for (const index of [...offered, ...claimed]) expect(isForWorkers(plan, state, index)).toBe(true);
  }

  function bounds(state: RunState) {
    expect(state.running.size).toBeLessThanOrEqual(slotCount(state));
    // A worker that returns after its lease has expired, or to its delivery, may find that others have started.
    if (state.mode === "sequential" && !revived)
      expect(new Set([...state.running, ...state.claimed]).size).toBeLessThanOrEqual(1);
  }

  return {
    event(state, event) {
      if ("step" in event && event.step !== undefined && event.type !== "run_restarted") {
        if (event.type !== "checkpoint_created") stepEvent(state, event, plan.indexOf.get(event.step)!);
      }
      runEvent(state, event);
      for (const [index, known] of steps.entries()) {
        if (!plan.discarded[index]) continue;
        // The step no longer exists: nothing was or will be performed.
        expect(state.steps[index]).toEqual({ ...BURIED, attempt: state.steps[index]!.attempt });
        steps[index] = fresh(known.attempt);
      }
      state.steps.forEach((step, index) => {
        const known = steps[index]!;
        expect(step.attempt).toBeGreaterThanOrEqual(known.attempt);
        known.attempt = step.attempt;
        // A completed step never changes.
        if (known.done !== undefined) expect(doneWords(step)).toBe(known.done);
        if (event.type === "lease_expired" && plan.indexOf.get(event.step) === index)
          expect(step.failures).toBe(known.failures);
      });
      indexesAgree(state);
    },
    message(state, message: Message, answer) {
      if (!("assignment" in message)) return;
      if (outcomeOf(state, message.id)) {
        expect(answer).toEqual({ ok: true, value: [] });
        return;
      }
      const given = state.tokens.get(message.assignment)!;
      const known = steps[given.index]!;
      if (known.holder === message.assignment && !known.delivered && !isSettled(state.steps[given.index]!)) return;
      // The worker has lost its step or has already delivered: at most the same message is repeated.
      if (!answer.ok) return;
      const facts = answer.value.map(({ type }) => type);
      if (message.action === "amend" && facts.includes("delivery_amended"))
        expect(facts).toEqual(message.notes ? ["notes_left", "delivery_amended"] : ["delivery_amended"]);
      else expect(facts).toEqual(["delivery_repeated"]);
    },
    settled(state, decision: Decision, now) {
      const before = words(toSnapshot(state));
      expect(decide(plan, state, now)).toEqual(decision);
      expect(words(toSnapshot(state))).toBe(before);
      bounds(state);
      const many = Array.from(
        { length: plan.size + 1 },
        (_, n) => `as_${state.workflowId.slice(3)}zz${String(n).padStart(10, "0")}`,
      );
      const message = { id: "generic", action: "accept", tokens: many, withoutBaseline: true } as const;
      const accepted = handleMessage(plan, state, message, now);
      const listed = readySteps(plan, state).map(({ stepId }) => stepId);
      expect(
        accepted.ok ? accepted.value.flatMap((fact) => (fact.type === "step_assigned" ? [fact.step] : [])) : [],
      ).toEqual(listed);
    },
  };
}
