import { ok, type Result } from "../model/data/result.ts";
import type { Fact } from "../model/event.ts";
import { type FeatureMessages, type Message, type Refusal, refuse } from "../model/message.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";
import { checkpointFact, findCheckpoint } from "./state/checkpoint.ts";
import type { Handle } from "./state/feature.ts";
import { outcomeOf } from "./state/message-dedup.ts";
import { stepsToRestart } from "./state/restart.ts";
import { isFinal } from "./state/state.ts";
import { actionRefusal } from "./state/transitions.ts";
import { handleAccept } from "./worker/accept.ts";
import { handleDelivery } from "./worker/deliver.ts";

/**
 * Returns what a message brings about. A message that was answered before brings about nothing: its effects are in the
 * journal.
 */
export function handleMessage(plan: Plan, state: RunState, message: Message, now: number): Result<Fact[], Refusal> {
  if (outcomeOf(state, message.id)) return ok([]);
  if ("stepId" in message && message.stepId !== undefined && !plan.indexOf.has(message.stepId)) {
    return refuse("unknown_step", `the workflow "${state.name}" has no step "${message.stepId}"`);
  }
  if (state.restoring) return refuse("busy", "the run is being restored to a checkpoint; try again");
  switch (message.action) {
    case "pause":
    case "resume":
    case "cancel":
    case "restart": {
      const refused = actionRefusal(message.action, state.status);
      return refused === undefined ? control(plan, state, message) : refuse("illegal_transition", refused);
    }
    case "accept":
      return handleAccept(plan, state, message, now);
    case "checkpoint":
      return ok([checkpointFact(state, "manual", { name: message.name })]);
    case "delete_checkpoint":
    case "restore": {
      const { action, checkpoint } = message;
      if (!findCheckpoint(state, checkpoint)) {
        return refuse("unknown_checkpoint", `the run has no checkpoint "${checkpoint}"`);
      }
      if (action === "delete_checkpoint") return ok([{ type: "checkpoint_deleted", checkpoint }]);
      // A run that has ended has nothing to stop, and no caller waits for it.
      return ok([{ type: isFinal(state) ? "run_restored" : "restore_requested", checkpoint }]);
    }
    default:
      return "assignment" in message
        ? handleDelivery(plan, state, message, now)
        : handleByFeature(plan, state, message, now);
  }
}

type FeatureRequest = Exclude<FeatureMessages[keyof FeatureMessages], { assignment: string }>;

/** A feature brings this message, so it knows what follows. */
function handleByFeature(plan: Plan, state: RunState, message: FeatureRequest, now: number): Result<Fact[], Refusal> {
  const { handle } = state.features.messages[message.action] as unknown as { handle: Handle<FeatureRequest> };
  return handle(plan, state, message, now);
}

type Control = Extract<Message, { action: "pause" | "resume" | "cancel" | "restart" }>;

function control(plan: Plan, state: RunState, message: Control): Result<Fact[], Refusal> {
  switch (message.action) {
    case "pause":
      return ok([{ type: "run_paused", reason: "requested" }, checkpointFact(state, "pause", {}, 1)]);
    case "resume":
      return ok([{ type: "run_resumed" }]);
    case "cancel":
      return ok([{ type: "cancel_requested" }]);
    case "restart": {
      if (state.stopping && !isFinal(state)) {
        return refuse("busy", "cannot restart a run that is being cancelled; wait until it has ended");
      }
      const busy = stepsToRestart(plan, message.stepId).filter((index) => state.running.has(index));
      if (busy.length > 0) {
        const names = busy.map((index) => `"${plan.workflow.steps[index]!.id}"`).join(", ");
        return refuse("busy", `cannot restart while ${names} is still running; wait for it or cancel`);
      }
      return ok([{ type: "run_restarted", ...(message.stepId !== undefined && { step: message.stepId }) }]);
    }
  }
}
