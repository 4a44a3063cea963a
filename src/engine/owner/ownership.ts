import type { Awaitable } from "../../model/contracts/awaitable.ts";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { Lease } from "../../model/contracts/store.ts";

/** How old the answer of a store may be, in milliseconds: far less than any lease lasts. */
const MAX_ANSWER_AGE_MS = 1_000;

/**
 * Whether this process holds the lease now. A process that was frozen while a slow store answered asks again: meanwhile
 * another may have taken the run.
 */
export function holdsNow(lease: Lease, scheduler: Scheduler): Awaitable<boolean> {
  const answer = lease.held();
  return answer instanceof Promise ? whileFresh(answer, lease, scheduler) : answer;
}

async function whileFresh(answer: Promise<boolean>, lease: Lease, scheduler: Scheduler): Promise<boolean> {
  const asked = scheduler.elapsed();
  const held = await answer;
  return held && scheduler.elapsed() - asked > MAX_ANSWER_AGE_MS ? holdsNow(lease, scheduler) : held;
}
