import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Result } from "../model/result.ts";
import { err, ok } from "../model/result.ts";
import type { Message } from "../model/store.ts";
import { affectedBy } from "./restart.ts";
import type { RunState } from "./state.ts";
import { refusal } from "./transitions.ts";

export interface Refusal {
  readonly reason: "illegal_transition" | "unknown_step" | "busy";
  readonly message: string;
}

/** What a message brings about. A message that was answered before brings about nothing: its effects are in the journal. */
export function receive(plan: Plan, state: RunState, message: Message): Result<Fact[], Refusal> {
  if (state.causes.has(message.id)) return ok([]);
  if (message.stepId !== undefined && !plan.indexOf.has(message.stepId)) {
    return err({ reason: "unknown_step", message: `the workflow "${state.name}" has no step "${message.stepId}"` });
  }
  const refused = refusal(message.action, state.status);
  if (refused !== undefined) return err({ reason: "illegal_transition", message: refused });
  switch (message.action) {
    case "pause":
      return ok([{ type: "run_paused", reason: "requested" }]);
    case "resume":
      return ok([{ type: "run_resumed" }]);
    case "cancel":
      return ok([{ type: "cancel_requested" }]);
    case "restart": {
      const busy = affectedBy(plan, message.stepId).filter((index) => state.running.has(index));
      if (busy.length > 0) {
        const names = busy.map((index) => `"${plan.workflow.steps[index]!.id}"`).join(", ");
        return err({
          reason: "busy",
          message: `cannot restart while ${names} is still running; wait for it or cancel`,
        });
      }
      return ok([{ type: "run_restarted", ...(message.stepId !== undefined && { step: message.stepId }) }]);
    }
  }
}
