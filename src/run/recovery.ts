import type { Fact } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { RunState } from "../model/run-state.ts";

/** How many owners may crash while a step runs before Baton fails the step. */
const MAX_CRASHES = 3;

/**
 * What a new owner makes of the attempts it finds in flight, once their processes are dead (SEMANTICS §2). A retry
 * after a crash does not consume `retries`; one after an orderly end (a closed window, a health check of a host) does
 * not count as a crash either.
 */
export function recover(plan: Plan, state: RunState): Fact[] {
  const facts: Fact[] = [];
  const asking: string[] = [];
  const orderly = state.orderly.before;
  for (const index of inFlight(state)) {
    const { id, onCrash } = plan.workflow.steps[index]!;
    const { attempt, crashes, verifying } = state.steps[index]!;
    const stepAttempt = { step: id, attempt };
    if (state.stopping) {
      facts.push({ type: "step_cancelled", ...stepAttempt });
    } else if (verifying && (orderly || crashes + 1 < MAX_CRASHES)) {
      // Checks only look, so Baton may repeat them whatever the step says.
      facts.push({ type: "step_interrupted", ...stepAttempt, ...(orderly && { orderly }) });
    } else if (onCrash === "fail" || (!orderly && crashes + 1 >= MAX_CRASHES)) {
      const message =
        onCrash === "fail"
          ? "was running when the process that ran it died"
          : `was running in ${MAX_CRASHES} crashes in a row of the process that ran it`;
      const hint = `Restart it with action "restart" and stepId "${id}" once the cause is clear.`;
      facts.push({ type: "step_failed", ...stepAttempt, reason: "crashed", message, hint });
    } else {
      facts.push({ type: "step_interrupted", ...stepAttempt, ...(orderly && { orderly }) });
      if (onCrash === "ask") asking.push(id);
    }
  }
  if (!state.stopping) facts.push(...state.features.recover.flatMap((recover) => recover(plan, state)));
  if (asking.length > 0 && state.status === "running") {
    const steps = asking.map((id) => `"${id}"`).join(", ");
    const message = `${steps} did not finish because the process died, and onCrash is ask. Resume to run again, or cancel.`;
    facts.push({ type: "run_paused", reason: "crash", message });
  }
  return facts;
}

/** Steps for which something is under way that only an owner ends: attempts, verifications, what features do. */
export const underWay = (state: RunState): number[] =>
  [...inFlight(state), ...state.features.underWay.flatMap((underWay) => [...underWay(state)])].sort((a, b) => a - b);

/** What Baton performed itself, or through a process of its own. What other workers hold stays with them. */
export function inFlight(state: RunState): number[] {
  const runners = [...state.claimed].filter((index) => {
    const { status, lease } = state.steps[index]!;
    return status === "assigned" && lease!.runner;
  });
  return [...state.running, ...runners].sort((a, b) => a - b);
}
