import type { Plan } from "../../model/plan.ts";
import type { Checkpoint } from "../../model/run-state.ts";

/** What the work is called whose delivery has a name of its own. */
const WORK: Readonly<Record<string, string>> = { plan: "planning", breakdown: "breakdown" };

/** The name of a checkpoint: the one it was given, or what Baton made it for. */
export function checkpointName(plan: Plan, { name, trigger, step }: Checkpoint): string | undefined {
  if (name !== undefined) return name;
  switch (trigger) {
    case "agent":
      return step === undefined ? undefined : `${workOf(plan, step)}_complete`;
    case "risky":
      return step === undefined ? undefined : `before_${step}`;
    case "pause":
      return "paused";
    default:
      return undefined;
  }
}

/** A planner's step is planning, whatever its id. */
function workOf(plan: Plan, step: string): string {
  const index = plan.indexOf.get(step);
  const { output } = (index === undefined ? {} : plan.workflow.steps[index]!.config) as { output?: unknown };
  return typeof output === "string" && Object.hasOwn(WORK, output) ? WORK[output]! : step;
}
