import { type Scheduler, sleep } from "../../model/contracts/scheduler.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { underWay } from "../../run/recovery.ts";
import { findByEnvironment, groupExists, killGroup, startTimeOf } from "../../system/process.ts";

/** How long killed processes have to disappear, in milliseconds. */
const KILL_TIMEOUT_MS = 2_000;
/** How often to look whether they have, in milliseconds. */
const POLL_INTERVAL_MS = 10;

/**
 * Kills the processes that a dead owner left running, before this owner starts any. These are the process groups in the
 * journal and all processes with the in-flight attempt in their environment. The journal alone is not enough: an owner
 * may die between spawning and journalling, and a process may leave its group. Background processes of finished steps
 * keep running.
 */
export async function killOrphans(plan: Plan, state: RunState, scheduler: Scheduler): Promise<void> {
  const groups: number[] = [];
  const strays: number[] = [];
  for (const index of underWay(state)) {
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
  for (let waited = 0; waited < KILL_TIMEOUT_MS; waited += POLL_INTERVAL_MS) {
    if (!groups.some(groupExists) && !strays.some((pid) => startTimeOf(pid) !== undefined)) return;
    await sleep(scheduler, POLL_INTERVAL_MS);
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
