import type { EventType } from "../../model/event.ts";
import type { RunStatus, StepStatus } from "../../model/run.ts";

/** Where an event may take a step, by the status that it finds the step in. */
export type Moves = Partial<Record<StepStatus, readonly StepStatus[]>>;

export type StepTransitions = Readonly<Partial<Record<EventType, Moves>>>;
export type RunStatuses = Readonly<Partial<Record<EventType, readonly RunStatus[]>>>;

export const unchanged = (...statuses: StepStatus[]): Moves =>
  Object.fromEntries(statuses.map((status) => [status, [status]]));

/** A failed attempt is tried again at once or later, or it was the last. */
const AFTER_FAILURE: readonly StepStatus[] = ["ready", "waiting", "failed"];
const AFTER_COPY: readonly StepStatus[] = ["completed", "failed", "skipped", "cancelled"];

/**
 * What events may do to a step; features add theirs. An event that finds a step in another status is refused.
 * `npm run docs` draws the diagram in docs/architecture.md from all of them, and every simulated run in the tests keeps
 * to them.
 */
export const STEP_TRANSITIONS: StepTransitions = {
  step_started: { ready: ["running"], waiting: ["running"] },
  child_started: unchanged("running"),
  step_spawned: unchanged("running", "assigned", "reported"),
  // From `assigned`: delivered, with nothing to verify.
  step_completed: { running: ["completed"], assigned: ["completed"], reported: ["completed"] },
  step_held: { running: ["running"], assigned: ["running"], reported: ["running"] },
  // From `pending`: the condition of the step could not be evaluated.
  step_failed: { running: AFTER_FAILURE, assigned: AFTER_FAILURE, reported: AFTER_FAILURE, pending: ["failed"] },
  step_skipped: { pending: ["skipped"] },
  step_cancelled: { running: ["cancelled"], reported: ["cancelled"] },
  // The next owner verifies again what was delivered.
  step_interrupted: { running: ["ready"], assigned: ["ready"], reported: ["reported"] },
  step_offered: { waiting: ["ready"] },
  step_assigned: { ready: ["assigned"], assigned: ["assigned"] },
  step_progressed: unchanged("assigned"),
  lease_expired: { assigned: ["ready"] },
  step_released: { assigned: ["ready"] },
  step_transferred: { assigned: ["ready"] },
  step_reported: { assigned: ["reported"] },
  verification_started: unchanged("reported"),
  verification_failed: { reported: ["assigned"] },
  delivery_repeated: unchanged(
    ...(["assigned", "reported", "completed", "failed", "ready", "waiting", "running", "cancelled"] as const),
  ),
  step_copied: { pending: AFTER_COPY, ready: AFTER_COPY },
};

const FINAL: readonly RunStatus[] = ["completed", "failed", "cancelled"];
export const LIVE: readonly RunStatus[] = ["running", "paused"];

/**
 * The statuses in which an event may happen to a run. Events about steps are facts about processes, so they may come
 * while the run is paused.
 */
export const RUN_STATUSES_OF: RunStatuses = {
  run_paused: ["running"],
  run_resumed: ["paused"],
  cancel_requested: LIVE,
  run_timed_out: ["running"],
  run_restarted: [...FINAL, "paused"],
  run_finished: LIVE,
  restore_requested: LIVE,
  run_restored: [...LIVE, ...FINAL],
  step_started: ["running"],
  step_spawned: LIVE,
  child_started: LIVE,
  step_completed: LIVE,
  step_held: LIVE,
  step_failed: LIVE,
  step_skipped: LIVE,
  step_cancelled: LIVE,
  step_interrupted: LIVE,
  step_offered: ["running"],
  step_assigned: ["running"],
  step_progressed: LIVE,
  lease_expired: LIVE,
  step_released: LIVE,
  step_transferred: LIVE,
  step_reported: LIVE,
  verification_started: LIVE,
  verification_failed: LIVE,
  step_copied: ["running"],
};

/** The journal holds an impossible event: these rules did not write it, or it is incomplete. */
export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition";
}

export function checkRunStatus(statuses: RunStatuses, event: EventType, status: RunStatus): void {
  const from = statuses[event];
  if (from && !from.includes(status)) throw new IllegalTransition(`${event} cannot happen to a run that is ${status}`);
}

export const mayHappenTo = (transitions: StepTransitions, event: EventType, status: StepStatus): boolean =>
  transitions[event]?.[status] !== undefined;

/**
 * @param expired whether the lease of the step expired and no other worker accepted it: then the worker may still do
 * what it could do in time
 */
export function checkStepStatus(
  transitions: StepTransitions,
  event: EventType,
  step: string,
  status: StepStatus,
  expired = false,
): void {
  if (expired && transitions[event]?.assigned) return;
  if (!mayHappenTo(transitions, event, status)) {
    throw new IllegalTransition(`${event} cannot happen to step "${step}", which is ${status}`);
  }
}

const ACTIONS = {
  pause: "run_paused",
  resume: "run_resumed",
  cancel: "cancel_requested",
  restart: "run_restarted",
  accept: "step_assigned",
} as const satisfies Record<string, EventType>;

/** Why a caller may not ask for this now, in words for people; `undefined` if it may. */
export function actionRefusal(action: keyof typeof ACTIONS, status: RunStatus): string | undefined {
  const from = RUN_STATUSES_OF[ACTIONS[action]]!;
  if (from.includes(status)) return undefined;
  const advice: Partial<Record<RunStatus, string>> = {
    running: action === "resume" ? "It is running already." : "Cancel or pause it first.",
    paused: action === "accept" ? "Resume it first." : "It is paused already.",
  };
  const what = action === "accept" ? "accept a step of" : action;
  return `cannot ${what} a run that is ${status} (only ${from.join(", ")}). ${advice[status] ?? "It has ended; restart it to run it again."}`;
}
