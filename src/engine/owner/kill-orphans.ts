import type { Plan } from "../../model/plan.ts";
import { inFlight } from "../../run/recovery.ts";
import type { RunState } from "../../run/state/state.ts";
import { findByEnvironment, groupExists, killGroup, startTimeOf } from "../../system/process.ts";

/** How long killed processes have to disappear, and how often to look, in milliseconds. */
const PATIENCE = 2_000;
const LOOK_AGAIN = 10;

/**
 * Kills what a dead owner left running for this run, before anything is started again: the process groups in its journal, and
 * whatever carries the in-flight attempt in its environment (an owner may die between spawning a process and writing so
 * down, and a process may leave its group). Finished steps' background processes are left alone.
 */
export async function killOrphans(plan: Plan, state: RunState): Promise<void> {
  const groups: number[] = [];
  const strays: number[] = [];
  for (const index of inFlight(state)) {
    const { pid, processStarted, attempt } = state.steps[index]!;
    if (pid !== undefined && startTimeOf(pid) === processStarted && killGroup(pid, "SIGKILL")) groups.push(pid);
    const carried = {
      BATON_WORKFLOW_ID: state.workflowId,
      BATON_STEP_ID: plan.workflow.steps[index]!.id,
      BATON_ATTEMPT: String(attempt),
    };
    for (const pid of findByEnvironment(carried)) {
      if (kill(pid)) strays.push(pid);
    }
  }
  for (let waited = 0; waited < PATIENCE; waited += LOOK_AGAIN) {
    if (!groups.some(groupExists) && !strays.some((pid) => startTimeOf(pid) !== undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
