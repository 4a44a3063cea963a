import type { AssignmentView } from "../../model/view.ts";
import type { App, Call } from "../app.ts";
import { rootOf, runTree } from "../run-tree.ts";
import { cameBefore, type HeldStep, type LeaseKey, leaseSteps } from "./lease-steps.ts";
import { showAssignments } from "./show-assignments.ts";

interface Taker {
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
  readonly stepId?: string | undefined;
  readonly after?: string | undefined;
  readonly size?: number | undefined;
}

/** The next ready step for a worker that has just delivered one: of the same run or of the runs around and inside it. */
export async function takeNext(
  id: string,
  index: number,
  delivered: string,
  { size }: { readonly size?: number | undefined },
  app: App,
  call: Call,
): Promise<AssignmentView[]> {
  const { state } = (await app.engine.observe(id))!;
  const { status, lease } = state.steps[index]!;
  // A step under verification may come back, and a step that came back is the next one.
  if (status === "reported" || status === "assigned") return [];
  const worker = lease?.token === delivered ? lease.worker : undefined;
  return takeOne(id, { text: `next:${delivered}`, asked: "" }, { worker, after: delivered, size }, app, call);
}

/** Leases one ready step of a run, or of the runs around and inside it. The same key gives the same step again. */
export async function takeOne(
  id: string,
  key: LeaseKey,
  { size, ...taker }: Taker,
  app: App,
  call: Call,
): Promise<AssignmentView[]> {
  const family = await runTree(await rootOf(id, app), app);
  const before = family.filter(({ id, seen }) => cameBefore(id, key, seen.state) !== undefined);
  for (const { id } of before.length > 0 ? before : family) {
    const leased = await leaseSteps(id, { ...taker, count: 1, key }, app, call);
    const held: readonly HeldStep[] = leased.ok ? leased.value : [];
    if (held.length > 0) {
      await app.engine.durable(id);
      return showAssignments(held, size, app, call);
    }
  }
  return [];
}
