import type { ReadyView } from "../../model/view.ts";
import { isOrphaned } from "../../run/orphaned.ts";
import { acceptableSteps } from "../../run/worker/accept.ts";
import type { App } from "../app.ts";
import { readyIn } from "../run-tree.ts";
import { cameBefore, type LeaseKey } from "./lease-steps.ts";

interface Wanted {
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
  readonly stepId?: string | undefined;
}

/** Runs with a step for this worker, the oldest first. An unreadable run does not affect the others. */
export async function runsWithWork({ agent, worker, stepId }: Wanted, app: App, key?: LeaseKey): Promise<string[]> {
  const found: { id: string; at: number }[] = [];
  for (const id of await app.engine.list()) {
    try {
      const seen = await app.engine.observe(id);
      if (!seen || seen.problem || isOrphaned(seen, app.resumeWithin) === "long") continue;
      const { plan, state } = seen;
      const only = stepId === undefined ? undefined : plan.indexOf.get(stepId);
      const before = key !== undefined && cameBefore(id, key, state) !== undefined;
      if (stepId !== undefined && only === undefined && !before) continue;
      const open = state.status === "running" && !state.stopping;
      if (before || (open && acceptableSteps(plan, state, { only, agent, worker }, 1).length > 0)) {
        found.push({ id, at: before ? 0 : state.createdAt });
      }
    } catch {
      // `list` says what is wrong with it.
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

/** Everything that waits for an agent, in any run. */
export async function allReady(app: App): Promise<ReadyView[]> {
  const ids = await runsWithWork({}, app);
  return (await Promise.all(ids.map((id) => readyIn(id, app)))).flat();
}
