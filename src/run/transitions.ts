import type { EventType } from "../model/event.ts";
import type { RunStatus, StepStatus } from "../model/run.ts";

/** From which states an event may take a step. What is not here is refused. */
const STEP_FROM: Partial<Record<EventType, readonly StepStatus[]>> = {
  step_started: ["ready", "waiting"],
  step_spawned: ["running"],
  step_completed: ["running"],
  // From `pending`: its condition could not be evaluated.
  step_failed: ["running", "pending"],
  step_skipped: ["pending"],
  step_cancelled: ["running"],
  step_interrupted: ["running"],
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
  step_started: ["running"],
  step_spawned: LIVE,
  step_completed: LIVE,
  step_failed: LIVE,
  step_skipped: LIVE,
  step_cancelled: LIVE,
  step_interrupted: LIVE,
};

/** A journal that tells of something impossible: it was not written by these rules, or not whole. */
export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition";
}

export function checkRun(event: EventType, status: RunStatus): void {
  const from = RUN_FROM[event];
  if (from && !from.includes(status)) throw new IllegalTransition(`${event} cannot happen to a run that is ${status}`);
}

export function checkStep(event: EventType, step: string, status: StepStatus): void {
  if (!STEP_FROM[event]?.includes(status)) {
    throw new IllegalTransition(`${event} cannot happen to step "${step}", which is ${status}`);
  }
}

/** Whether a caller may ask for this now; else why not, in words for people. */
export function refusal(action: "pause" | "resume" | "cancel" | "restart", status: RunStatus): string | undefined {
  const event = {
    pause: "run_paused",
    resume: "run_resumed",
    cancel: "cancel_requested",
    restart: "run_restarted",
  }[action] as EventType;
  if (RUN_FROM[event]!.includes(status)) return undefined;
  const wanted = RUN_FROM[event]!.join(", ");
  const advice: Partial<Record<RunStatus, string>> = {
    running: action === "resume" ? "It is running already." : "Cancel or pause it first.",
    paused: "It is paused already.",
  };
  return `cannot ${action} a run that is ${status} (only ${wanted}). ${advice[status] ?? "It has ended; restart it to run it again."}`;
}
