import type { EventType } from "../../model/event.ts";
import type { RunStatus, StepStatus } from "../../model/run.ts";

/** From which states an event may take a step. What is not here is refused. */
const STEP_FROM: Partial<Record<EventType, readonly StepStatus[]>> = {
  step_started: ["ready", "waiting"],
  child_started: ["running"],
  step_spawned: ["running", "assigned", "reported"],
  // From `assigned`: delivered, with nothing to verify.
  step_completed: ["running", "assigned", "reported"],
  // From `pending` and `ready`: it is about to be copied.
  steps_grown: ["running", "pending", "ready"],
  step_held: ["running", "assigned", "reported"],
  // From `pending`: its condition could not be evaluated.
  step_failed: ["running", "pending", "assigned", "reported"],
  step_skipped: ["pending"],
  step_cancelled: ["running", "reported"],
  step_interrupted: ["running", "reported", "assigned"],
  step_offered: ["waiting"],
  step_assigned: ["ready", "assigned"],
  step_progressed: ["assigned"],
  lease_expired: ["assigned"],
  step_released: ["assigned"],
  step_transferred: ["assigned"],
  step_reported: ["assigned"],
  questions_asked: ["assigned"],
  questions_answered: ["waiting"],
  verification_started: ["reported"],
  verification_failed: ["reported"],
  delivery_repeated: ["assigned", "reported", "completed", "failed", "ready", "waiting", "running", "cancelled"],
  step_copied: ["pending", "ready"],
  answers_copied: ["pending", "ready"],
};

const FINAL: readonly RunStatus[] = ["completed", "failed", "cancelled"];
const LIVE: readonly RunStatus[] = ["running", "paused"];

/** From which states an event may take a run. Events about steps are facts about processes and may come while paused. */
const RUN_FROM: Partial<Record<EventType, readonly RunStatus[]>> = {
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
  steps_grown: LIVE,
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
  questions_asked: LIVE,
  questions_answered: LIVE,
  verification_started: LIVE,
  verification_failed: LIVE,
  step_copied: ["running"],
  answers_copied: ["running"],
};

/** A journal that tells of something impossible: it was not written by these rules, or not whole. */
export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition";
}

export function checkRun(event: EventType, status: RunStatus): void {
  const from = RUN_FROM[event];
  if (from && !from.includes(status)) throw new IllegalTransition(`${event} cannot happen to a run that is ${status}`);
}

export const mayHappenTo = (event: EventType, status: StepStatus): boolean =>
  STEP_FROM[event]?.includes(status) ?? false;

/** @param expired its lease ran out, and nobody took it since: the worker may still do whatever it might have done in time */
export function checkStep(event: EventType, step: string, status: StepStatus, expired = false): void {
  if (expired && STEP_FROM[event]?.includes("assigned")) return;
  if (!mayHappenTo(event, status)) {
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

/** Whether a caller may ask for this now; else why not, in words for people. */
export function refusal(action: keyof typeof ACTIONS, status: RunStatus): string | undefined {
  const from = RUN_FROM[ACTIONS[action]]!;
  if (from.includes(status)) return undefined;
  const advice: Partial<Record<RunStatus, string>> = {
    running: action === "resume" ? "It is running already." : "Cancel or pause it first.",
    paused: action === "accept" ? "Resume it first." : "It is paused already.",
  };
  const what = action === "accept" ? "accept a step of" : action;
  return `cannot ${what} a run that is ${status} (only ${from.join(", ")}). ${advice[status] ?? "It has ended; restart it to run it again."}`;
}
